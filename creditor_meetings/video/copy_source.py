"""What a copy is made from: the fragments that were live, or the evidence itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from creditor_meetings.meetings.models import ItemTurn
from creditor_meetings.video import recordings, store, times
from creditor_meetings.video.media import FULL
from creditor_meetings.video.models import Recording

MATROSKA_TYPES = ("video/webm", "video/x-matroska", "audio/webm", "audio/x-matroska")

LEFT_BEHIND_MS = 10_000
"""Fragments that end so long before the evidence does are not all of it."""

_SLICE_MS = 100


@dataclass(frozen=True)
class Source:
    """A file to make a copy from, when what it shows happened, and when its last arrived.

    Moments are milliseconds after the recording's beginning.
    """

    kind: str
    file: Path
    length: int
    format: str
    times: list[list[int]]
    until_ms: int


def of(recording: Recording, *, evidence_only: bool = False) -> Source | None:
    """Return the best source that is on this machine; None where there is none."""
    evidence = _evidence(recording)
    live = None if evidence_only else _live(recording)
    if live is None or (evidence is not None and _goes_on(evidence, live)):
        return evidence or live
    return live


def _goes_on(evidence: Source, live: Source) -> bool:
    # Where the worker gave up half way, the evidence alone has the rest.
    return evidence.until_ms - live.until_ms > LEFT_BEHIND_MS


def store_of(recording: Recording) -> Path:
    """Return where the part's fragments lie."""
    broadcast = recording.broadcast
    return store.part_directory(broadcast.meeting_id, broadcast.pk, recording.part)


def _live(recording: Recording) -> Source | None:
    broadcast = recording.broadcast
    media = store.media_file(broadcast.meeting_id, broadcast.pk, recording.part, FULL)
    length = store.whole_bytes(media)
    arrivals = list(_arrivals(recording, media))
    if not arrivals:
        return None
    return Source("store", media, length, "mp4", times.pairs(arrivals), arrivals[-1][2])


def _arrivals(recording: Recording, media: Path) -> Iterator[tuple[int, int, int]]:
    for line in store.lines(media):
        if "seq" in line:
            start = int(line["start_ms"])
            yield start, start + int(line["duration_ms"]), _after(recording, line["wall"])


def _evidence(recording: Recording) -> Source | None:
    file = recordings.file_of(recording.path)
    if not file.is_file() or not file.stat().st_size:
        return None
    if recording.mime.partition(";")[0].strip() not in MATROSKA_TYPES:
        return None
    lines = recordings.lines_of(file)
    # Of slices only the arrival is known: the first one brings about so much.
    first = _after(recording, str(lines[0]["received"])) if lines else 0
    last = _after(recording, str(lines[-1]["received"])) if lines else 0
    began = [[0, first - _SLICE_MS]]
    return Source("evidence", file, file.stat().st_size, "matroska", began, last)


def _after(recording: Recording, wall: str) -> int:
    return int((datetime.fromisoformat(wall) - recording.started_at).total_seconds() * 1000)


def chapters(recording: Recording, found: Source) -> list[tuple[str, int]]:
    """Return the agenda's turns as titles and milliseconds of the source."""
    meeting = recording.broadcast.meeting
    turns = ItemTurn.objects.filter(meeting=meeting, item__isnull=False, at__lt=recording.ended_at)
    named = [
        (
            turn.item.title,
            times.to_media(
                found.times, int((turn.at - recording.started_at).total_seconds() * 1000)
            ),
        )
        for turn in turns.select_related("item").order_by("at", "pk")
        if turn.item is not None
    ]
    # What was recorded before the first item has a chapter, too.
    return [(meeting.title, times.to_media(found.times, -(10**9))), *named]
