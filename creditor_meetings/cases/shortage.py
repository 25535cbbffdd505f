"""When disk or database take nothing for the moment: said as such, never as a fault of the person.

What asked for it is undone as a whole by its transaction, hence "nothing was saved" is true; it
can be sent again as it is.
"""

import errno
import logging
import sqlite3

from django.db import InterfaceError, InternalError, OperationalError
from django.utils.translation import gettext as _

from creditor_meetings.cases.errors import Refused

log = logging.getLogger(__name__)

# EFBIG: a file as large as the process may make it, by a limit of the system.
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_SQLITE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
    }
)
# PostgreSQL ended the transaction since it did nothing for long: this process had hung.
_HELD_UP_OTHERS = "25P03"
_SCARCE = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN})


def is_full(problem: BaseException) -> bool:
    """Whether a disk took nothing more."""
    return isinstance(problem, OSError) and problem.errno in _FULL


def is_one(problem: BaseException) -> bool:
    """Whether something gave out that comes back: disk, database, open files, memory."""
    if isinstance(problem, OperationalError | InterfaceError):
        # SQLite uses the same class for what is wrong in a statement.
        code = getattr(problem.__cause__, "sqlite_errorcode", None)
        return code is None or code & 0xFF in _SQLITE
    if isinstance(problem, InternalError):
        return getattr(problem.__cause__, "sqlstate", None) == _HELD_UP_OTHERS
    return isinstance(problem, OSError) and problem.errno in _FULL | _SCARCE


def refusal(problem: BaseException) -> Refused:
    """Say to a person what gave out; the operator finds the rest in the log."""
    log.error("not carried out for want of disk, database or files: %s", problem)
    if isinstance(problem, OSError) and problem.errno in _SCARCE:
        return Refused("unavailable", _("服务器现在过于繁忙，请稍后再试；您提交的内容没有保存。"))
    return Refused("unavailable", _("暂时无法保存，请稍后再试；您提交的内容没有保存。"))
