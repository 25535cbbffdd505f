"""What the replay page needs to know: recordings, agenda, layouts and captions on one clock.

All moments are milliseconds of the Unix epoch, UTC.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.urls import reverse

from creditor_meetings.meetings.models import Caption, ItemTurn, Meeting
from creditor_meetings.video import replay, times
from creditor_meetings.video.models import LayoutChange, Recording

LONGEST_CAPTION_MS = 7_000
SHORTEST_CAPTION_MS = 1_500


def epoch_ms(at: datetime) -> int:
    """Return a moment as milliseconds of the Unix epoch."""
    return round(at.timestamp() * 1000)


def describe(meeting: Meeting) -> dict[str, Any]:
    """Describe the whole replay."""
    copies = replay.copies_of(meeting).select_related("broadcast__publisher")
    return {
        "parts": [_part(meeting, one) for one in copies],
        "chapters": _chapters(meeting),
        "layouts": [
            {"at": epoch_ms(one.at), "mode": one.mode, "main": one.main_id}
            for one in LayoutChange.objects.filter(meeting=meeting)
        ],
        "captions": [
            {"from": start, "until": end, "speaker": one.speaker, "text": one.text}
            for start, end, one in captions(meeting)
        ],
    }


def _part(meeting: Meeting, one: Recording) -> dict[str, Any]:
    address = {"meeting": meeting.slug, "recording": one.pk}
    return {
        "recording": one.pk,
        "stream": one.broadcast_id,
        "source": one.broadcast.source,
        "publisher": str(one.broadcast.publisher),
        "picture": one.broadcast.has_video,
        "duration_ms": one.duration_ms,
        "spans": spans(one),
        "url": reverse("video:replay_file", kwargs=address),
        "captions": reverse("video:replay_captions", kwargs=address),
    }


def spans(one: Recording) -> list[dict[str, int]]:
    """Say when what a copy shows happened: stretches in which both times go on alike."""
    begun, end = epoch_ms(one.started_at), one.duration_ms or 0
    pairs = [pair for pair in one.copy_times if pair[0] < end] or [[0, 0]]
    media = [max(0, pair[0]) for pair in pairs]
    media[0] = 0
    return [
        {
            "media": start,
            "at": begun + times.to_meeting(pairs, start),
            "ms": until - start,
        }
        for start, until in zip(media, [*media[1:], end], strict=True)
        if until > start
    ]


def _chapters(meeting: Meeting) -> list[dict[str, Any]]:
    turns = ItemTurn.objects.filter(meeting=meeting, item__isnull=False).select_related("item")
    return [
        {"at": epoch_ms(turn.at), "item": turn.item.pk, "title": turn.item.title}
        for turn in turns.order_by("at", "pk")
        if turn.item is not None
    ]


def captions(meeting: Meeting) -> list[tuple[int, int, Caption]]:
    """Return the captions with when each appears and goes: at the latest when the next comes."""
    said = list(meeting.captions.all())
    starts = [epoch_ms(one.said_at) for one in said]
    found = []
    for number, one in enumerate(said):
        start = starts[number]
        end = start + LONGEST_CAPTION_MS
        if number + 1 < len(said):
            end = max(start + SHORTEST_CAPTION_MS, min(end, starts[number + 1]))
        found.append((start, end, one))
    return found


def webvtt(recording: Recording) -> str:
    """Write the captions of a recording's time as WebVTT, on the copy's time line."""
    cues = list(_cues(recording))
    return "WEBVTT\n\n" + "".join(
        f"{_stamp(start)} --> {_stamp(end)}\n{text}\n\n" for start, end, text in cues
    )


def _cues(recording: Recording) -> Iterator[tuple[int, int, str]]:
    found = captions(recording.broadcast.meeting)
    for span in spans(recording):
        begin, end = span["at"], span["at"] + span["ms"]
        for start, until, one in found:
            if until > begin and start < end:
                shift = span["media"] - begin
                yield max(start, begin) + shift, min(until, end) + shift, _cue_text(one)


def _cue_text(one: Caption) -> str:
    # In a cue these three begin markup, and an empty line would end it.
    line = f"{one.speaker}：{one.text}" if one.speaker else one.text
    line = " ".join(line.split())
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _stamp(ms: int) -> str:
    seconds, thousandths = divmod(ms, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{thousandths:03d}"
