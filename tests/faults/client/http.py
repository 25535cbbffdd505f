"""Somebody in a room by HTTP alone: events from a stream or by polls, commands by POST."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tests.whole.stage import Stage

TOKEN = "t" * 32
"""A browser makes none of its own: any 32 letters in cookie and header agree."""


class Listener:
    """A stream of events, and what it gave."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self.heard: list[dict[str, Any]] = []
        self.comments = 0
        self.ids: list[str] = []
        self._frames = self._read()

    async def _read(self) -> AsyncIterator[dict[str, Any]]:
        async for line in self.answer.aiter_lines():
            if line.startswith("data: "):
                yield json.loads(line.removeprefix("data: "))
            elif line.startswith("id: "):
                self.ids.append(line.removeprefix("id: "))
            elif line.startswith(":"):
                self.comments += 1

    async def next(self) -> dict[str, Any]:
        """Wait for the next frame."""
        frame = await asyncio.wait_for(anext(self._frames), 60)
        self.heard.append(frame)
        return frame

    async def until(self, kind: str) -> dict[str, Any]:
        """Wait for a frame of a type; what comes before is kept in `heard`."""
        while True:
            frame = await self.next()
            if frame["type"] == kind:
                return frame


class ByHttp:
    """A role of the story at a server, without a socket."""

    def __init__(self, stage: Stage, role: str) -> None:
        self.stage = stage
        cookies = f"csrftoken={TOKEN}; django_language=zh-hans"
        if role:
            cookies += f"; sessionid={stage.sessions[role]}"
        self.client = httpx.AsyncClient(
            base_url=stage.server.url, headers={"Cookie": cookies}, timeout=90
        )

    async def __aenter__(self) -> "ByHttp":
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.client.aclose()

    def address(self, slug: str = "") -> str:
        """Where the room's events are."""
        return f"/meetings/{slug or self.stage.slug}/events/"

    @asynccontextmanager
    async def listen(self, **query: str | int) -> AsyncIterator[Listener]:
        """Open a stream of events."""
        async with self.client.stream("GET", self.address(), params=query) as answer:
            yield Listener(answer)

    async def poll(self, **query: str | int) -> list[dict[str, Any]]:
        """Ask for events, and wait until there are some."""
        answer = await self.client.get(self.address(), params={"poll": 1, **query})
        assert answer.status_code == 200, answer.text
        frames: list[dict[str, Any]] = answer.json()
        return frames

    async def send(self, identity: str, kind: str, **data: Any) -> httpx.Response:
        """Send a command."""
        return await self.post({"id": identity, "type": kind, "data": data})

    async def post(self, body: Any, where: str = "commands", **headers: str) -> httpx.Response:
        """Send anything to the address for commands, or for ballots."""
        content = body if isinstance(body, str | bytes) else json.dumps(body)
        return await self.client.post(
            f"/meetings/{self.stage.slug}/{where}/",
            content=content,
            headers={"Content-Type": "application/json", "X-CSRFToken": TOKEN, **headers},
        )

    async def command(self, identity: str, kind: str, **data: Any) -> dict[str, Any]:
        """Send a command and read its reply."""
        reply: dict[str, Any] = (await self.send(identity, kind, **data)).json()
        return reply
