"""Making the list of a large case aside: its paper takes longer than people should wait.

One thread a case and process; whoever looks at the page meanwhile sees that it is being made, and
what went wrong if something did.
"""

import logging
import threading

from django.db import connections
from django.utils import translation
from django.utils.translation import gettext as _

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Case, Role
from creditor_meetings.claims.result import verbs

log = logging.getLogger(__name__)

LARGE = 2_000
"""From so many claims on a list is made aside."""

_running: set[int] = set()
_failures: dict[int, str] = {}
_turn = threading.Lock()


def begin(case: Case, viewer: Viewer, *, address: str, before_the_end: bool) -> None:
    """Begin to make a list, and return. Raises `Refused` for what is known to refuse it."""
    viewer.require(Role.ADMINISTRATOR)
    verbs.refuse_to_make(case, before_the_end=before_the_end)
    with _turn:
        if case.pk in _running:
            raise Refused("bad_request", _("名单正在编制，请稍候。"))
        _running.add(case.pk)
        _failures.pop(case.pk, None)
    language = translation.get_language()
    threading.Thread(
        target=_aside,
        args=(case, viewer, address, before_the_end, language),
        name=f"undisputed-list-{case.pk}",
        daemon=True,
    ).start()


def _aside(
    case: Case, viewer: Viewer, address: str, before_the_end: bool, language: str | None
) -> None:
    try:
        make(case, viewer, address, before_the_end, language)
    finally:
        connections.close_all()


def make(
    case: Case, viewer: Viewer, address: str, before_the_end: bool, language: str | None
) -> None:
    """Make the list, and keep what went wrong for whoever looks at the page."""
    failure = ""
    try:
        with translation.override(language):
            verbs.make_list(case, viewer, address=address, before_the_end=before_the_end)
    except Refused as refusal:
        failure = refusal.message
    except Exception:
        log.exception("the list of case %s could not be made", case.pk)
        with translation.override(language):
            failure = _("名单没有编制成功，请重试；仍不成功的，请联系系统管理人员。")
    finally:
        with _turn:
            _running.discard(case.pk)
            if failure:
                _failures[case.pk] = failure


def is_running(case_id: int) -> bool:
    """Whether a list of the case is being made in this process."""
    return case_id in _running


def failure(case_id: int) -> str:
    """Return what went wrong with the last list that was made aside, once."""
    return _failures.pop(case_id, "")
