"""Taking a claims table into a case: everything in one transaction, or nothing."""

import hashlib
import unicodedata
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Case, Creditor, Person
from creditor_meetings.claims import news, tables
from creditor_meetings.claims.importing import Reading
from creditor_meetings.claims.importing.comparing import compare
from creditor_meetings.claims.importing.findings import Place
from creditor_meetings.claims.importing.present import of_table
from creditor_meetings.claims.importing.table import Entry, Holder
from creditor_meetings.claims.models import Claim, ClaimsTable

BATCH = 500


@dataclass(frozen=True)
class Source:
    """Which file a table came from, who brought it, from where."""

    name: str
    size: int
    sha256: str
    by: Person | None = None
    address: str = ""

    @classmethod
    def of(
        cls, content: bytes, name: str, *, by: Person | None = None, address: str = ""
    ) -> "Source":
        """Describe a file's content."""
        return cls(name[:200], len(content), hashlib.sha256(content).hexdigest(), by, address)


@transaction.atomic
def commit(
    case: Case, reading: Reading, source: Source, waiting: ClaimsTable | None = None
) -> bool:
    """Take the table's creditors and claims into the case; False if they are there already.

    Raises `Refused` when the table has problems, or the case holds other claims.
    """
    refuse_problems(reading)
    case = Case.objects.select_for_update().get(pk=case.pk)
    if of_table(case).exists():
        if says_nothing_new(case, reading):
            return False
        raise Refused("bad_request", compare(case, reading).summary)
    holders = _take_creditors(case, reading.creditors)
    Claim.objects.bulk_create(
        [
            claim_of(case, holders[entry.holder.identity_number], position, entry)
            for position, entry in enumerate(reading.entries, start=1)
        ],
        batch_size=BATCH,
    )
    record(case, reading, source, waiting)
    news.changed(case.pk)
    return True


def refuse_problems(reading: Reading) -> None:
    """Raise `Refused` if the table has problems: all of it comes in, or nothing."""
    if reading.findings.problems:
        raise Refused(
            "bad_request",
            _("债权表有 %(n)s 处问题，未导入。") % {"n": len(reading.findings.problems)},
        )


def record(
    case: Case,
    reading: Reading,
    source: Source,
    waiting: ClaimsTable | None,
    *,
    applied: dict[str, Any] | None = None,
) -> None:
    """Put an import on record: which file, by whom, when, and what it changed."""
    table = waiting or ClaimsTable(
        case=case,
        by=source.by,
        at=clock.now(),
        address=source.address,
        name=source.name,
        size=source.size,
        sha256=source.sha256,
    )
    table.imported_at, table.content = clock.now(), reading.content
    table.applied = applied or {}
    table.save()


def says_nothing_new(case: Case, reading: Reading) -> bool:
    """Whether this very table was the last one that came in, or the case holds just what it says.

    A table that was imported stays so when the court set temporary amounts since, or the review
    changed claims.
    """
    imported = tables.of_claims(case).filter(imported_at__isnull=False)
    last = imported.order_by("-imported_at", "-id").values_list("content", flat=True).first()
    return last == reading.content or not compare(case, reading)


def claim_of(case: Case, creditor: Creditor, position: int, entry: Entry) -> Claim:
    """Make the claim that a row of the table describes."""
    return Claim(
        case=case,
        creditor=creditor,
        position=position,
        nature=entry.nature,
        collateral=entry.collateral,
        principal_fen=entry.principal,
        interest_fen=entry.interest,
        other_fen=entry.other,
        filed_fen=entry.filed,
        confirmed_fen=entry.confirmed,
        confirmed_principal_fen=entry.confirmed_principal,
        confirmed_interest_fen=entry.confirmed_interest,
        confirmed_other_fen=entry.confirmed_other,
        late=entry.late,
        conclusion=entry.conclusion,
        reason=entry.reason,
        priority_waived=entry.waived,
        unsecured_part_fen=entry.unsecured,
        temporary_fen=entry.temporary,
        note=entry.note,
    )


def _take_creditors(case: Case, holders: list[Holder]) -> dict[str, Creditor]:
    """Create the creditors, or renew those with the same identity number; by that number."""
    known = {one.identity_number: one for one in Creditor.objects.filter(case=case)}
    fresh, renewed = [], []
    free = max([one.position for one in holders], default=0)
    for holder in holders:
        if not holder.position:
            free += 1
        creditor = known.get(holder.identity_number)
        if creditor is None:
            creditor = Creditor(case=case, identity_number=holder.identity_number)
            fresh.append(creditor)
        else:
            renewed.append(creditor)
        creditor.position = holder.position or free
        creditor.name = holder.name
        for name in ("contact_name", "phone", "email"):
            setattr(creditor, name, getattr(holder, name) or getattr(creditor, name))
    Creditor.objects.bulk_create(fresh, batch_size=BATCH)
    Creditor.objects.bulk_update(
        renewed, ["position", "name", "contact_name", "phone", "email"], batch_size=BATCH
    )
    return {one.identity_number: one for one in Creditor.objects.filter(case=case)}


def plain_number(number: str) -> str:
    """Write a case number (案号) so that the width of its brackets does not matter."""
    return "".join(unicodedata.normalize("NFKC", number).split())


def compare_case_number(number: str, reading: Reading) -> None:
    """Warn when the table names another case than the one it is for."""
    if reading.case_number and plain_number(number) != plain_number(reading.case_number):
        reading.findings.warn(
            Place("", 0),
            reading.case_number,
            _("表中案号与案件的案号“%(number)s”不同，请确认没有选错案件。") % {"number": number},
        )
