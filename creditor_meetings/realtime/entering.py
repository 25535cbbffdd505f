"""How a person comes into a room: checked, then a snapshot or what was missed, then events.

Who comes while many do stands in line for a moment (`door.py`), and is told so. What all of an
audience share of the snapshot is there already or read once for all (`shared_parts.py`).
"""

import asyncio
import math
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import parse_qs

from django.utils import timezone

from creditor_meetings.cases import build, clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.devices import SignedOut
from creditor_meetings.cases.errors import Refused
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.realtime import snapshot
from creditor_meetings.realtime.door import Admitted, Asker, door
from creditor_meetings.realtime.hub import Connection, Hub, dumps, hubs
from creditor_meetings.realtime.person import note_use, signed_in_until
from creditor_meetings.realtime.shared_parts import MOST_EVENTS_BEHIND, shared_parts

CLOSE_GONE = 4404
CLOSE_SIGNED_OUT = 4401
CLOSE_LATER = 4503

PATIENCE_SECONDS = 2.0
"""Who stands in line for longer, behind a crowd, is told so, and then every `WORD_SECONDS`."""
WORD_SECONDS = 8.0
CROWD = 100


class Socket(Protocol):
    """What entering needs of the socket."""

    scope: dict[str, Any]
    language: str

    async def accept(self) -> None:
        """Answer the handshake."""

    async def send_text(self, text: str) -> None:
        """Write one frame, unless the socket is closed."""

    async def wait(self, seconds: int | None) -> None:
        """Answer the handshake; say that the person stands in line, for about so many seconds."""

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
        after = _after(scope)
        name = scope["url_route"]["kwargs"]["meeting"]
        found = await self._stand_in_line(Asker(scope, name, after))
        self.meeting, self.viewer = found.meeting, found.viewer
        self.hub = hubs.of(self.meeting.pk)
        self.until = signed_in_until(scope)
        await self.socket.accept()
        if found.own is not None or after is None:
            after = await self._send_snapshot(found, found.seq - MOST_EVENTS_BEHIND)
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
        return dumps({"type": "pong", "seq": self.cursor(), "at": at, "build": build.name()})

    async def _stand_in_line(self, asker: Asker) -> Admitted:
        turn = asyncio.ensure_future(door.ask(asker))
        try:
            patience = PATIENCE_SECONDS
            while not (await asyncio.wait({turn}, timeout=patience))[0]:
                patience = WORD_SECONDS
                crowded = door.waiting >= CROWD
                seconds = max(1, math.ceil(door.expected_seconds)) if crowded else None
                await self.socket.wait(seconds)
            return turn.result()
        finally:
            turn.cancel()

    async def _send_snapshot(self, found: Admitted, at_least: int) -> int:
        assert found.own is not None
        staff = self.viewer.is_staff
        shared = await shared_parts.get(self.meeting, staff=staff, at_least=at_least)
        await self.socket.send_text(snapshot.frame(shared, found.own))
        return min(shared.seq, found.own.seq)

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
        asker = Asker(self.socket.scope, self.meeting.slug, anew=True)
        try:
            found = await door.ask(asker)
        except SignedOut:
            await self.socket.close(CLOSE_SIGNED_OUT)
            return
        except Refused:
            await self.socket.close(CLOSE_GONE)
            return
        except Exception:
            # The door wrote down what it was. Whoever stayed would hear nothing more.
            await self.socket.close(CLOSE_LATER)
            return
        self.meeting, self.viewer = found.meeting, found.viewer
        # Not from before the rights changed: the event that said so would come once more.
        self._join(await self._send_snapshot(found, found.seq))


def _after(scope: dict[str, Any]) -> int | None:
    values = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("after", [])
    text = values[0] if values else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None
