"""Whether polls of a meeting run, as the voting room knows it.

Recordings may be watched again while polls run (extended voting), yet polls live in `voting`,
which stands beside the room of video: it lends what it knows at start-up, and says when it changes.
"""

from collections.abc import Callable

from creditor_meetings.meetings.models import Meeting

Asker = Callable[[Meeting], bool]
Listener = Callable[[Meeting], None]
_asker: Asker | None = None
_listeners: list[Listener] = []


def lend(asker: Asker) -> None:
    """Take what `any_running` forwards to."""
    global _asker
    _asker = asker


def any_running(meeting: Meeting) -> bool:
    """Whether a poll of the meeting has begun and is not over; a suspended one is not over."""
    if _asker is None:
        raise RuntimeError("nobody knows of polls: is voting installed?")
    return _asker(meeting)


def on_change(listener: Listener) -> None:
    """Call `listener(meeting)` in the transaction in which polls begin or are over."""
    _listeners.append(listener)


def changed(meeting: Meeting) -> None:
    """Say that polls of the meeting began or are over; voting calls it, last in its transaction."""
    for listener in _listeners:
        listener(meeting)
