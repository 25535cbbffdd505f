"""How a person comes into a room: checked, then a snapshot or what was missed, then events."""

from datetime import datetime
from typing import Any, Protocol
from urllib.parse import parse_qs

from django.utils import timezone

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.devices import SignedOut
from creditor_meetings.cases.errors import Refused
from creditor_meetings.meetings.access import access_meeting
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.realtime import log, snapshot
from creditor_meetings.realtime.hub import Connection, Hub, dumps, hubs
from creditor_meetings.realtime.person import note_use, require_signed_in, signed_in_until
from creditor_meetings.realtime.threads import in_thread

CLOSE_GONE = 4404
CLOSE_SIGNED_OUT = 4401


class Socket(Protocol):
    """What entering needs of the socket."""

    scope: dict[str, Any]
    language: str

    async def accept(self) -> None:
        """Answer the handshake."""

    async def send_text(self, text: str) -> None:
        """Write one frame, unless the socket is closed."""

    async def close(self, code: int) -> None:
        """Close the socket."""

    def spawn(self, work: Any) -> None:
        """Do `work` while the socket lives."""


class Entry:
    """One person's place in a room: who they are there, and their connection to its hub."""

    def __init__(self, socket: Socket) -> None:
        self.socket = socket
        self.meeting: Meeting
        self.viewer: Viewer
        self.hub: Hub
        self.connection: Connection | None = None
        self.until: datetime | None = None
        self.left = False

    async def enter(self) -> None:
        """Let the person in; raises Refused, before the handshake is answered, for a stranger."""
        scope = self.socket.scope
        name = scope["url_route"]["kwargs"]["meeting"]
        self.meeting, self.viewer = await in_thread(access_meeting)(scope["user"], name)
        self.hub = hubs.of(self.meeting.pk)
        self.until = signed_in_until(scope)
        await self.socket.accept()
        after = _after(scope)
        if after is None or not await in_thread(_still_held)(self.meeting.pk, after):
            after = await self._send_snapshot()
        self._join(after)

    def leave(self) -> None:
        """Get no more events."""
        self.left = True
        if self.connection is not None:
            self.hub.leave(self.connection)

    def cursor(self) -> int:
        """Return the number up to which the person was sent everything that is for them."""
        return self.hub.cursor_of(self.connection)

    def pong(self) -> str:
        """Return the frame that says so, and what time it is."""
        note_use(self.socket.scope)
        if self.until is not None and timezone.now() >= self.until:
            self.until = None
            self._access_changed()  # and the door is found closed
        at = clock.rfc3339(clock.now())
        return dumps({"type": "pong", "seq": self.cursor(), "at": at})

    async def _send_snapshot(self) -> int:
        seq, text = await in_thread(self._take)()
        await self.socket.send_text(text)
        return seq

    def _take(self) -> tuple[int, str]:
        shared = snapshot.shared_part(self.meeting.pk, staff=self.viewer.is_staff)
        (own,) = snapshot.own_parts(self.meeting.pk, [self.viewer])
        return min(shared.seq, own.seq), snapshot.frame(shared, own)

    def _join(self, after: int) -> None:
        if self.left:
            # While the room was entered anew; whoever joined now would never leave.
            return
        # A room's socket has a line of its own; who listens by HTTP just sends.
        line = getattr(self.socket, "line", self.socket.send_text)
        self.connection = Connection(self.viewer, line, self._access_changed, after)
        self.hub.join(self.connection)

    def _access_changed(self) -> None:
        self.socket.spawn(self._enter_anew())

    async def _enter_anew(self) -> None:
        try:
            self.meeting, self.viewer = await in_thread(self._look_again)()
        except SignedOut:
            await self.socket.close(CLOSE_SIGNED_OUT)
            return
        except Refused:
            await self.socket.close(CLOSE_GONE)
            return
        self._join(await self._send_snapshot())

    def _look_again(self) -> tuple[Meeting, Viewer]:
        scope = self.socket.scope
        require_signed_in(scope)
        return access_meeting(scope["user"], self.meeting.slug)


def _after(scope: dict[str, Any]) -> int | None:
    values = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("after", [])
    text = values[0] if values else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None


def _still_held(meeting_id: int, after: int) -> bool:
    latest = log.last_seq(meeting_id)
    return latest - log.KEPT_EVENTS <= after <= latest
