"""What rooms above this one bring to a meeting: sections of the snapshot, and commands.

A room registers from its AppConfig.ready(), so that realtime names none of them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.models import Person
from creditor_meetings.meetings.models import Meeting

Shared = Callable[[Meeting, bool], Any]
"""From a meeting, and whether for the staff, to what all of that audience see of a section."""

Own = Callable[[Meeting, Sequence[Viewer]], Sequence[dict[str, Any]]]
"""From a meeting and people to what each of them alone sees of a section, in their order."""


@dataclass(frozen=True)
class Section:
    """A part of the snapshot: what an audience shares, and what is a person's own beside it.

    What is shared is read once for everybody of the audience, and kept for a moment: it must not
    hang on who looks, on the language or on the clock. What is a person's own is read for many
    people at once; its number of queries must not hang on how many those are.
    """

    shared: Shared | None = None
    own: Own | None = None


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


def section(name: str, *, shared: Shared | None = None, own: Own | None = None) -> None:
    """Let `shared`, `own` or both fill the section `name` of every snapshot."""
    if name in _sections:
        raise ValueError(f"two providers for the section {name!r}")
    _sections[name] = Section(shared, own)


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
