"""A proxy that knows HTTP, and does to it what proxies, and failing networks, do.

It allows no WebSocket, holds streams of events back until their end, loses replies; or it cuts a
socket at a chosen step of a ballot. One request a connection, so that each can be judged.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress

import pytest

HEAD_END = b"\r\n\r\n"
BIG_FRAME = 120
"""A command's frame is at least so long (bytes); a ping is not."""
STEPS = ("before", "half", "sent", "reply")
"""Where a socket is cut: before the ballot leaves, in the middle of its frame, when it has left,
and when the server has something to say to it."""


class Proxy:
    """A proxy in a thread of its own; `url` stands for the server's."""

    def __init__(self, server_url: str) -> None:
        host, _, port = server_url.removeprefix("http://").rstrip("/").partition(":")
        self._target = (host, int(port))
        self.sockets = True
        """Whether a WebSocket may pass."""
        self.holds = False
        """Whether a stream of events is held back to its end."""
        self.loses = ""
        """The reply to the next POST to an address that ends so is lost, after it was made."""
        self.cut_at = ""
        """The step at which the next command on a socket is cut off, once."""
        self.refuses = 0
        """So many of a room's sockets are refused before one may pass again."""
        self.refused = 0
        """How many sockets were refused."""
        self.lost = 0
        """How many replies were lost, or sockets cut."""
        self.posted: list[str] = []
        self.asked: list[str] = []
        """What was asked for, in order: addresses, and "socket" for a room's socket."""
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._connected, "127.0.0.1", 0, limit=2**20), self._loop
        ).result(30)
        self.port: int = self._server.sockets[0].getsockname()[1]

    @property
    def url(self) -> str:
        """The address to open in place of the server's."""
        return f"http://127.0.0.1:{self.port}"

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_writer: asyncio.StreamWriter | None = None
        try:
            head = await reader.readuntil(HEAD_END)
            line, _, rest = head.partition(b"\r\n")
            method, path = line.decode("latin-1").split(" ")[:2]
            is_room = "/video/" not in path
            if b"upgrade: websocket" in rest.lower():
                if is_room:
                    self.asked.append("socket")
                turned_away = is_room and self.refuses > 0
                if turned_away:
                    self.refuses -= 1
                if turned_away or not self.sockets:
                    self.refused += 1
                    writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
                    await writer.drain()
                    return
                far_reader, far_writer = await asyncio.open_connection(*self._target)
                far_writer.write(head)
                self._open |= {writer, far_writer}
                await self._tunnel(reader, writer, far_reader, far_writer, is_room)
                return
            self.asked.append(path)
            body = await reader.readexactly(_length(rest))
            far_reader, far_writer = await asyncio.open_connection(*self._target)
            far_writer.write(line + b"\r\nConnection: close\r\n" + _without(rest) + body)
            if method == "POST":
                self.posted.append(path)
            if method == "POST" and self.loses and path.endswith(self.loses):
                self.loses = ""
                await far_reader.read(-1)
                self.lost += 1
                return
            if self.holds and "/events/" in path and "poll" not in path:
                writer.write(await far_reader.read(-1))
            else:
                await _relay(far_reader, writer)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            for one in (writer, far_writer):
                if one is not None:
                    self._open.discard(one)
                    with suppress(OSError):
                        one.close()

    def cut(self) -> None:
        """Cut every socket that is open."""

        def abort() -> None:
            for one in self._open:
                one.transport.abort()

        self._loop.call_soon_threadsafe(abort)

    async def _tunnel(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        far_reader: asyncio.StreamReader,
        far_writer: asyncio.StreamWriter,
        is_room: bool,
    ) -> None:
        deaf = False

        def cut() -> None:
            self.lost += 1
            for one in (writer, far_writer):
                one.transport.abort()

        async def up() -> None:
            nonlocal deaf
            while data := await reader.read(65536):
                step = self.cut_at if is_room and len(data) > BIG_FRAME else ""
                if step:
                    self.cut_at = ""
                if step == "before":
                    cut()
                    return
                far_writer.write(data[: len(data) // 2] if step == "half" else data)
                await far_writer.drain()
                if step in ("half", "sent"):
                    cut()
                    return
                deaf = deaf or step == "reply"
            far_writer.close()

        async def down() -> None:
            while data := await far_reader.read(65536):
                if deaf:
                    cut()
                    return
                writer.write(data)
                await writer.drain()
            writer.close()

        await asyncio.gather(up(), down())

    def close(self) -> None:
        """Take the proxy away."""

        async def close() -> None:
            self._server.close()
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(close(), self._loop).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(30)
        self._loop.close()


async def _relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()


def _length(rest: bytes) -> int:
    for line in rest.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0


def _without(rest: bytes) -> bytes:
    lines = [one for one in rest.split(b"\r\n") if not one.lower().startswith(b"connection:")]
    return b"\r\n".join(lines)


@pytest.fixture
def proxy() -> Iterator[Callable[[str], Proxy]]:
    """Put proxies before servers: `proxy(server.url)`."""
    with ExitStack() as put:

        def make(server_url: str) -> Proxy:
            made = Proxy(server_url)
            put.callback(made.close)
            return made

        yield make
