"""How this process is, in one look: what every room counts, put together. Numbers alone."""

import itertools
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import Any

from creditor_meetings.realtime import figures as rooms
from creditor_meetings.running import http_figures, log_lines, proc
from voting import ballot_box
from voting import figures as ballots

HISTORY = 60
"""How many looks back the curves reach."""

COMMITS_KEPT = 12
"""Over how many looks commit times are taken together: a minute."""


@dataclass(frozen=True)
class Look:
    """What was counted at a moment (seconds of a clock that never goes back)."""

    at: float
    counted: int
    delivered: int
    classes: list[int]
    lag: float


_looks: deque[Look] = deque(maxlen=HISTORY + 1)
_errors: deque[tuple[float, int]] = deque(maxlen=3600 // 5 + 2)
_lock = threading.Lock()


def look() -> dict[str, Any]:
    """Look, remember what was seen for the next look's rates, and return the figures.

    Times are milliseconds, memory and disk bytes, rates a second.
    """
    process, box = proc.look(), ballots.so_far()
    with _lock:
        now = time.monotonic()
        longest, rooms.longest_lag_seconds = rooms.longest_lag_seconds, 0.0
        before = _looks[-1] if _looks else None
        _looks.append(Look(now, box.counted, rooms.events_delivered, box.classes, longest))
        _errors.append((now, wrong_so_far()))
        seconds = now - before.at if before else 0.0
        old = _looks[max(0, len(_looks) - 1 - COMMITS_KEPT)]
        classes = [b - a for a, b in zip(old.classes, box.classes, strict=True)]
        history = _history(list(_looks))
        hour = _errors[-1][1] - next(count for at, count in _errors if at > now - 3600)
    return {
        "sockets": sum(rooms.sockets.values()),
        "rooms": {str(meeting): count for meeting, count in list(rooms.sockets.items())},
        "joins": sum(http_figures.figures.joined.values()),
        "waiting_to_join": sum(rooms.waiting_to_join.values()),
        "ballots_waiting": ballot_box.box.waiting(),
        "ballots_counted": box.counted,
        "ballots_refused": box.refused,
        "ballots_a_second": _rate(box.counted, before.counted if before else 0, seconds),
        "commit_median": round(ballots.quantile(classes, 0.5) * 1000),
        "commit_p95": round(ballots.quantile(classes, 0.95) * 1000),
        "hub_lag": round(longest * 1000),
        "deliveries_a_second": _rate(
            rooms.events_delivered, before.delivered if before else 0, seconds
        ),
        "dropped_slow": rooms.dropped_slow,
        "stumbles": rooms.stumbles,
        "commands_under_way": rooms.commands_under_way,
        "requests": http_figures.total(),
        "requests_failed": http_figures.errors(),
        "wrong_in_the_hour": hour,
        "memory": process.memory,
        "files": process.files,
        "most_files": process.most_files,
        "cpu": round(process.cpu, 1),
        "video_workers": process.children.get("video", 0),
        "history": history,
    }


def wrong_so_far() -> int:
    """How many errors and critical lines this process wrote into its log."""
    return log_lines.counts.get("ERROR", 0) + log_lines.counts.get("CRITICAL", 0)


def _rate(now: int, before: int, seconds: float) -> float:
    return round((now - before) / seconds, 1) if seconds > 0 else 0.0


def _history(looks: list[Look]) -> dict[str, list[float]]:
    pairs = list(itertools.pairwise(looks))
    return {
        "ballots": [_rate(b.counted, a.counted, b.at - a.at) for a, b in pairs],
        "lag": [round(b.lag * 1000) for _a, b in pairs],
    }
