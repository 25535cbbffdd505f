"""Taking a newer claims table into a case that has claims: what people confirmed, in one go.

Claims keep their numbers (编号), which objections and minutes name; new ones follow after the
highest. Creditors take the running numbers (序号) of the table.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Case, Creditor
from creditor_meetings.cases.money import yuan
from creditor_meetings.claims import news
from creditor_meetings.claims.confirmation import entry_changed
from creditor_meetings.claims.importing import Reading, relied_on
from creditor_meetings.claims.importing.commit import (
    BATCH,
    Source,
    claim_of,
    record,
    refuse_problems,
)
from creditor_meetings.claims.importing.comparing import compare
from creditor_meetings.claims.importing.difference import (
    AGAIN,
    Difference,
    FieldChange,
    written,
)
from creditor_meetings.claims.importing.present import INVESTORS_FROM, of_table
from creditor_meetings.claims.importing.table import Holder
from creditor_meetings.claims.models import (
    Claim,
    ClaimChange,
    ClaimConfirmation,
    ClaimsTable,
    Conclusion,
)

TOLD_ONE_BY_ONE = 200
"""Beyond so many creditors rooms are told that claims of all changed."""


@dataclass(frozen=True)
class Decisions:
    """What people decided of a difference, by the ids of claims; what is not named stays."""

    # Changed by review since: the table's older values hold again.
    take: frozenset[int] = frozenset()
    # Missing in the table: deleted, or rejected (不予确认).
    drop: frozenset[int] = frozenset()
    reject: frozenset[int] = frozenset()


@dataclass
class Outcome:
    """What came of an update, in numbers; `dropped` and `creditors` say what and from what."""

    changed: int = 0
    added: int = 0
    kept: int = 0
    rejected: int = 0
    dropped: list[dict[str, Any]] = field(default_factory=list)
    creditors: list[dict[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return it as it is kept with the table."""
        return dict(vars(self))


class Otherwise(Exception):
    """The case changed since the difference was shown: here is the one that holds now."""

    def __init__(self, difference: Difference) -> None:
        super().__init__("the difference is another one now")
        self.difference = difference


@transaction.atomic
def update(
    case: Case,
    reading: Reading,
    source: Source,
    decisions: Decisions,
    *,
    digest: str | None = None,
    waiting: ClaimsTable | None = None,
) -> Outcome:
    """Apply a table's difference as decided; every change is on record with who and from which row.

    Raises `Otherwise` where the difference is no more the one with `digest` that was shown, and
    `Refused` where the table has problems or a claim cannot go that people rely on.
    """
    refuse_problems(reading)
    case = Case.objects.select_for_update().get(pk=case.pk)
    difference = compare(case, reading)
    if digest is not None and digest != difference.digest:
        raise Otherwise(difference)
    if difference.problems:
        entry, message = difference.problems[0]
        raise Refused("bad_request", f"{entry.place.sheet} {entry.place.row}：{message}")
    return _Update(case, reading, source, difference, decisions).carry_out(waiting)


class _Update:
    """One update: the parts share the case, the record and whom to tell."""

    def __init__(
        self,
        case: Case,
        reading: Reading,
        source: Source,
        difference: Difference,
        decisions: Decisions,
    ) -> None:
        self._case = case
        self._reading = reading
        self._source = source
        self._difference = difference
        self._decisions = decisions
        self._outcome = Outcome()
        self._records: list[ClaimChange] = []
        self._concerned: set[int] = set()
        self._changed_entries: dict[int, tuple[Claim, str]] = {}
        self._now = clock.now()

    def carry_out(self, waiting: ClaimsTable | None) -> Outcome:
        self._change_creditors()
        self._change_claims()
        self._settle_missing()
        self._add()
        self._take_confirmations_back()
        ClaimChange.objects.bulk_create(self._records, batch_size=BATCH)
        outcome = self._outcome
        record(self._case, self._reading, self._source, waiting, applied=outcome.as_dict())
        self._tell()
        return outcome

    def _tell(self) -> None:
        many = len(self._concerned) > TOLD_ONE_BY_ONE
        if self._concerned:
            news.changed(self._case.pk, None if many else sorted(self._concerned))

    # --- claims -----------------------------------------------------------------------------

    def _change_claims(self) -> None:
        todo: dict[int, list[FieldChange]] = {}
        claims = {}
        for one in self._difference.changed:
            todo[one.claim.pk] = list(one.fields)
            claims[one.claim.pk] = one
        for one in self._difference.stale:
            claims[one.claim.pk] = one
            if one.claim.pk in self._decisions.take:
                todo.setdefault(one.claim.pk, []).extend(one.stale)
        for pk, changes in todo.items():
            place = claims[pk].entry.place
            where = f"《{self._source.name}》{place.sheet} 第 {place.row} 行"
            self._change(claims[pk].claim, changes, f"{AGAIN}债权表{where}")
            self._outcome.changed += 1

    def _change(self, claim: Claim, changes: Collection[FieldChange], reason: str) -> None:
        values = {one.name: one.after for one in changes}
        Claim.objects.filter(pk=claim.pk).update(**values, version=claim.version + 1)
        self._concerned.add(claim.creditor_id)
        for one in changes:
            before, after = written(one.name, one.before), written(one.name, one.after)
            self._put_on_record(claim, one.name, before, after, reason)
        if entry_changed(values):
            self._changed_entries[claim.pk] = (claim, reason)

    def _put_on_record(self, claim: Claim, name: str, before: str, after: str, reason: str) -> None:
        self._records.append(
            ClaimChange(
                claim=claim,
                field=name,
                before=before,
                after=after,
                reason=reason[:1000],
                by=self._source.by,
                at=self._now,
                address=self._source.address,
            )
        )

    def _take_confirmations_back(self) -> None:
        """Whoever confirmed an entry that is another one now looks again, as after a review."""
        found = ClaimConfirmation.objects.filter(claim__in=list(self._changed_entries))
        for one in found:
            claim, reason = self._changed_entries[one.claim_id]
            self._put_on_record(claim, "confirmation", clock.rfc3339(one.at), "", reason)
        found.delete()

    def _settle_missing(self) -> None:
        by_pk = {one.claim.pk: one for one in self._difference.missing}
        drop, reject = self._decisions.drop, self._decisions.reject
        if (drop | reject) - by_pk.keys():
            raise Refused("bad_request", _("要处理的债权不在缺少之列，请重新核对。"))
        for pk in sorted(drop):
            if not by_pk[pk].may_go:
                raise Refused(
                    "bad_request",
                    _("第 %(number)s 号债权（%(name)s）不能删除：%(why)s。可以保留或改为不予确认。")
                    % {
                        "number": by_pk[pk].claim.position,
                        "name": by_pk[pk].claim.creditor.name,
                        "why": _("；").join(by_pk[pk].reliances),
                    },
                )
        for pk in sorted(reject - drop):
            if not by_pk[pk].may_be_rejected:
                why = (
                    _("第 %(number)s 号债权来自在线申报，应在申报审查中处理。")
                    if by_pk[pk].filed_online
                    else _("第 %(number)s 号债权已由法院裁定确认，不能在此改为不予确认。")
                )
                raise Refused("bad_request", why % {"number": by_pk[pk].claim.position})
            self._reject(by_pk[pk].claim)
        self._drop([by_pk[pk].claim for pk in sorted(drop)])
        self._outcome.kept = len(by_pk.keys() - drop - reject)

    def _reject(self, claim: Claim) -> None:
        changes = [
            FieldChange(name, getattr(claim, name), value)
            for name, value in {**_REJECTED, "reason": _MISSING}.items()
            if getattr(claim, name) != value
        ]
        if changes:
            self._change(claim, changes, f"{AGAIN}债权表《{self._source.name}》，{_MISSING}")
            self._outcome.rejected += 1

    def _drop(self, claims: list[Claim]) -> None:
        if not claims:
            return
        pks, creditors = [one.pk for one in claims], {one.creditor_id for one in claims}
        # Rooms that show a claim as waiting for a temporary amount hear that it no longer does,
        # while it is still there to be told of.
        if Claim.objects.filter(pk__in=pks, conclusion=Conclusion.UNDETERMINED).exists():
            Claim.objects.filter(pk__in=pks).update(**_REJECTED)
            news.changed(self._case.pk, sorted(creditors))
        self._outcome.dropped = [_as_record(one) for one in claims]
        Claim.objects.filter(pk__in=pks).delete()
        self._concerned |= creditors
        for creditor in Creditor.objects.filter(pk__in=creditors):
            if relied_on.has_nothing(creditor):
                creditor.delete()

    # --- creditors and what is new ----------------------------------------------------------

    def _change_creditors(self) -> None:
        for one in self._difference.creditors:
            for change in one.fields:
                setattr(one.creditor, change.name, change.after)
                self._outcome.creditors.append(
                    {
                        "creditor": one.creditor.pk,
                        "field": change.name,
                        "before": change.before,
                        "after": change.after,
                    }
                )
            one.creditor.save(update_fields=[change.name for change in one.fields])
            self._concerned.add(one.creditor.pk)

    def _add(self) -> None:
        holders = self._number_creditors()
        highest = of_table(self._case).aggregate(most=Max("position"))["most"] or 0
        added = self._difference.added
        if highest + len(added) > INVESTORS_FROM:
            raise Refused("bad_request", _("债权编号已用尽。"))
        Claim.objects.bulk_create(
            [
                claim_of(self._case, holders[id(entry.holder)], number, entry)
                for number, entry in enumerate(added, start=highest + 1)
            ],
            batch_size=BATCH,
        )
        self._outcome.added = len(added)
        self._concerned |= {holders[id(one.holder)].pk for one in added}

    def _number_creditors(self) -> Mapping[int, Creditor]:
        """Create new creditors; give all the numbers that the table gives, no number twice."""
        pairs = dict(self._difference.pairs)
        fresh = []
        for holder in self._reading.creditors:
            if id(holder) not in pairs:
                pairs[id(holder)] = _creditor_of(self._case, holder)
                fresh.append(pairs[id(holder)])
        given = {
            id(pairs[id(holder)]): holder.position
            for holder in self._reading.creditors
            if holder.position
        }
        present = list({id(one): one for one in pairs.values()}.values())
        known = {one.pk for one in present if one.pk}
        others = list(
            Creditor.objects.filter(case=self._case, claims__isnull=False)
            .exclude(pk__in=known)
            .distinct()
        )
        used = set(given.values())
        free = max([*used, *(one.position for one in (*present, *others))], default=0)
        moved = []
        for one in (*present, *others):
            position = given.get(id(one), one.position)
            if id(one) not in given and (not position or position in used):
                free += 1
                position = free
            used.add(position)
            if one.position != position:
                one.position = position
                if one.pk:
                    moved.append(one)
        Creditor.objects.bulk_create(fresh, batch_size=BATCH)
        Creditor.objects.bulk_update(moved, ["position"], batch_size=BATCH)
        numbers = [one.identity_number for one in fresh]
        made = {
            one.identity_number: one
            for one in Creditor.objects.filter(case=self._case, identity_number__in=numbers)
        }
        return {key: made.get(one.identity_number, one) for key, one in pairs.items()}


_REJECTED: Mapping[str, Any] = {
    "conclusion": str(Conclusion.REJECTED),
    "confirmed_fen": 0,
    "confirmed_principal_fen": None,
    "confirmed_interest_fen": None,
    "confirmed_other_fen": None,
    "temporary_fen": None,
}
# As it stands in the case: not for translation.
_MISSING = "新的债权表中没有该笔债权"


def _creditor_of(case: Case, holder: Holder) -> Creditor:
    return Creditor(
        case=case,
        identity_number=holder.identity_number,
        name=holder.name,
        contact_name=holder.contact_name,
        phone=holder.phone,
        email=holder.email,
    )


def _as_record(claim: Claim) -> dict[str, Any]:
    return {
        "number": claim.position,
        "creditor": claim.creditor.name,
        "identity_number": claim.creditor.identity_number,
        "nature": claim.nature,
        "filed": yuan(claim.filed_fen),
        "confirmed": yuan(claim.confirmed_fen),
        "conclusion": claim.conclusion,
        "reason": claim.reason,
        "note": claim.note,
    }
