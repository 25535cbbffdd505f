"""The debtor's investors (出资人), who vote on a plan that touches their shares (EBL 85(2)).

They come from a table of their own: name, identity number, contribution. An investor is kept
as a holder with one confirmed line of the nature `investor`, which is no claim: it is neither
listed nor verified, and counts in the investors' group alone.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Case, Creditor
from creditor_meetings.claims import news, tables
from creditor_meetings.claims.importing.commit import BATCH, Source
from creditor_meetings.claims.importing.findings import Findings, Place
from creditor_meetings.claims.importing.present import INVESTORS_FROM
from creditor_meetings.claims.models import Claim, ClaimsTable, Conclusion, Nature

CONTACTS = ("contact_name", "phone", "email")


@dataclass(frozen=True)
class Investor:
    """A row of the table: who, with which contribution (fen), and the share as written."""

    place: Place
    name: str
    identity_number: str
    amount_fen: int
    share: str = ""
    contact_name: str = ""
    phone: str = ""
    email: str = ""

    @property
    def facts(self) -> tuple[object, ...]:
        """What the row says, wherever it stands."""
        return (self.name, self.identity_number, self.amount_fen, self.share)


@dataclass
class Register:
    """An investors' table (出资人名册) as understood, and what is wrong with it."""

    investors: list[Investor] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)
    title: str = ""
    case_number: str = ""
    unit: str = ""

    @property
    def amount_fen(self) -> int:
        """The sum of all contributions (fen)."""
        return sum(one.amount_fen for one in self.investors)

    @property
    def content(self) -> str:
        """The hash of what the table says."""
        facts = [(*one.facts, one.contact_name, one.phone, one.email) for one in self.investors]
        return tables.INVESTORS + hashlib.sha256(repr(facts).encode()).hexdigest()[:48]


def held(case: Case) -> dict[str, Claim]:
    """Return the investors of a case by identity number, as their own table brought them."""
    found = Claim.objects.filter(case=case, position__gt=INVESTORS_FROM)
    return {one.creditor.identity_number: one for one in found.select_related("creditor")}


@transaction.atomic
def commit(
    case: Case, register: Register, source: Source, waiting: ClaimsTable | None = None
) -> bool:
    """Take all investors of a table into the case; False if just these are there already.

    Raises `Refused` when the table has problems, or the case holds other investors.
    """
    if register.findings.problems:
        raise Refused(
            "bad_request",
            _("出资人名册有 %(n)s 处问题，未导入。") % {"n": len(register.findings.problems)},
        )
    case = Case.objects.select_for_update().get(pk=case.pk)
    present = held(case)
    if present:
        refuse_others(case, register)
        return False
    holders = _take_holders(case, register)
    Claim.objects.bulk_create(
        [
            _line(case, holders[one.identity_number], INVESTORS_FROM + n, one)
            for n, one in enumerate(register.investors, start=1)
        ],
        batch_size=BATCH,
    )
    _record(case, register, source, waiting)
    news.changed(case.pk)
    return True


def refuse_others(case: Case, register: Register) -> None:
    """Raise `Refused` if the case holds investors that the table says otherwise."""
    present, wanted = held(case), {one.identity_number: one for one in register.investors}
    if not present:
        return
    both = present.keys() & wanted.keys()
    found: Mapping[str, int] = {
        "changed": sum(_facts(present[key]) != _wanted(wanted[key]) for key in both),
        "added": len(wanted.keys() - both),
        "missing": len(present.keys() - both),
    }
    if any(found.values()):
        raise Refused(
            "bad_request",
            _(
                "本案已有出资人名册，与此表不同：%(changed)s 名内容不同，%(added)s 名为新增，"
                "%(missing)s 名在此表中没有。未导入，原有出资人未变。"
            )
            % found,
        )


def _facts(line: Claim) -> tuple[object, ...]:
    return line.confirmed_fen, line.note


def _wanted(investor: Investor) -> tuple[object, ...]:
    return investor.amount_fen, _note(investor)


def _note(investor: Investor) -> str:
    # The table's own word, as it stands in the case: not for translation.
    return f"持股比例 {investor.share}" if investor.share else ""


def _line(case: Case, holder: Creditor, position: int, investor: Investor) -> Claim:
    return Claim(
        case=case,
        creditor=holder,
        position=position,
        nature=Nature.INVESTOR,
        principal_fen=investor.amount_fen,
        filed_fen=investor.amount_fen,
        confirmed_fen=investor.amount_fen,
        conclusion=Conclusion.CONFIRMED,
        note=_note(investor),
    )


def _take_holders(case: Case, register: Register) -> dict[str, Creditor]:
    """Create the holders; who is a creditor already stays it, under the name it has."""
    known = {one.identity_number: one for one in Creditor.objects.filter(case=case)}
    last = Creditor.objects.filter(case=case).aggregate(last=Max("position"))["last"] or 0
    fresh, renewed = [], []
    for investor in register.investors:
        holder = known.get(investor.identity_number)
        if holder is None:
            last += 1
            holder = Creditor(
                case=case,
                position=last,
                name=investor.name,
                identity_number=investor.identity_number,
            )
            fresh.append(holder)
        else:
            renewed.append(holder)
        for name in CONTACTS:
            setattr(holder, name, getattr(holder, name) or getattr(investor, name))
    Creditor.objects.bulk_create(fresh, batch_size=BATCH)
    Creditor.objects.bulk_update(renewed, CONTACTS, batch_size=BATCH)
    return {one.identity_number: one for one in Creditor.objects.filter(case=case)}


def _record(case: Case, register: Register, source: Source, waiting: ClaimsTable | None) -> None:
    table = waiting or ClaimsTable(
        case=case,
        by=source.by,
        at=clock.now(),
        address=source.address,
        name=source.name,
        size=source.size,
        sha256=source.sha256,
    )
    table.imported_at, table.content = clock.now(), register.content
    table.save()


def compare_with_case(case: Case, register: Register) -> None:
    """Warn where a number belongs to a creditor of another name: it is taken for the same."""
    names = dict(Creditor.objects.filter(case=case).values_list("identity_number", "name"))
    for one in register.investors:
        name = names.get(one.identity_number)
        if name is not None and name != one.name:
            register.findings.warn(
                one.place,
                one.name,
                _("证件号码与本案“%(name)s”相同，视为同一人，以该名称为准。") % {"name": name},
            )
