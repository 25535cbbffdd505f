"""The database itself refuses to change a ledger, whoever asks it to."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction

from creditor_meetings.meetings import record
from creditor_meetings.meetings.models import Meeting
from tests.support import world
from voting import append_only, book, signing_key
from voting.ledger import chain, tree
from voting.models import (
    HeadTimestamp,
    LedgerEntry,
    LedgerHead,
    LedgerKey,
    LedgerSeal,
    Occasion,
    SignedHead,
)

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]


def written() -> Meeting:
    """A meeting with a row in each of the ledger's tables."""
    meeting = world.make_meeting(world.make_case())
    with transaction.atomic():
        for number in range(5):
            record.write(meeting, "question", {"question": number, "text": "？"})
        head = book.sign_head(meeting, Occasion.BUNDLE)
    HeadTimestamp.objects.create(
        head=head, authority="tsa", at="2026-01-01T00:00:00Z", token=b"token"
    )
    return meeting


TABLES = [LedgerEntry, LedgerSeal, SignedHead, HeadTimestamp, LedgerKey]


def refused() -> None:
    """Try every change to every table in the present database; each must be refused."""
    for model in TABLES:
        table = model._meta.db_table
        column = {"voting_headtimestamp": "authority", "voting_ledgerkey": "since"}.get(table, "id")
        changes = [
            f'UPDATE "{table}" SET "{column}" = "{column}"',
            f'DELETE FROM "{table}"',
        ]
        if connection.vendor == "postgresql":
            changes.append(f'TRUNCATE "{table}" CASCADE')
        else:
            changes.append(f'INSERT OR REPLACE INTO "{table}" SELECT * FROM "{table}"')
        for change in changes:
            with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
                connection.cursor().execute(change)
        assert model.objects.exists()


def test_the_tables_are_all_that_is_only_added_to() -> None:
    assert {one._meta.db_table for one in TABLES} == set(append_only.TABLES)


def test_no_row_of_a_ledger_can_be_changed_or_removed() -> None:
    meeting = written()
    refused()
    with pytest.raises(IntegrityError), transaction.atomic():
        LedgerEntry.objects.filter(meeting=meeting).delete()


def test_postgresql_refuses_too(postgres_url: str) -> None:
    code = (
        "import django; django.setup();"
        "from tests.evidence import test_append_only as it;"
        "from django.core.management import call_command;"
        "call_command('migrate', verbosity=0); it.written(); it.refused(); print('refused')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=600,
        env={"PATH": "", "DJANGO_SETTINGS_MODULE": "tests.settings",
             "TESTS_DATABASE_URL": postgres_url},
    )  # fmt: skip
    assert done.stdout.strip() == "refused", done.stderr


@pytest.mark.django_db(transaction=True)
def test_tests_empty_their_database_all_the_same() -> None:
    # The next test finds an empty ledger, or the flush after this one fails.
    written()


def test_the_triggers_are_back_after_a_flush() -> None:
    assert not LedgerEntry.objects.exists()
    written()
    refused()


def test_the_kept_tree_is_that_of_all_entries() -> None:
    meeting = written()
    hashes = list(LedgerEntry.objects.order_by("position").values_list("entry_hash", flat=True))
    kept = LedgerHead.objects.get(pk=meeting.pk)
    assert kept.frontier == tree.grow([], 0, hashes)
    assert SignedHead.objects.get().root == tree.root(kept.frontier)
    assert chain.problems(book.entries_of(meeting)) == []
    with transaction.atomic():
        assert book.sign_head(meeting, Occasion.BUNDLE) == SignedHead.objects.get()


def test_a_new_key_signs_at_once_and_the_old_one_stays_on_record() -> None:
    meeting = written()
    old = signing_key.public_key()
    made = signing_key.rotate()
    assert signing_key.public_key() == made.public != old
    assert made.previous == old
    with transaction.atomic():
        record.write(meeting, "question", {"question": 9, "text": "？"})
    keys = list(LedgerSeal.objects.order_by("first").values_list("key", flat=True))
    assert keys == [old] * 5 + [made.public]
    assert all(signing_key.is_ours(one) for one in keys)
    assert not signing_key.is_ours("ab" * 32)


def test_without_its_private_key_nothing_is_written(settings: object, tmp_path: Path) -> None:
    meeting = written()
    settings.DATA_DIR = tmp_path  # type: ignore[attr-defined]
    with pytest.raises(RuntimeError, match="bring it back from the backup"), transaction.atomic():
        record.write(meeting, "question", {"question": 9, "text": "？"})
    assert LedgerEntry.objects.count() == 5
