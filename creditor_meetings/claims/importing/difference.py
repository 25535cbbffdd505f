"""What a newer claims table says otherwise than the case does, to be confirmed by people.

Only what the table has a column for is compared. Three things a table never undoes unseen: a
temporary amount that the court set (EBL 59(2)), a waiver of priority that was accepted (EBL
59(3)), and what the review changed since, where the table merely repeats the older value.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Case, Creditor
from creditor_meetings.cases.money import yuan, yuan_grouped
from creditor_meetings.claims import review
from creditor_meetings.claims.importing import Reading, relied_on
from creditor_meetings.claims.importing.checks import WITH_PRIORITY
from creditor_meetings.claims.importing.fields import CONFIRMED_PARTS
from creditor_meetings.claims.importing.matching import (
    pair_claims,
    pair_creditors,
    plain_identity,
)
from creditor_meetings.claims.importing.present import of_table
from creditor_meetings.claims.importing.table import Entry, Holder
from creditor_meetings.claims.models import (
    Claim,
    ClaimChange,
    Conclusion,
    PriorityWaiver,
    WaiverState,
)

AGAIN = "重新导入"
"""How the reason of a change begins that a table brought: as it stands in the case."""

_PLAIN = {
    "nature": "nature",
    "collateral": "collateral",
    "filed": "filed_fen",
    "confirmed": "confirmed_fen",
    "conclusion": "conclusion",
    "reason": "reason",
    "unsecured": "unsecured_part_fen",
    "late": "late",
    "note": "note",
}
_FILED_PARTS = ("principal", "interest", "other")
_CONTACTS = ("contact_name", "phone", "email")


@dataclass(frozen=True)
class FieldChange:
    """A field of a claim or creditor: what stands there, and what the table says."""

    name: str
    before: Any
    after: Any
    model: type = Claim

    @property
    def label(self) -> str:
        """The field's name for people."""
        return str(self.model._meta.get_field(self.name).verbose_name)  # type: ignore[attr-defined]

    @property
    def shown_before(self) -> str:
        """What stands there, for people."""
        return _shown(self.model, self.name, self.before)

    @property
    def shown_after(self) -> str:
        """What the table says, for people."""
        return _shown(self.model, self.name, self.after)


@dataclass
class Changed:
    """A claim of which the table says something else."""

    claim: Claim
    entry: Entry
    fields: list[FieldChange] = field(default_factory=list)
    # Changed by review since, where the table repeats the older value: kept unless told.
    stale: list[FieldChange] = field(default_factory=list)


@dataclass
class Missing:
    """A claim that the table does not have."""

    claim: Claim
    reliances: list[str] = field(default_factory=list)
    filed_online: bool = False

    @property
    def may_go(self) -> bool:
        """Whether it may be deleted: nobody relies on it."""
        return not self.reliances


@dataclass
class CreditorChange:
    """A creditor whom the table names or numbers otherwise."""

    creditor: Creditor
    holder: Holder
    fields: list[FieldChange]


@dataclass
class Difference:
    """A newer table beside the case."""

    changed: list[Changed] = field(default_factory=list)
    stale: list[Changed] = field(default_factory=list)
    added: list[Entry] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    creditors: list[CreditorChange] = field(default_factory=list)
    # What forbids the update, and what is kept though the table says otherwise.
    problems: list[tuple[Entry, str]] = field(default_factory=list)
    kept: list[tuple[Entry, str]] = field(default_factory=list)
    unchanged: int = 0
    pairs: dict[int, Creditor] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.changed or self.stale or self.added or self.missing or self.creditors)

    @property
    def summary(self) -> str:
        """How much is other, in a sentence that says too that nothing changed."""
        return _(
            "本案已有债权，与此表不同：%(changed)s 笔内容不同，%(added)s 笔为新增，"
            "%(missing)s 笔在此表中没有。未导入，原有债权未变。"
        ) % {
            "changed": len({one.claim.pk for one in (*self.changed, *self.stale)}),
            "added": len(self.added),
            "missing": len(self.missing),
        }

    @property
    def digest(self) -> str:
        """A hash of all of it: what was shown is what is applied, or it is shown anew."""
        said = [
            [
                (one.claim.pk, one.claim.version, [(f.name, f.before, f.after) for f in fields])
                for one in found
                for fields in ([*one.fields, *one.stale],)
            ]
            for found in (self.changed, self.stale)
        ]
        rest = (
            [(one.holder.identity_number, *one.facts()) for one in self.added],
            [(one.claim.pk, one.claim.version, one.may_go) for one in self.missing],
            [
                (one.creditor.pk, [(f.name, f.before, f.after) for f in one.fields])
                for one in self.creditors
            ],
            [(one.place.row, words) for one, words in self.problems],
        )
        return hashlib.sha256(repr((said, rest)).encode()).hexdigest()


def compare(case: Case, reading: Reading) -> Difference:
    """Compare a table that has no problems with the claims of a case."""
    difference = Difference()
    claims: dict[int, list[Claim]] = defaultdict(list)
    for claim in of_table(case).select_related("creditor", "filing"):
        claims[claim.creditor_id].append(claim)
    entries: dict[int, list[Entry]] = defaultdict(list)
    for entry in reading.entries:
        entries[id(entry.holder)].append(entry)
    known = list(Creditor.objects.filter(case=case))
    difference.pairs = pair_creditors(known, claims, reading.creditors, entries)
    pairs, missing = [], []
    seen = set()
    for holder in reading.creditors:
        creditor = difference.pairs.get(id(holder))
        if creditor is None:
            difference.added += entries[id(holder)]
            continue
        seen.add(creditor.pk)
        _compare_creditor(creditor, holder, difference)
        found, left, new = pair_claims(claims.get(creditor.pk, []), entries[id(holder)])
        pairs += found
        missing += left
        difference.added += new
    missing += [one for pk, held in claims.items() if pk not in seen for one in held]
    _compare_claims(pairs, difference)
    places = {id(entry): number for number, entry in enumerate(reading.entries)}
    difference.added.sort(key=lambda one: places[id(one)])
    difference.missing = _missing(missing)
    return difference


def _missing(claims: list[Claim]) -> list[Missing]:
    relied = relied_on.reasons(claims)
    return [
        Missing(one, relied.get(one.pk, []), getattr(one, "filing", None) is not None)
        for one in sorted(claims, key=lambda one: (one.position, one.pk))
    ]


def _compare_creditor(creditor: Creditor, holder: Holder, difference: Difference) -> None:
    wanted = {"name": holder.name, **{name: getattr(holder, name) for name in _CONTACTS}}
    if plain_identity(creditor.identity_number) != holder.identity_number:
        wanted["identity_number"] = holder.identity_number
    changes = [
        FieldChange(name, getattr(creditor, name), value, Creditor)
        for name, value in wanted.items()
        # What the table leaves blank stays known.
        if value and value != getattr(creditor, name)
    ]
    if changes:
        difference.creditors.append(CreditorChange(creditor, holder, changes))


def _compare_claims(pairs: Sequence[tuple[Claim, Entry]], difference: Difference) -> None:
    waived = set(
        PriorityWaiver.objects.filter(
            claim__case__in={claim.case_id for claim, _entry in pairs}, state=WaiverState.ACCEPTED
        ).values_list("claim_id", flat=True)
    )
    found = []
    for claim, entry in pairs:
        wanted = _wanted(claim, entry, claim.pk in waived, difference)
        changes = [
            FieldChange(name, getattr(claim, name), value)
            for name, value in wanted.items()
            if getattr(claim, name) != value
        ]
        if changes:
            found.append(Changed(claim, entry, changes))
        else:
            difference.unchanged += 1
    history = _changed_by_review(found)
    for one in sorted(found, key=lambda one: (one.claim.position, one.claim.pk)):
        _set_stale_apart(one, history.get(one.claim.pk, {}))
        if one.fields:
            difference.changed.append(one)
        if one.stale:
            difference.stale.append(one)
        _check(one, difference)


def _wanted(claim: Claim, entry: Entry, waived: bool, difference: Difference) -> Mapping[str, Any]:
    """Return what the table says of a claim's fields; what it does not speak of is left out."""
    given = entry.given | {"filed", "confirmed"}
    wanted: dict[str, Any] = {
        attribute: getattr(entry, name) for name, attribute in _PLAIN.items() if name in given
    }
    if given.intersection(_FILED_PARTS):
        wanted.update({f"{name}_fen": getattr(entry, name) for name in _FILED_PARTS})
    elif entry.filed != claim.filed_fen:
        wanted.update({f"{name}_fen": 0 for name in _FILED_PARTS})
    if entry.confirmed_principal is not None or entry.confirmed != claim.confirmed_fen:
        wanted.update({f"{name}_fen": getattr(entry, name) for name in CONFIRMED_PARTS})
    if entry.nature not in WITH_PRIORITY:
        wanted["unsecured_part_fen"] = 0
    if "waived" in given:
        if claim.priority_waived and waived and not entry.waived:
            difference.kept.append((entry, _("放弃优先受偿权的声明已被认可，表中的“否”未采用。")))
        else:
            wanted["priority_waived"] = entry.waived
    wanted["temporary_fen"] = _temporary(claim, entry, difference)
    return wanted


def _temporary(claim: Claim, entry: Entry, difference: Difference) -> int | None:
    if entry.conclusion != Conclusion.UNDETERMINED:
        return None  # it ends with being undetermined
    if claim.temporary_fen is None:
        return entry.temporary
    if entry.temporary is not None and entry.temporary != claim.temporary_fen:
        difference.kept.append(
            (
                entry,
                _("法院临时确定债权额已为 %(amount)s，只能由法院变更，表中的数额未采用。")
                % {"amount": yuan_grouped(claim.temporary_fen)},
            )
        )
    return claim.temporary_fen


def _changed_by_review(found: list[Changed]) -> dict[int, dict[str, str]]:
    """Return by claim and field what stood there before the review changed it."""
    before: dict[int, dict[str, str]] = defaultdict(dict)
    pks = [one.claim.pk for one in found]
    for change in ClaimChange.objects.filter(claim__in=pks).order_by("at", "pk"):
        if change.reason.startswith(AGAIN):
            before[change.claim_id].pop(change.field, None)
        else:
            before[change.claim_id].setdefault(change.field, change.before)
    return before


def _set_stale_apart(one: Changed, before: Mapping[str, str]) -> None:
    stale = [
        change
        for change in one.fields
        if before.get(change.name) == written(change.name, change.after)
    ]
    if not stale:
        return
    rest = [change for change in one.fields if change not in stale]
    # Half of a change may make no sense without the other half: then all of it waits.
    if rest and _wrong(one.claim, rest):
        stale, rest = one.fields, []
    one.fields, one.stale = rest, stale


def applied(claim: Claim, changes: Iterable[FieldChange]) -> Claim:
    """Return a copy of a claim with these changes."""
    values = {each.attname: getattr(claim, each.attname) for each in claim._meta.concrete_fields}
    return Claim(**{**values, **{one.name: one.after for one in changes}})


def _wrong(claim: Claim, changes: Iterable[FieldChange]) -> str:
    after = applied(claim, changes)
    if (after.temporary_fen or 0) > after.filed_fen:
        return _("法院临时确定债权额 %(temporary)s 超过表中的申报金额 %(filed)s。") % {
            "temporary": yuan_grouped(after.temporary_fen or 0),
            "filed": yuan_grouped(after.filed_fen),
        }
    try:
        review.check_claim(after)
    except Refused as refused:
        return refused.message
    return ""


def _check(one: Changed, difference: Difference) -> None:
    for changes in (one.fields, [*one.fields, *one.stale]):
        message = _wrong(one.claim, changes) if changes else ""
        if message:
            difference.problems.append((one.entry, message))
            return


def written(name: str, value: Any) -> str:
    """Write a field's value as changes on record are written."""
    if value is None:
        return ""
    return yuan(value) if name.endswith("_fen") else str(value)[:1000]


def _shown(model: type, name: str, value: Any) -> str:
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if name.endswith("_fen"):
        return yuan_grouped(value)
    choices = dict(model._meta.get_field(name).flatchoices)  # type: ignore[attr-defined]
    return str(choices.get(value, value))
