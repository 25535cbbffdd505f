"""How notices look in snapshots and events: one shape for both."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, IntegerField, Min, Q, QuerySet, Value, When

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer, acted_for
from creditor_meetings.cases.models import CREDITOR_ROLES, CaseRole
from creditor_meetings.meetings import notice_periods
from creditor_meetings.meetings.models import (
    Delivery,
    DeliveryState,
    Meeting,
    Notice,
    NoticeKind,
)
from creditor_meetings.meetings.publishing import News

# From the best a creditor can be told by to the worst: what its several channels come to.
STANDINGS = (
    DeliveryState.DELIVERED,
    DeliveryState.POSTED,
    DeliveryState.QUEUED,
    DeliveryState.FAILED,
    DeliveryState.UNREACHABLE,
)
NOT_REACHED = frozenset({DeliveryState.FAILED, DeliveryState.UNREACHABLE})
# Notices from whose delivery fifteen days run: EBL 64(2) for results, 66 for rulings.
WINDOWED = frozenset({NoticeKind.RESULT, NoticeKind.RULING})


def by_creditor(notice: Notice) -> QuerySet[Any, dict[str, Any]]:
    """Say of each creditor of a notice the best place in `STANDINGS` among its channels."""
    ranks = [When(state=state, then=Value(rank)) for rank, state in enumerate(STANDINGS)]
    best = Min(Case(*ranks, output_field=IntegerField()))
    found: QuerySet[Any, Any] = Delivery.objects.filter(notice=notice).order_by()
    return found.values("creditor").annotate(best=best)


def counts(notice: Notice) -> dict[str, int]:
    """Count the creditors of a notice by how it stands with them."""
    sums = {
        str(state): Count("creditor", filter=Q(best=rank)) for rank, state in enumerate(STANDINGS)
    }
    return by_creditor(notice).aggregate(**sums, total=Count("creditor"))


def notice(one: Notice) -> dict[str, Any]:
    """Describe a notice to the staff, with how many creditors it reached."""
    return {
        "id": one.pk,
        "kind": one.kind,
        "resolution": one.resolution,
        "subject": one.subject,
        "at": clock.rfc3339(one.at),
        **counts(one),
    }


def notices(meeting: Meeting, staff: bool) -> dict[str, Any]:
    """Describe the meeting's notices to the staff."""
    if not staff:
        return {}
    return {str(one.pk): notice(one) for one in meeting.notices.all()}


def notice_news(one: Notice) -> News:
    """Tell the staff how a notice stands."""
    told = {f"notices/{one.pk}": notice(one)}
    return News("notice", told, audience="staff", coalesce=f"notice:{one.pk}")


def deadline(kind: str, delivered_at: datetime | None) -> datetime | None:
    """Return when the fifteen days end that run from a delivery, None where none run."""
    if delivered_at is None or kind not in WINDOWED:
        return None
    return notice_periods.end_of(delivered_at, notice_periods.WINDOW_DAYS)


def delivered(kind: str, delivered_at: datetime | None) -> dict[str, Any]:
    """Describe when a notice reached a creditor, and what period that began."""
    return {
        "delivered_at": _moment(delivered_at),
        "deadline": _moment(deadline(kind, delivered_at)),
    }


def _moment(at: datetime | None) -> str | None:
    return clock.rfc3339(at) if at is not None else None


def own(one: Notice, delivered_at: datetime | None) -> dict[str, Any]:
    """Describe a notice to one of those it is for."""
    return {
        "kind": one.kind,
        "resolution": one.resolution,
        "subject": one.subject,
        "text": one.text,
        "at": clock.rfc3339(one.at),
        **delivered(one.kind, delivered_at),
    }


def my_notices(meeting: Meeting, viewers: Sequence[Viewer]) -> list[dict[str, Any]]:
    """Describe to each viewer the notices to the creditors that he acts for."""
    told = _sent_to(meeting, acted_for(viewers))
    return [
        {str(creditor): told[str(creditor)] for creditor in one.acts_for if str(creditor) in told}
        for one in viewers
    ]


def _sent_to(meeting: Meeting, creditors: Collection[int]) -> dict[str, Any]:
    written = {one.pk: one for one in meeting.notices.all()} if creditors else {}
    if not written:
        return {}
    found = Delivery.objects.filter(notice__meeting=meeting, creditor__in=creditors)
    told: dict[str, Any] = defaultdict(dict)
    for creditor, notice_id in found.values_list("creditor_id", "notice_id").distinct():
        told[str(creditor)][str(notice_id)] = own(written[notice_id], None)
    for creditor, notice_id, at in _first_deliveries(found):
        one = told[str(creditor)][str(notice_id)]
        one.update(delivered(one["kind"], at))
    return dict(told)


def _first_deliveries(found: QuerySet[Delivery]) -> Iterable[tuple[int, int, datetime]]:
    reached = found.filter(state=DeliveryState.DELIVERED).order_by()
    grouped = reached.values("creditor_id", "notice_id").annotate(first=Min("at"))
    return grouped.values_list("creditor_id", "notice_id", "first")


def own_news(one: Notice, creditors: Collection[int]) -> list[News]:
    """Tell the people of these creditors that a notice was sent to them."""
    told = own(one, None)
    return [
        News(
            "notice_sent",
            {f"my_notices/{creditor}/{one.pk}": told},
            audience=f"creditor:{creditor}",
            notice={"kind": "notice", "notice": one.pk, "subject": one.subject},
        )
        for creditor in with_people(one.meeting.case_id, creditors)
    ]


def delivered_news(one: Notice, creditors: Collection[int]) -> list[News]:
    """Tell the people of these creditors when the notice reached them first."""
    concerned = with_people(one.meeting.case_id, creditors)
    found = Delivery.objects.filter(notice=one, creditor__in=concerned)
    return [
        News(
            "notice_delivered",
            {
                f"my_notices/{creditor}/{one.pk}/{name}": value
                for name, value in delivered(one.kind, first).items()
            },
            audience=f"creditor:{creditor}",
        )
        for creditor, _notice, first in _first_deliveries(found)
    ]


def with_people(case_id: int, creditors: Collection[int]) -> list[int]:
    """Return those of the creditors for whom somebody may be listening."""
    roles = CaseRole.objects.filter(case_id=case_id, active=True, role__in=CREDITOR_ROLES)
    return sorted(set(roles.values_list("creditor_id", flat=True)) & set(creditors))
