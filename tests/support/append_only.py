"""Emptying the database between tests, though it refuses to empty a ledger.

Only this, and only in the tests' process, takes the triggers away; they are back before the next
test begins.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from voting import append_only


@pytest.fixture(scope="session", autouse=True)
def ledger_may_be_flushed() -> Iterator[None]:
    """Let `flush`, which ends a transactional test, empty the ledger's tables too."""
    # Not before Django is set up: of itself this module cannot be imported first.
    from django.db.backends.base.operations import BaseDatabaseOperations

    flush = BaseDatabaseOperations.execute_sql_flush

    def flush_without_triggers(self: Any, sql_list: list[str]) -> None:
        connection = self.connection
        with transaction.atomic(connection.alias):
            append_only.remove(connection)
            flush(self, sql_list)
            append_only.install(connection)

    patch = pytest.MonkeyPatch()
    patch.setattr(BaseDatabaseOperations, "execute_sql_flush", flush_without_triggers)
    yield
    patch.undo()
