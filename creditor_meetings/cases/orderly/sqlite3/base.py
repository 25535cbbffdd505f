"""Django's SQLite; a transaction begins when those of this process that asked before it ended.

The lock that counts stays SQLite's own, `BEGIN IMMEDIATE` with its timeout: against other
processes, and where a turn does not come in time.
"""

import contextlib
import weakref
from typing import Any

from django.db.backends.sqlite3 import base

from creditor_meetings.cases.orderly import turns

DEFAULT_SECONDS = 5.0


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that holds its turn from the beginning of a transaction to its end."""

    _turn: "weakref.finalize[Any, Any] | None" = None

    def _start_transaction_under_autocommit(self) -> None:
        self._take_turn()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._give_turn()
            raise

    def _take_turn(self) -> None:
        if self._turn is not None:
            return
        line = turns.of(str(self.settings_dict["NAME"]))
        seconds = float(self.settings_dict["OPTIONS"].get("timeout", DEFAULT_SECONDS))
        if line.take(seconds):
            # A thread that ended in the middle of a transaction ends its turn with it.
            self._turn = weakref.finalize(self, line.give)

    def _give_turn(self) -> None:
        turn, self._turn = self._turn, None
        if turn is not None:
            turn()

    def _commit(self) -> Any:
        try:
            return super()._commit()  # type: ignore[misc]
        finally:
            # A commit that failed is followed by a rollback, or the connection's end.
            if not self._in_transaction():
                self._give_turn()

    def _rollback(self) -> Any:
        try:
            return super()._rollback()  # type: ignore[misc]
        finally:
            self._give_turn()

    def _close(self) -> Any:
        try:
            return super()._close()  # type: ignore[misc]
        finally:
            self._give_turn()

    def _in_transaction(self) -> bool:
        with contextlib.suppress(Exception):
            return bool(self.connection.in_transaction)
        return False
