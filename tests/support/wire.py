"""A wire between a browser and a server that a test can cut, hang, slow down or mend.

Playwright's `set_offline` does not break sockets that are open; a lost mobile network does, or,
worse, leaves them open and silent, or lets little through. The wire does all three.
"""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

# What the system would keep on the way by itself is more than a slow line carries in a minute.
NARROW_BYTES = 32_768
SIP_SECONDS = 0.05


class Wire:
    """A TCP relay in a thread of its own; `url` stands for the server's."""

    def __init__(self, server_url: str) -> None:
        host, _, port = server_url.removeprefix("http://").rstrip("/").partition(":")
        self._target = (host, int(port))
        self._loop = asyncio.new_event_loop()
        self._open: set[asyncio.StreamWriter] = set()
        self._whole = True
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._rate: int | None = None
        self._free_at = 0.0
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._connected, "127.0.0.1", 0), self._loop
        ).result(30)
        self.port: int = self._server.sockets[0].getsockname()[1]

    @property
    def url(self) -> str:
        """The address to open in place of the server's."""
        return f"http://127.0.0.1:{self.port}"

    def _do(self, work: Callable[[], None]) -> None:
        """Do something to the wire, and return when it is done."""

        async def do() -> None:
            work()

        asyncio.run_coroutine_threadsafe(do(), self._loop).result(30)

    def cut(self) -> None:
        """Break every connection and refuse new ones."""

        def cut() -> None:
            self._whole = False
            for writer in list(self._open):
                writer.transport.abort()

        self._do(cut)

    def hang(self) -> None:
        """Leave connections open, but let nothing through."""
        self._do(self._flowing.clear)

    def slow(self, rate: int) -> None:
        """Let `rate` bytes a second through to the browser, over all connections together."""

        def slow() -> None:
            self._rate = rate
            self._free_at = self._loop.time()
            for writer in self._open:
                _narrow(writer)

        self._do(slow)

    def mend(self) -> None:
        """Let everything through again, as fast as it comes; what was broken stays broken."""

        def mend() -> None:
            self._whole = True
            self._rate = None
            self._flowing.set()

        self._do(mend)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._whole:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection(
                *self._target, limit=NARROW_BYTES // 2
            )
        except OSError:
            writer.transport.abort()
            return
        if not self._whole:  # cut while the far end was being reached
            writer.transport.abort()
            far_writer.transport.abort()
            return
        ends = {writer, far_writer}
        self._open |= ends
        if self._rate is not None:
            for one in ends:
                _narrow(one)
        try:
            await asyncio.gather(
                self._relay(reader, far_writer), self._relay(far_reader, writer, down=True)
            )
        except asyncio.CancelledError:
            pass  # the wire is taken away; asyncio would tell of it as an error
        finally:
            self._open -= ends
            for one in ends:
                one.transport.abort()

    async def _relay(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, down: bool = False
    ) -> None:
        try:
            while data := await reader.read(self._sip() if down else 65536):
                await self._flowing.wait()
                if down:
                    await self._pace(len(data))
                writer.write(data)
                await writer.drain()
            if writer.can_write_eof():
                writer.write_eof()
        except (ConnectionError, OSError):
            writer.transport.abort()

    def _sip(self) -> int:
        return 65536 if self._rate is None else max(1, int(self._rate * SIP_SECONDS))

    async def _pace(self, count: int) -> None:
        # All connections wait their turn at one line.
        if self._rate is None:
            return
        now = self._loop.time()
        self._free_at = max(now, self._free_at) + count / self._rate
        await asyncio.sleep(self._free_at - now)

    def close(self) -> None:
        """Take the wire away."""

        async def close() -> None:
            self._server.close()
            for writer in list(self._open):
                writer.transport.abort()
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(close(), self._loop).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(30)
        self._loop.close()


def _narrow(writer: asyncio.StreamWriter) -> None:
    wire_end: socket.socket = writer.get_extra_info("socket")
    for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        wire_end.setsockopt(socket.SOL_SOCKET, option, NARROW_BYTES)
    writer.transport.set_write_buffer_limits(high=NARROW_BYTES)


@pytest.fixture
def wire() -> Iterator[Callable[[str], Wire]]:
    """Lay wires to servers: `wire(server.url)`."""
    with ExitStack() as laid:

        def lay(server_url: str) -> Wire:
            made = Wire(server_url)
            laid.callback(made.close)
            return made

        yield lay
