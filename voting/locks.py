"""Holding resolutions while they change. Lock order: meeting, resolutions by id, ledger, events."""

from collections.abc import Iterable

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from creditor_meetings.cases.errors import Refused
from creditor_meetings.meetings.models import Meeting
from voting.models import Resolution


def held() -> QuerySet[Resolution]:
    """Return resolutions that stay locked from their reading to the transaction's end."""
    found = Resolution.objects.select_for_update(of=("self",), no_key=True)
    return found.select_related("meeting", "meeting__case").order_by("pk")


def locked(meeting: Meeting, resolution_id: int) -> Resolution:
    """Return a resolution of the meeting, held until the transaction ends."""
    return locked_all(meeting, [resolution_id])[0]


def locked_all(meeting: Meeting, ids: Iterable[int]) -> list[Resolution]:
    """Return resolutions of the meeting in the order asked for, held until the transaction ends.

    All are locked before anything is written: whoever holds the ledger waits for none of them.
    """
    wanted = list(dict.fromkeys(ids))
    found = {one.pk: one for one in held().filter(meeting=meeting, pk__in=wanted)}
    if len(found) != len(wanted):
        raise Refused("bad_request", _("本次会议没有这项表决。"))
    return [found[one] for one in wanted]
