"""Events of the log, ready to be written: each is made into a frame once for all who see it."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import TextField
from django.db.models.functions import Cast

from creditor_meetings.cases import clock
from creditor_meetings.realtime.frames import Frame
from creditor_meetings.realtime.models import Event

BATCH = 500
COLUMNS = ("seq", "audience", "kind", "coalesce", "at", "text")


@dataclass(frozen=True, slots=True)
class Encoded:
    """An event ready to be written."""

    seq: int
    audience: str
    kind: str
    coalesce: str
    at: datetime
    frame: Frame

    @property
    def key(self) -> tuple[str, str]:
        """What a later event of the same key and audience makes void."""
        return self.coalesce, self.audience


def read(meeting_id: int, after: int) -> list[Encoded]:
    """Return the events that follow a number, oldest first, a batch at most; on a thread.

    The row's JSON goes into the frame as it stands: nobody here looks into it.
    """
    rows = (
        Event.objects.filter(meeting_id=meeting_id, seq__gt=after)
        .order_by("seq")
        .annotate(text=Cast("data", TextField()))
        .values_list(*COLUMNS)[:BATCH]
    )
    return [encode(*row) for row in rows]


def encode(seq: int, audience: str, kind: str, coalesce: str, at: datetime, text: str) -> Encoded:
    """Make an event's frame; `text` is the JSON of its data."""
    head = f'{{"type":"{kind}","seq":{seq},"at":"{clock.rfc3339(at)}","data":'
    return Encoded(seq, audience, kind, coalesce, at, Frame(f"{head}{text}}}"))


def coalesced(batch: list[Encoded]) -> list[Encoded]:
    """Leave out events that a later one of the same key and audience makes void."""
    last = {event.key: event.seq for event in batch if event.coalesce}
    return [event for event in batch if not event.coalesce or last[event.key] == event.seq]
