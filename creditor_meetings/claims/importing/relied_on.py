"""Why a claim cannot be taken out of the table: people rely on it already."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from creditor_meetings.cases.models import Creditor
from creditor_meetings.claims.models import Claim, UndisputedEntry, UndisputedState


def reasons(claims: Sequence[Claim]) -> dict[int, list[str]]:
    """Return by claim why it must stay; claims that nobody relies on are left out.

    Rooms above hang their own rows on claims and creditors (attendance, registers, ballots,
    powers of attorney): whatever refers to one of them counts, without being named here.
    """
    if not claims:
        return {}
    found: dict[int, list[str]] = defaultdict(list)
    for name, pks in _referring(Claim, [one.pk for one in claims]).items():
        for pk in pks:
            found[pk].append(_words(name))
    creditors = {one.creditor_id for one in claims}
    attending = set().union(*_referring(Creditor, creditors).values())
    for claim in claims:
        if claim.creditor_id in attending:
            found[claim.pk].append(_("债权人已有签到、表决、委托、送达等会议记录"))
    return dict(found)


def confirmed_by_ruling(case_id: int) -> set[int]:
    """Return the claims that the court confirmed by ruling (EBL 58(2)): review changes none."""
    found = UndisputedEntry.objects.filter(
        undisputed_list__case=case_id, undisputed_list__state=UndisputedState.CONFIRMED
    )
    return set(found.values_list("claim_id", flat=True))


def has_nothing(creditor: Creditor) -> bool:
    """Whether nothing at all refers to a creditor: no claim, nobody who acts for it."""
    return not any(
        one.related_model.objects.filter(**{one.field.name: creditor.pk}).exists()
        for one in _relations(Creditor)
    )


def _relations(model: type[Model]) -> list[Any]:
    return [
        one
        for one in model._meta.get_fields(include_hidden=True)
        if one.auto_created and not one.concrete and (one.one_to_many or one.one_to_one)
    ]


def _referring(model: type[Model], pks: Collection[int]) -> dict[str, set[int]]:
    """Return by the name of what refers which of these rows it refers to."""
    found: dict[str, set[int]] = {}
    for one in _relations(model):
        other = one.related_model
        # An invitation or an account is no act of the creditor's; claims are what is asked about.
        if other is Claim or other._meta.app_label == Creditor._meta.app_label:
            continue
        name = one.field.attname
        rows = other.objects.filter(**{f"{name}__in": list(pks)}).values_list(name, flat=True)
        found.setdefault(other.__name__, set()).update(rows.distinct().order_by())
    return found


def _words(name: str) -> str:
    return {
        "ClaimChange": _("有修改记录"),
        "ClaimConfirmation": _("债权人已确认无异议"),
        "Objection": _("有异议记录"),
        "Filing": _("来自在线申报"),
        "PriorityWaiver": _("有放弃优先受偿权声明"),
        "UndisputedEntry": _("已列入无异议债权表"),
    }.get(name, _("有相关记录"))
