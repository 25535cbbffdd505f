"""Comparing a newer claims table with the case.

Only what the table has a column for is compared. Four things a table never undoes unseen: a
temporary amount that the court set (EBL 59(2)), a waiver of priority that was accepted (EBL
59(3)), what a ruling confirmed (EBL 58(2)), and what the review changed since, where the table
merely repeats the older value.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Case, Creditor
from creditor_meetings.cases.money import yuan_grouped
from creditor_meetings.claims import review
from creditor_meetings.claims.confirmation import entry_changed
from creditor_meetings.claims.exporting.columns import written as in_tables
from creditor_meetings.claims.importing import Reading, relied_on
from creditor_meetings.claims.importing.checks import WITH_PRIORITY
from creditor_meetings.claims.importing.difference import (
    AGAIN,
    Changed,
    CreditorChange,
    Difference,
    FieldChange,
    Missing,
    written,
)
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
    ClaimConfirmation,
    Conclusion,
    PriorityWaiver,
    WaiverState,
)
from creditor_meetings.claims.result.guard import FIXED

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
    ruled = relied_on.confirmed_by_ruling(claims[0].case_id) if claims else set()
    return [
        Missing(
            one,
            relied.get(one.pk, []),
            filed_online=getattr(one, "filing", None) is not None,
            by_ruling=one.pk in ruled,
        )
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
        if value and _says_otherwise(getattr(creditor, name), value)
    ]
    if changes:
        difference.creditors.append(CreditorChange(creditor, holder, changes))


def _says_otherwise(held: Any, value: Any) -> bool:
    """Whether a table says otherwise: its cells hold one line where a form took several."""
    return bool(held != value) and not (
        isinstance(held, str) and isinstance(value, str) and in_tables(held) == in_tables(value)
    )


def _compare_claims(pairs: Sequence[tuple[Claim, Entry]], difference: Difference) -> None:
    waived = set(
        PriorityWaiver.objects.filter(
            claim__case__in={claim.case_id for claim, _entry in pairs}, state=WaiverState.ACCEPTED
        ).values_list("claim_id", flat=True)
    )
    ruled = relied_on.confirmed_by_ruling(pairs[0][0].case_id) if pairs else set()
    found = []
    for claim, entry in pairs:
        wanted = _wanted(claim, entry, claim.pk in waived, difference)
        changes = [
            FieldChange(name, getattr(claim, name), value)
            for name, value in wanted.items()
            if _says_otherwise(getattr(claim, name), value)
        ]
        if claim.pk in ruled:
            changes = _leave_to_the_court(entry, changes, difference)
        if changes:
            found.append(Changed(claim, entry, changes))
        else:
            difference.unchanged += 1
    history = _changed_by_review(found)
    agreed = set(
        ClaimConfirmation.objects.filter(claim__in=[one.claim.pk for one in found]).values_list(
            "claim_id", flat=True
        )
    )
    for one in sorted(found, key=lambda one: (one.claim.position, one.claim.pk)):
        _set_stale_apart(one, history.get(one.claim.pk, {}))
        one.asks_again = one.claim.pk in agreed and entry_changed({f.name for f in one.fields})
        if one.fields:
            difference.changed.append(one)
        if one.stale:
            difference.stale.append(one)
        _check(one, difference)


def _leave_to_the_court(
    entry: Entry, changes: list[FieldChange], difference: Difference
) -> list[FieldChange]:
    """What a ruling confirmed is changed by the court's word alone, which a table does not name."""
    fixed = [one for one in changes if one.name in FIXED]
    if fixed:
        message = _("已由法院裁定确认，不随表改变：%(fields)s。") % {
            "fields": _("、").join(one.label for one in fixed)
        }
        difference.kept.append((entry, message))
    return [one for one in changes if one not in fixed]


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


def _wrong(claim: Claim, changes: Iterable[FieldChange]) -> str:
    after = _applied(claim, changes)
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


def _applied(claim: Claim, changes: Iterable[FieldChange]) -> Claim:
    """Return a copy of a claim with these changes."""
    values = {each.attname: getattr(claim, each.attname) for each in claim._meta.concrete_fields}
    return Claim(**{**values, **{one.name: one.after for one in changes}})
