"""The story's people at a running server: its processes, their sessions, the ids of things."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection

from tests.support.servers import Server

_SCRIPT = """
import django; django.setup()
import json, sys
from django.db import transaction
from tests.whole import story
def tell(cast):
    return {
    "slug": cast.meeting.slug,
    "people": {role: person.pk for role, person in cast.people.items()},
    "creditors": {name: one.pk for name, one in cast.creditors.items()},
    "claims": {name: one.claims.get().pk for name, one in cast.creditors.items()},
    "polls": [cast.poll.pk, cast.second_poll.pk],
    "items": list(cast.meeting.items.values_list("pk", flat=True)),
    "document": cast.document.pk,
    }
with transaction.atomic():
    casts = [story.assemble() for _ in range(int(sys.argv[1]))]
    for cast in casts:
        story.upload(cast)
print(json.dumps([tell(cast) for cast in casts]))
"""


@dataclass
class Stage:
    """A server with the story's case on it."""

    server: Server
    facts: dict[str, Any]
    sessions: dict[str, str]

    @property
    def slug(self) -> str:
        """The meeting's slug."""
        return self.facts["slug"]

    def headers(self, role: str, number: int = 0) -> dict[str, str]:
        """What a browser of this role sends with its socket."""
        return {
            "Cookie": f"sessionid={self.sessions[role]}; django_language=zh-hans",
            "Origin": self.server.urls[number],
        }

    @asynccontextmanager
    async def room(
        self, role: str, *, number: int = 0, after: int | None = None, slug: str = ""
    ) -> AsyncIterator["Room"]:
        """Open the room's socket as a role, at one of the processes."""
        address = self.server.urls[number].replace("http", "ws", 1)
        query = "" if after is None else f"?after={after}"
        async with websockets.connect(
            f"{address}/ws/meetings/{slug or self.slug}/{query}",
            additional_headers={"Cookie": self.headers(role)["Cookie"]},
            origin=self.server.urls[number],
            max_size=2**24,
            open_timeout=30,
        ) as socket:
            yield Room(socket)


class Room:
    """An open socket, and what it heard."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.heard: list[dict[str, Any]] = []

    async def next(self) -> dict[str, Any]:
        """Wait for the next frame."""
        frame = json.loads(await self._receive())
        self.heard.append(frame)
        return frame

    async def _receive(self) -> str | bytes:
        return await asyncio.wait_for(self.socket.recv(), 30)

    async def until(self, kind: str, **wanted: Any) -> dict[str, Any]:
        """Wait for a frame of a type, with these values; what comes before is kept in `heard`."""
        while True:
            frame = await self.next()
            if frame["type"] == kind and all(frame.get(k) == v for k, v in wanted.items()):
                return frame

    async def send(self, frame: Any) -> None:
        """Send a frame, as JSON unless it is text already."""
        await self.socket.send(frame if isinstance(frame, str | bytes) else json.dumps(frame))

    async def command(self, identity: str, kind: str, **data: Any) -> dict[str, Any]:
        """Send a command and wait for its reply."""
        await self.send({"id": identity, "type": kind, "data": data})
        return await self.until("reply", id=identity)


def set_up(server: Server, meetings: int = 1) -> list[Stage]:
    """Put the story's case on a running server, once for each meeting asked for."""
    done = server.installation.python("-c", _SCRIPT, str(meetings))
    told = json.loads(done.stdout.strip().splitlines()[-1])
    everybody = [person for facts in told for person in facts["people"].values()]
    sessions = server.installation.sessions_of(everybody)
    return [
        Stage(server, facts, {role: sessions[pk] for role, pk in facts["people"].items()})
        for facts in told
    ]
