"""Requests and sockets of this process, by the view that answered: no address, no person."""

import threading
from dataclasses import dataclass, field

BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds (seconds) of the classes of how long an answer took; one more has no bound."""


@dataclass
class Figures:
    """Sums since the process began."""

    answers: dict[tuple[str, str, int], int] = field(default_factory=dict)
    """By room, method and status."""
    seconds: dict[str, float] = field(default_factory=dict)
    classes: dict[str, list[int]] = field(default_factory=dict)
    under_way: int = 0
    sockets: dict[str, int] = field(default_factory=dict)
    """Open sockets, by kind."""
    joined: dict[str, int] = field(default_factory=dict)
    """Sockets that were opened, by kind."""
    ended: dict[str, int] = field(default_factory=dict)
    """Sockets closed by us, by code."""


figures = Figures()
_lock = threading.Lock()

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def answered(room: str, method: str, status: int, seconds: float) -> None:
    """Note an answer: the room whose view gave it, and how long that took (seconds)."""
    key = (room, method if method in _METHODS else "other", status)
    place = next((i for i, bound in enumerate(BOUNDS) if seconds <= bound), len(BOUNDS))
    with _lock:
        figures.answers[key] = figures.answers.get(key, 0) + 1
        figures.seconds[room] = figures.seconds.get(room, 0.0) + seconds
        figures.classes.setdefault(room, [0] * (len(BOUNDS) + 1))[place] += 1


def errors() -> int:
    """How many answers said that this software failed (5xx)."""
    with _lock:
        return sum(n for (_room, _method, status), n in figures.answers.items() if status >= 500)


def total() -> int:
    """How many answers there were."""
    with _lock:
        return sum(figures.answers.values())


def table() -> tuple[dict[tuple[str, str, int], int], dict[str, float], dict[str, list[int]]]:
    """Return copies of answers, seconds and classes."""
    with _lock:
        classes = {room: list(counts) for room, counts in figures.classes.items()}
        return dict(figures.answers), dict(figures.seconds), classes
