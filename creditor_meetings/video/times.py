"""When what a copy shows happened: pairs of times, of the media and of the meeting.

A recorder that pauses cuts the pause out of its time line, so that one offset is not enough. What
comes late by the network, on the other hand, is caught up with later, and moves nothing.
"""

from collections.abc import Iterable, Sequence

JUMP_MS = 500
"""A pause shorter than this is not told apart from a network that stutters."""

Times = Sequence[Sequence[int]]
"""[[ms of the media, ms of the meeting], ...], rising; from each pair on both go on alike."""


def pairs(arrivals: Iterable[tuple[int, int, int]]) -> list[list[int]]:
    """Find the pairs from when media was whole: (its start, its end, arrival in ms), in order.

    Media is never early: how far behind its arrival is at least, from here to the end, is how
    far the two times are apart here.
    """
    known = list(arrivals)
    apart, least = [], None
    for _start, end, arrived in reversed(known):
        least = arrived - end if least is None else min(least, arrived - end)
        apart.append(least)
    apart.reverse()
    found: list[list[int]] = []
    last = 0
    for (start, _end, _arrived), now in zip(known, apart, strict=True):
        if not found or now - last > JUMP_MS:
            found.append([start, start + now])
            last = now
    return found


def to_meeting(times: Times, media_ms: int) -> int:
    """Return when a moment of the media happened."""
    media, meeting = _pair(times, 0, media_ms)
    return meeting + media_ms - media


def to_media(times: Times, meeting_ms: int) -> int:
    """Return where the media shows a moment; in a pause, where it goes on."""
    media, meeting = _pair(times, 1, meeting_ms)
    found = media + meeting_ms - meeting
    later = [one[0] for one in times if one[0] > media]
    return min([found, *later])


def _pair(times: Times, column: int, value: int) -> Sequence[int]:
    if not times:
        return (0, 0)
    before = [one for one in times if one[column] <= value]
    return before[-1] if before else times[0]


def moved(times: Times, media_ms: int) -> list[list[int]]:
    """Count the media from `media_ms` on."""
    return [[media - media_ms, meeting] for media, meeting in times]
