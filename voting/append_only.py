"""Triggers by which the database itself refuses to change or remove what a ledger holds.

They stand in the database, not in this software: no program that connects to it, ours included,
changes an entry without first taking them away.
"""

from typing import Any

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

TABLES: dict[str, tuple[str, ...]] = {
    # With the columns that tell one row from another, besides its id.
    "voting_ledgerentry": ("meeting_id", "position"),
    "voting_ledgerseal": ("meeting_id", "first"),
    "voting_signedhead": ("meeting_id", "size"),
    "voting_headtimestamp": ("head_id",),
    "voting_ledgerkey": ("public",),
}
"""The tables that are only ever added to."""

REFUSAL = "the ledger is append-only"


def install(connection: BaseDatabaseWrapper) -> None:
    """Put the triggers in place; again changes nothing."""
    with transaction.atomic(connection.alias), connection.cursor() as cursor:
        for statement in _vendor(connection).install():
            cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take the triggers away: for tests that empty their database, and for nothing else."""
    with transaction.atomic(connection.alias), connection.cursor() as cursor:
        for statement in _vendor(connection).remove():
            cursor.execute(statement)


def migrate(_apps: Any, schema_editor: Any) -> None:
    """Install as a migration's step."""
    install(schema_editor.connection)


def migrate_back(_apps: Any, schema_editor: Any) -> None:
    """Remove as a migration's step backwards."""
    remove(schema_editor.connection)


class _Sqlite:
    """SQLite raises in a trigger; a row that is replaced runs no DELETE trigger, hence INSERT's."""

    @staticmethod
    def install() -> list[str]:
        made = []
        for table, key in TABLES.items():
            same = " AND ".join(f'"{name}" = NEW."{name}"' for name in key)
            # Names of our own tables and columns, nothing that anybody sends.
            exists = f'EXISTS (SELECT 1 FROM "{table}" WHERE "id" = NEW."id" OR ({same}))'  # nosec B608
            for event, when in (("UPDATE", ""), ("DELETE", ""), ("INSERT", f"WHEN {exists} ")):
                made.append(
                    f'CREATE TRIGGER IF NOT EXISTS "{table}_no_{event.lower()}" '
                    f'BEFORE {event} ON "{table}" {when}'
                    f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
                )
        return made

    @staticmethod
    def remove() -> list[str]:
        events = ("update", "delete", "insert")
        return [
            f'DROP TRIGGER IF EXISTS "{table}_no_{event}"' for table in TABLES for event in events
        ]


class _Postgresql:
    """PostgreSQL raises in a function, for rows and for a whole table that is emptied."""

    @staticmethod
    def install() -> list[str]:
        made = [
            f"""CREATE OR REPLACE FUNCTION voting_append_only() RETURNS trigger AS $$ BEGIN
            RAISE EXCEPTION '{REFUSAL}: % on %', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation'; END $$ LANGUAGE plpgsql"""
        ]
        for table in TABLES:
            made += [
                f"""CREATE OR REPLACE TRIGGER "{table}_no_change" BEFORE UPDATE OR DELETE
                ON "{table}" FOR EACH ROW EXECUTE FUNCTION voting_append_only()""",
                f"""CREATE OR REPLACE TRIGGER "{table}_no_truncate" BEFORE TRUNCATE
                ON "{table}" FOR EACH STATEMENT EXECUTE FUNCTION voting_append_only()""",
                # Also while a replica or a restore has ordinary triggers off.
                f'ALTER TABLE "{table}" ENABLE ALWAYS TRIGGER "{table}_no_change"',
                f'ALTER TABLE "{table}" ENABLE ALWAYS TRIGGER "{table}_no_truncate"',
            ]
        return made

    @staticmethod
    def remove() -> list[str]:
        return [
            f'DROP TRIGGER IF EXISTS "{table}_no_{what}" ON "{table}"'
            for table in TABLES
            for what in ("change", "truncate")
        ]


def _vendor(connection: BaseDatabaseWrapper) -> type[_Sqlite] | type[_Postgresql]:
    known: dict[str, type[_Sqlite] | type[_Postgresql]] = {
        "sqlite": _Sqlite,
        "postgresql": _Postgresql,
    }
    found = known.get(connection.vendor)
    if found is None:
        # A ledger that could be rewritten must not come about without a word.
        raise RuntimeError(
            f"no append-only ledger on {connection.vendor}: use PostgreSQL or SQLite"
        )
    return found
