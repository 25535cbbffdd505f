"""What carries the video: one interface, so that another engine can take the embedded one's place.

Who may show and see is the application's to say (`verbs`, the guarded door at the sockets);
an engine only enforces what it granted. Both sockets open with the grant: the embedded engine
goes on in the same socket, another one names its own address there.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from django.conf import settings

from creditor_meetings.meetings.models import Meeting
from creditor_meetings.video.models import Broadcast

Tell = Callable[..., None]
"""`tell(type, **values)`: send the publisher a frame; never waits."""


@dataclass(frozen=True)
class Grant:
    """Leave to publish or to view.

    `token` proves it to an engine outside this process; in the embedded one the session that
    opened the socket does, and the token is empty. `mime` is what the publisher sends; `hls` is
    where a viewer finds the same media by plain HTTP, empty where there is none.
    """

    engine: str
    url: str
    token: str
    mime: str
    hls: str = ""

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


class Ingest(Protocol):
    """A publisher's hold on its stream, in the process that its socket is open to."""

    broadcast: Broadcast
    void: bool
    given_up: str
    restart_asked: str

    @property
    def is_recording(self) -> bool:
        """Whether what arrives is being recorded."""

    @property
    def recording_failed(self) -> bool:
        """Whether a recording that ought to run cannot be written."""

    async def open(self) -> None:
        """Begin the part whose number the broadcast bears."""

    async def next_part(self, mime: str, *, has_video: bool) -> None:
        """Begin the next part."""

    async def take(self, data: bytes, track: int = 0) -> None:
        """Record what arrived, then pass it on. Raises `BadMedia` when that cannot go on."""

    async def signal(self, frame: Mapping[str, Any]) -> None:
        """Take a frame of the engine's own. Raises `Refused`."""

    def ask_restart(self, reason: str) -> None:
        """Ask the publisher for a new part."""

    def revoke(self) -> None:
        """Pass nothing on any more, and let the publisher's socket know."""

    def expect_end(self) -> None:
        """Learn that the broadcast is ended by its own publisher."""

    async def close(self, *, interrupted: bool) -> None:
        """Let go of the stream."""


class Engine(Protocol):
    """An engine of live video."""

    name: str

    @property
    def mimes(self) -> tuple[str, ...]:
        """The types that publishers may send, best first."""

    async def relay_address(self) -> str:
        """Return where other processes get what this one receives; empty where it is alone."""

    def grant_publishing(self, meeting: Meeting, broadcast: Broadcast) -> Grant:
        """Let the broadcast's publisher send."""

    def grant_viewing(self, meeting: Meeting) -> Grant:
        """Let a member see whatever the meeting shows."""

    def hold(self, broadcast: Broadcast, on_revoked: Callable[[], None], tell: Tell) -> Ingest:
        """Take a publisher's stream in; an earlier session of it is void from now on."""

    def release(self, ingest: Any) -> None:
        """Forget a stream that was closed."""

    def revoke(self, broadcast_id: int) -> None:
        """Take back the leave to publish; what still arrives is not passed on."""

    def held(self, meeting_id: int) -> Collection[int]:
        """Return the broadcasts of a meeting that this process itself keeps alive."""

    def health(self) -> Health:
        """Say how the engine is."""


def hls_of(meeting: Meeting) -> str:
    """Return where the meeting's media is found by plain HTTP, for a while."""
    from creditor_meetings.video import pipeline
    from creditor_meetings.video.addresses import hls_base

    return hls_base(meeting) if pipeline.is_transcoding() else ""


_engine: Engine | None = None


def engine() -> Engine:
    """Return the engine of this installation."""
    global _engine
    if _engine is None:
        if settings.VIDEO_ENGINE == "janus":
            from creditor_meetings.video.janus_engine import janus_engine

            _engine = janus_engine
        else:
            from creditor_meetings.video.embedded import embedded

            _engine = embedded
    return _engine
