"""Media of parts that are not recorded: after a crash nobody else would remove them."""

import logging

from creditor_meetings.video import recordings, store
from creditor_meetings.video.models import ACTIVE_STATES, Broadcast, Recording

log = logging.getLogger(__name__)


def clear() -> None:
    """Remove the parts that are over and were not to be kept, of all meetings."""
    names = [one.parent.name for one in recordings.directory().glob("*/media")]
    for meeting_id in [int(name) for name in names if name.isdecimal()]:
        store.sweep(meeting_id)
        for broadcast, part in _unrecorded(meeting_id):
            log.info("part %s of broadcast %s is not kept", part, broadcast)
            store.discard(meeting_id, broadcast, part)


def _unrecorded(meeting_id: int) -> list[tuple[int, int]]:
    there = store.all_parts(meeting_id)
    broadcasts = {broadcast for broadcast, _part in there}
    # What the database does not know of is not ours to judge: it may be a restored one.
    found = Broadcast.objects.filter(meeting_id=meeting_id, pk__in=broadcasts)
    going_on = {
        one.pk: one.session if one.state in ACTIVE_STATES else None
        for one in found.only("state", "session")
    }
    # Read after the broadcasts: a part's recording begins before the part is anybody's.
    recorded = set(
        Recording.objects.filter(broadcast__in=broadcasts).values_list("broadcast", "part")
    )
    return [
        (broadcast, part)
        for broadcast, part in there
        if broadcast in going_on
        and part != going_on[broadcast]
        and (broadcast, part) not in recorded
    ]
