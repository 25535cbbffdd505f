"""What rooms above this one bring to a meeting: sections of the snapshot, and commands.

A room registers from its AppConfig.ready(), so that realtime names none of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.models import Person
from creditor_meetings.meetings.models import Meeting

Section = Callable[[Meeting, Viewer], Any]


@dataclass(frozen=True)
class Context:
    """Who sends a command, into which meeting, and from where."""

    meeting: Meeting
    viewer: Viewer
    address: str = ""
    device: str = ""
    command_id: str = ""
    language: str = ""

    @property
    def person(self) -> Person:
        """The person who sends the command."""
        return self.viewer.person


Command = Callable[[Context, Mapping[str, Any]], Mapping[str, Any] | None]
Weight = Callable[[Mapping[str, Any]], float]
"""From a command's data to how many commands it stands for, against a person's allowance."""

Answer = Callable[[Mapping[str, Any] | BaseException], None]
"""Takes what a command was answered with, or a `Refused`, on the event loop."""

Taker = Callable[[Context, Mapping[str, Any], Answer], None]
"""Takes a command at once, on the event loop and without waiting, and answers it later.

It costs no task and no thread. It raises `Refused` in the context's language, or calls the answer
once, on the event loop; a room in which thousands vote at once has no time for more.
"""

Watch = Callable[[int], float | None]

_sections: dict[str, Section] = {}
_commands: dict[str, Command] = {}
_weights: dict[str, Weight] = {}
_takers: dict[str, Taker] = {}
_watches: list[Watch] = []


def section(name: str, provider: Section) -> None:
    """Let `provider` fill the section `name` of every snapshot."""
    if name in _sections:
        raise ValueError(f"two providers for the section {name!r}")
    _sections[name] = provider


def command(
    name: str, handler: Command, *, weight: Weight | None = None, taker: Taker | None = None
) -> None:
    """Let `handler` carry out the command `name`; it raises `Refused` to refuse.

    Where there is a `taker`, the room's socket gives the command to it instead.
    """
    if name in _commands:
        raise ValueError(f"two handlers for the command {name!r}")
    _commands[name] = handler
    if taker is not None:
        _takers[name] = taker
    if weight is not None:
        _weights[name] = weight


def sections() -> Mapping[str, Section]:
    """All sections by name."""
    return _sections


def commands() -> Mapping[str, Command]:
    """All commands by name."""
    return _commands


def taker(name: str) -> Taker | None:
    """Return what takes the command without waiting, if there is such a thing."""
    return _takers.get(name)


def weight(name: str, data: Mapping[str, Any]) -> float:
    """How many commands this one stands for, against a person's allowance: 1 or more."""
    weigh = _weights.get(name)
    return 1.0 if weigh is None else weigh(data)


def watch(look: Watch) -> None:
    """Let `look(meeting_id)` do what is due in a meeting, while anybody has its room open.

    It returns the seconds until something is due next, None when nothing is.
    """
    _watches.append(look)


def watches() -> list[Watch]:
    """All watches."""
    return _watches
