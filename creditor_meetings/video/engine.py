"""What carries the video: one interface, so that another engine can take the embedded one's place.

Who may show and see is the application's to say (`verbs`, the guarded door at the sockets);
an engine only enforces what it granted. Both sockets open with the grant: the embedded engine
goes on in the same socket, another one names its own address there.
"""

from dataclasses import asdict, dataclass
from typing import Protocol

from creditor_meetings.meetings.models import Meeting
from creditor_meetings.video.models import Broadcast, Recording


@dataclass(frozen=True)
class Grant:
    """Leave to publish or to view.

    `token` proves it to an engine outside this process; in the embedded one the session that
    opened the socket does, and the token is empty. `mime` is what the publisher sends.
    """

    engine: str
    url: str
    token: str
    mime: str

    def as_dict(self) -> dict[str, str]:
        """The grant as a browser is told it."""
        return asdict(self)


@dataclass(frozen=True)
class Health:
    """Whether an engine can serve, and what it does now."""

    ok: bool
    streams: int
    viewers: int
    problem: str = ""


class Engine(Protocol):
    """An engine of live video."""

    name: str

    def grant_publishing(self, meeting: Meeting, broadcast: Broadcast) -> Grant:
        """Let the broadcast's publisher send."""

    def grant_viewing(self, meeting: Meeting) -> Grant:
        """Let a member see whatever the meeting shows."""

    def revoke(self, broadcast_id: int) -> None:
        """Take back the leave to publish; what still arrives is not passed on."""

    async def start_recording(self, broadcast: Broadcast) -> Recording | None:
        """Record from now on; None when the broadcast is over."""

    async def stop_recording(self, broadcast: Broadcast, *, interrupted: bool = False) -> None:
        """End the recording that runs, if one does."""

    def held(self, meeting_id: int) -> int | None:
        """Return the broadcast of a meeting that this process itself keeps alive."""

    def health(self) -> Health:
        """Say how the engine is."""


_engine: Engine | None = None


def engine() -> Engine:
    """Return the engine of this installation."""
    global _engine
    if _engine is None:
        from creditor_meetings.video.embedded import embedded

        _engine = embedded
    return _engine
