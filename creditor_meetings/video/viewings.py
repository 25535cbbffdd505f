"""Who watched what of the recordings (回看记录): told by the page, checked here, kept.

The page tells which seconds it really played. They are merged into one row a person and
recording; the meeting's ledger hears of the beginning and of a few marks on the way.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import CaseRole, Creditor, Person
from creditor_meetings.meetings import record
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.realtime import fields
from creditor_meetings.video import replay
from creditor_meetings.video.models import Recording, Viewing

Ranges = list[list[int]]
"""[[from, until], ...] in whole seconds, in order, without touching each other."""

MARKS = (10, 50, 90)
"""Per cent of a recording at which the ledger hears of it."""

SHORT_SECONDS = 60
"""Of a shorter recording it hears only of the last mark."""

LONGEST_SILENCE = timedelta(minutes=10)
"""A page that could tell nothing for longer than this has lost what it had to tell."""

FASTEST = 2.0
SLACK_SECONDS = 60
MOST_RECORDINGS = 40
MOST_RANGES = 100


@dataclass(frozen=True)
class Watched:
    """What a page tells of one recording."""

    recording: int
    ranges: Ranges


def merged(ranges: Iterable[Sequence[int]]) -> Ranges:
    """Put ranges in order, and together where they touch or overlap."""
    found: Ranges = []
    for start, end in sorted((one[0], one[1]) for one in ranges):
        if end <= start:
            continue
        if found and start <= found[-1][1]:
            found[-1][1] = max(found[-1][1], end)
        else:
            found.append([start, end])
    return found


def seconds_of(ranges: Iterable[Sequence[int]]) -> int:
    """Add up what merged ranges come to."""
    return sum(one[1] - one[0] for one in ranges)


def read(data: Mapping[str, Any]) -> list[Watched]:
    """Read what a page tells: `{"watched": [{"recording": 7, "ranges": [[0, 12], …]}, …]}`."""
    fields.only(data, "watched")
    told = data.get("watched")
    if not isinstance(told, list) or not 1 <= len(told) <= MOST_RECORDINGS:
        raise fields.bad("watched", _("1 至 %(n)s 段录像的清单") % {"n": MOST_RECORDINGS})
    return [_read_one(one) for one in told]


def _read_one(told: object) -> Watched:
    if not isinstance(told, dict):
        raise fields.bad("watched", '{"recording", "ranges"}')
    fields.only(told, "recording", "ranges")
    ranges = told.get("ranges")
    if not isinstance(ranges, list) or len(ranges) > MOST_RANGES:
        raise fields.bad("ranges", _("至多 %(n)s 个区间的清单") % {"n": MOST_RANGES})
    for one in ranges:
        whole = isinstance(one, list) and len(one) == 2 and all(type(n) is int for n in one)
        if not whole or not 0 <= one[0] < one[1]:
            raise fields.bad("ranges", _("[起, 止]，整秒，止大于起"))
    return Watched(fields.integer(told, "recording"), merged(ranges))


@transaction.atomic
def note(
    meeting: Meeting, viewer: Viewer, told: Sequence[Watched], *, address: str, device: str
) -> None:
    """Keep what the viewer's page played; refuse what it cannot have played."""
    replay.require_watcher(meeting, viewer)
    # One person's pages come one after the other, so that nothing is begun twice.
    Person.objects.select_for_update(no_key=True).get(pk=viewer.person.pk)
    copies = {
        one.pk: one for one in replay.copies_of(meeting).filter(pk__in=[t.recording for t in told])
    }
    entries = []
    for one in told:
        recording = copies.get(one.recording)
        if recording is None:
            raise fields.bad("recording", _("本次会议一段可以回看的录像"))
        entries += _note(recording, viewer, one.ranges, address, device)
    record.write_all(meeting, [("replay_watched", entry) for entry in entries])


def _note(
    recording: Recording, viewer: Viewer, ranges: Ranges, address: str, device: str
) -> list[dict[str, Any]]:
    length = _length(recording)
    if ranges and ranges[-1][1] > length:
        raise fields.bad("ranges", _("不超过录像的 %(n)s 秒") % {"n": length})
    now = clock.now()
    row = Viewing.objects.filter(recording=recording, person=viewer.person).first()
    begins = row is None
    if row is None:
        row = Viewing(recording=recording, person=viewer.person, began_at=now, seen_at=now)
    before = row.seconds
    row.watched = merged([*row.watched, *ranges])
    row.seconds = seconds_of(row.watched)
    _check_pace(row, before, now)
    row.seen_at, row.address, row.device = now, address, device
    row.save()
    mark = _mark(before, row.seconds, length)
    if not begins and mark is None:
        return []
    return [_entry(row, viewer, mark or 0)]


def _length(recording: Recording) -> int:
    """The recording's length in seconds, a begun one counted whole."""
    return -(-(recording.duration_ms or 0) // 1000)


def _check_pace(row: Viewing, before: int, now: datetime) -> None:
    """Refuse more seconds than anybody can have watched since the page last told of any."""
    silent = min(now - row.seen_at, LONGEST_SILENCE).total_seconds()
    ever = (now - row.began_at).total_seconds()
    if row.seconds - before > _most(silent) or row.seconds > _most(ever):
        raise Refused("bad_request", _("回看时长超过了实际经过的时间，未予记录。"))


def _most(seconds: float) -> float:
    return seconds * FASTEST * 1.1 + SLACK_SECONDS


def _mark(before: int, after: int, length: int) -> int | None:
    """Return the highest mark that was passed just now."""
    marks = MARKS if length >= SHORT_SECONDS else MARKS[-1:]
    passed = [mark for mark in marks if before * 100 < mark * length <= after * 100]
    return passed[-1] if passed else None


def _entry(row: Viewing, viewer: Viewer, mark: int) -> dict[str, Any]:
    names = Creditor.objects.filter(pk__in=viewer.acts_for).order_by("pk")
    return {
        "recording": row.recording_id,
        "person": viewer.person.pk,
        "person_name": str(viewer.person),
        "creditors": [{"creditor": one.pk, "creditor_name": one.name} for one in names],
        # 0 is the beginning; else the per cent of the recording seen by now, at least.
        "share": mark,
        "seconds": row.seconds,
        "of_seconds": _length(row.recording),
        "address": row.address,
        "device": row.device,
    }


@dataclass(frozen=True)
class Line:
    """One person's watching of one recording."""

    person: Person
    creditors: str
    began_at: datetime
    seen_at: datetime
    seconds: int
    share: int


def lines_of(recordings: Iterable[Recording]) -> dict[int, list[Line]]:
    """Say who watched each recording, by its id: whoever began first stands first."""
    by_id = {one.pk: one for one in recordings}
    rows = list(Viewing.objects.filter(recording__in=by_id).select_related("person"))
    names = _creditors_of(by_id.values(), {row.person_id for row in rows})
    found: dict[int, list[Line]] = {}
    for row in rows:
        line = _line(row, _length(by_id[row.recording_id]), names.get(row.person_id, ""))
        found.setdefault(row.recording_id, []).append(line)
    return found


def _creditors_of(recordings: Iterable[Recording], people: set[int]) -> dict[int, str]:
    first = next(iter(recordings), None)
    if first is None:
        return {}
    held = CaseRole.objects.filter(
        case=first.broadcast.meeting.case_id, person__in=people, creditor__isnull=False, active=True
    )
    found: dict[int, list[str]] = {}
    for person, name in held.order_by("creditor").values_list("person", "creditor__name"):
        if name not in found.setdefault(person, []):
            found[person].append(name)
    return {person: _("、").join(named) for person, named in found.items()}


def _line(row: Viewing, length: int, creditors: str) -> Line:
    share = min(100, row.seconds * 100 // max(1, length))
    return Line(row.person, creditors, row.began_at, row.seen_at, row.seconds, share)
