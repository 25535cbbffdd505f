"""Taking a claims table into a case: everything in one transaction, or nothing."""

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Case, Creditor, Person
from creditor_meetings.claims import news, tables
from creditor_meetings.claims.importing import Reading
from creditor_meetings.claims.importing.findings import Place
from creditor_meetings.claims.importing.table import Entry, Holder
from creditor_meetings.claims.models import Claim, ClaimsTable

BATCH = 500
INVESTORS_FROM = 1_000_000
"""Numbers above this are those of the investors' own table, which no claims table reaches."""


def of_table(case: Case) -> QuerySet[Claim]:
    """Return the claims that came with the case's claims table."""
    return Claim.objects.filter(case=case, position__lte=INVESTORS_FROM)


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
    if reading.findings.problems:
        raise Refused(
            "bad_request",
            _("债权表有 %(n)s 处问题，未导入。") % {"n": len(reading.findings.problems)},
        )
    case = Case.objects.select_for_update().get(pk=case.pk)
    if is_imported(case, reading):
        return False
    refuse_other_claims(case, reading)
    holders = _take_creditors(case, reading.creditors)
    Claim.objects.bulk_create(
        [
            claim_of(case, holders[entry.holder.identity_number], position, entry)
            for position, entry in enumerate(reading.entries, start=1)
        ],
        batch_size=BATCH,
    )
    _record(case, reading, source, waiting)
    news.changed(case.pk)
    return True


def _record(case: Case, reading: Reading, source: Source, waiting: ClaimsTable | None) -> None:
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
    table.save()


def is_imported(case: Case, reading: Reading) -> bool:
    """Whether the case holds just what this table says.

    A table that was imported stays so when the court set temporary amounts since.
    """
    if not of_table(case).exists():
        return False
    imported = tables.of_claims(case).filter(imported_at__isnull=False)
    last = imported.order_by("-imported_at", "-id").values_list("content", flat=True).first()
    return last == reading.content or not any(differences(case, reading).values())


def refuse_other_claims(case: Case, reading: Reading) -> None:
    """Raise `Refused` if the case holds claims already: what people rely on is not replaced."""
    if not of_table(case).exists():
        return
    found = differences(case, reading)
    raise Refused(
        "bad_request",
        _(
            "本案已有债权表，与此表不同：%(changed)s 笔内容不同，%(added)s 笔为新增，"
            "%(missing)s 笔在此表中没有。未导入，原有债权未变。"
        )
        % found,
    )


def differences(case: Case, reading: Reading) -> Mapping[str, int]:
    """Count the claims that the table says otherwise, has more, and has not."""
    present = {
        (claim.position, claim.creditor.identity_number): _facts(claim)
        for claim in of_table(case).select_related("creditor")
    }
    wanted = {
        (position, entry.holder.identity_number): _facts(
            claim_of(case, Creditor(name=entry.holder.name), position, entry)
        )
        for position, entry in enumerate(reading.entries, start=1)
    }
    both = present.keys() & wanted.keys()
    return {
        "changed": sum(present[key] != wanted[key] for key in both),
        "added": len(wanted.keys() - both),
        "missing": len(present.keys() - both),
    }


def _facts(claim: Claim) -> tuple[object, ...]:
    return (
        claim.creditor.name,
        claim.nature,
        claim.collateral,
        claim.principal_fen,
        claim.interest_fen,
        claim.other_fen,
        claim.filed_fen,
        claim.confirmed_fen,
        claim.conclusion,
        claim.reason,
        claim.priority_waived,
        claim.unsecured_part_fen,
        claim.temporary_fen,
        claim.note,
    )


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
