"""Publishers and viewers without a browser."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from creditor_meetings.video.frames import HEAD, HEADER_BYTES
from tests.video.conftest import House
from tests.video.streams import pictures, recorded, slices

# Several servers, transcoders and browsers may share two cores: waits are for what comes.
PATIENCE = 60
MIME = "video/webm;codecs=vp8,opus"
SECONDS = 2
"""How long a stream is unless a test says otherwise."""


class Client:
    """One open socket, and what came over it."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.frames: list[dict[str, Any]] = []
        # Payloads by stream: the head, then the pieces of the present part and rendition.
        self.streams: dict[int, list[bytes]] = {}
        self.wanted: dict[str, str] = {}
        self.closed: int | None = None
        self._received = 0
        self._news = asyncio.Event()
        self._reading = asyncio.ensure_future(self._read())

    async def _read(self) -> None:
        try:
            async for message in self.connection:
                if isinstance(message, bytes):
                    self._take_media(message)
                    await self._confirm(message)
                else:
                    self._take(json.loads(message))
                self._news.set()
        except ConnectionClosed:
            pass
        self.closed = self.connection.close_code
        self._news.set()

    def _take(self, frame: dict[str, Any]) -> None:
        self.frames.append(frame)

    def _take_media(self, message: bytes) -> None:
        stream = int.from_bytes(message[1:5])
        if message[0] == HEAD:
            self.streams[stream] = []
        self.streams[stream].append(message[HEADER_BYTES:])

    async def _confirm(self, message: bytes) -> None:
        # As pages do: who confirms nothing for some seconds is sent no more until it does.
        self._received += len(message) - HEADER_BYTES
        with suppress(ConnectionClosed):
            await self.send("ack", bytes=self._received)

    @property
    def media(self) -> list[bytes]:
        """What came of the newest stream."""
        return self.streams[max(self.streams)] if self.streams else []

    async def want(self, **wishes: str) -> None:
        """Wish for renditions by stream: `want(**{"1": "full"})`."""
        self.wanted = wishes
        await self.send("want", streams=wishes)

    async def watch(self, stream: int, rendition: str = "full") -> None:
        """Wish for one more stream."""
        await self.want(**{**self.wanted, str(stream): rendition})

    async def until(self, met: Callable[[], Any], what: str) -> Any:
        """Wait until something came about."""
        async with asyncio.timeout(PATIENCE):
            try:
                while not (found := met()):
                    self._news.clear()
                    await self._news.wait()
            except TimeoutError:
                raise AssertionError(f"{what}; came: {self.frames[-5:]}, {self.closed}") from None
        return found

    async def frame(self, kind: str, **values: Any) -> dict[str, Any]:
        """Wait for a frame of a type with these values."""
        wanted = {"type": kind, **values}
        return await self.until(
            lambda: next((f for f in self.frames if wanted.items() <= f.items()), None), kind
        )

    async def state(self, state: str) -> dict[str, Any]:
        """Wait until the video is in a state."""

        def now() -> Any:
            states = [f["video"] for f in self.frames if f["type"] == "state"]
            return states[-1] if states and states[-1]["state"] == state else None

        return await self.until(now, f"state {state}")

    async def bytes_of_media(self, count: int) -> bytes:
        """Wait for so many pieces of the present stream, its head among them."""
        await self.until(lambda: len(self.media) >= count, f"{count} pieces")
        return b"".join(self.media)

    async def pictures(self, stream: int, count: int) -> int:
        """Wait until so many pictures of a stream's present part can be decoded."""

        def decoded() -> int:
            pieces = self.streams.get(stream, [])
            # Decoding is dear: look when some more have come.
            if len(pieces) - looked[0] >= 4 or self.closed is not None or self._over(stream):
                looked[:] = [len(pieces), pictures(b"".join(pieces)) if len(pieces) > 1 else 0]
            return looked[1] if looked[1] >= count else 0

        looked = [0, 0]
        return await self.until(decoded, f"{count} pictures")

    def _over(self, stream: int) -> bool:
        told = [f["type"] for f in self.frames if f.get("stream") == stream]
        return bool(told) and told[-1] == "end"

    async def end(self) -> int:
        """Wait for the close and return its code."""
        await self.until(lambda: self.closed is not None, "a close")
        assert self.closed is not None
        return self.closed

    async def send(self, kind: str, **values: Any) -> None:
        """Send a frame."""
        await self.connection.send(json.dumps({"type": kind, **values}))

    async def start(
        self, *, resume: int | None = None, source: str = "camera", mime: str = MIME
    ) -> int:
        """Start a broadcast; returns its id."""
        await self.frame("ready")
        await self.send("start", source=source, mime=mime, resume=resume, video=True)
        started = await self.frame("started")
        # As pages do, so that nobody takes a slow test for a broken line.
        self._living = asyncio.ensure_future(self._live())
        return started["stream"]

    async def _live(self) -> None:
        with suppress(ConnectionClosed):
            while True:
                await asyncio.sleep(1)
                await self.send("alive")

    async def next_part(self, part: int, mime: str = MIME) -> dict[str, Any]:
        """Begin the part of this number; returns what the server said."""
        await self.send("part", mime=mime, video=True)
        return await self.frame("started", part=part)

    async def stream(self, data: bytes = b"", *, pause: float = 0.0) -> list[bytes]:
        """Send a recording in slices; returns them."""
        sent = list(slices(data or recorded(SECONDS)))
        for one in sent:
            await self.connection.send(one)
            await asyncio.sleep(pause)
        return sent

    async def taken(self, count: int) -> None:
        """Wait until the server says that it took so many slices."""
        while True:
            await self.send("alive")
            acks = [f for f in self.frames if f["type"] == "ack"]
            if acks and acks[-1]["chunks"] >= count:
                return
            seen = len(self.frames)
            await self.until(lambda seen=seen: len(self.frames) > seen, "an ack")


@asynccontextmanager
async def opened(
    house: House, name: str, role: str | None, number: int = 0, **options: Any
) -> AsyncIterator[Client]:
    """Open `publish` or `watch` as somebody (None: nobody)."""
    recorded(SECONDS)  # made before anybody waits for it
    headers = {"Accept-Language": "zh-CN"}
    if role is not None:
        headers["Cookie"] = f"sessionid={house.sessions[role]}"
    options = {"origin": house.server.urls[number], **options}
    async with connect(
        house.socket(name, number), additional_headers=headers, max_size=None,
        open_timeout=PATIENCE, ping_timeout=PATIENCE, **options,
    ) as connection:  # fmt: skip
        yield Client(connection)
