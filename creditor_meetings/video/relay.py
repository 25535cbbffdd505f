"""Video between the processes of one installation: plain TCP inside, never the channel layer.

The process that holds a stream serves it to the others, each of which connects once for every
rendition that its viewers watch, and fans out to them. The address stands in the broadcast's row.
Whoever connects names stream and rendition, and proves that it knows the installation's secret:
it answers a random challenge with an HMAC. The media goes unencrypted, so VIDEO_RELAY_HOST must
be an address of a network of the installation's own.

A frame: one byte of kind, four of the part's number, four of length, the content, which is the
frame that viewers are sent; nothing is built anew on the way.
"""

import asyncio
import hmac
import logging
import secrets
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress

from django.conf import settings
from django.utils.crypto import salted_hmac

from creditor_meetings.video.feed import Feed
from creditor_meetings.video.frames import HEADER_BYTES, KEY, NAMES, End, Head, Piece
from creditor_meetings.video.line import Line

log = logging.getLogger(__name__)

CHALLENGE_BYTES = 32
PROOF_BYTES = 32
HANDSHAKE_SECONDS = 5
SILENT_SECONDS = 10
MAX_FRAME = 8 * 1024 * 1024

INIT, PIECE, END, ALIVE = b"I", b"P", b"E", b"A"


def is_used() -> bool:
    """Whether there may be other processes that hold streams."""
    return bool(settings.REDIS_URL)


class BadRelay(Exception):
    """The other end does not speak our protocol."""


def _proof(challenge: bytes, wanted: bytes) -> bytes:
    key = salted_hmac("creditor_meetings.video.relay", "", algorithm="sha256").digest()
    return hmac.digest(key, challenge + wanted, "sha256")


def _wanted(stream: int, rendition: str) -> bytes:
    return stream.to_bytes(8) + bytes([NAMES.index(rendition)])


class RelayServer:
    """Serves the streams that this process holds to the other processes."""

    def __init__(self, feed_of: Callable[[int, str], Feed | None]) -> None:
        self._feed_of = feed_of
        self._server: asyncio.Server | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._starting = asyncio.Lock()

    async def address(self) -> str:
        """Return host:port, listening from now on; empty where this process serves alone."""
        if not is_used():
            return ""
        async with self._starting:
            if self._server is None or self._loop is not asyncio.get_running_loop():
                self._loop = asyncio.get_running_loop()
                self._server = await asyncio.start_server(
                    self._connected, settings.VIDEO_RELAY_HOST, 0
                )
        port = self._server.sockets[0].getsockname()[1]
        return f"{settings.VIDEO_RELAY_HOST}:{port}"

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            feed = await asyncio.wait_for(self._let_in(reader, writer), HANDSHAKE_SECONDS)
            if feed is not None:
                await self._serve(feed, reader, writer)
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            log.info("a relay connection went away")
        finally:
            writer.close()

    async def _let_in(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Feed | None:
        challenge = secrets.token_bytes(CHALLENGE_BYTES)
        writer.write(challenge)
        wanted = await reader.readexactly(9)
        proof = await reader.readexactly(PROOF_BYTES)
        if not hmac.compare_digest(proof, _proof(challenge, wanted)):
            log.warning("a relay connection without the installation's secret was refused")
            return None
        if wanted[8] >= len(NAMES):
            return None
        return self._feed_of(int.from_bytes(wanted[:8]), NAMES[wanted[8]])

    async def _serve(
        self, feed: Feed, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        line = Line()
        feed.join(line)
        sending = asyncio.ensure_future(_send_on(line, writer))
        # The far end never speaks; reading tells when it is gone.
        gone = asyncio.ensure_future(reader.read(1))
        try:
            await asyncio.wait({sending, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            feed.leave(line)
            for one in (sending, gone):
                one.cancel()
                with suppress(asyncio.CancelledError, OSError):
                    await one


async def _send_on(line: Line, writer: asyncio.StreamWriter) -> None:
    while True:
        try:
            item = await asyncio.wait_for(line.next(), SILENT_SECONDS / 3)
        except TimeoutError:
            _write(writer, ALIVE, 0, b"")
        else:
            if isinstance(item, Head):
                _write(writer, INIT, item.part, item.text.encode() + b"\0" + item.frame)
            elif isinstance(item, Piece):
                _write(writer, PIECE, item.part, item.frame)
            elif isinstance(item, End):
                _write(writer, END, 0, b"")
        await writer.drain()


def _write(writer: asyncio.StreamWriter, kind: bytes, part: int, content: bytes) -> None:
    writer.write(kind + part.to_bytes(4) + len(content).to_bytes(4))
    writer.write(content)


async def follow(
    address: str, stream: int, rendition: str
) -> AsyncGenerator[Head | Piece | End, None]:
    """Yield one rendition of a stream from the process that holds it.

    Raises OSError, TimeoutError or `BadRelay` when the connection ends.
    """
    host, _, port = address.rpartition(":")
    reader, writer = await asyncio.wait_for(
        asyncio.open_connection(host, int(port)), HANDSHAKE_SECONDS
    )
    try:
        challenge = await asyncio.wait_for(reader.readexactly(CHALLENGE_BYTES), HANDSHAKE_SECONDS)
        wanted = _wanted(stream, rendition)
        writer.write(wanted + _proof(challenge, wanted))
        while True:
            kind, part, content = await asyncio.wait_for(_read(reader), SILENT_SECONDS)
            if kind != ALIVE:
                yield _item(stream, kind, part, content)
    except asyncio.IncompleteReadError:
        raise BadRelay("the holding process closed the connection") from None
    finally:
        writer.close()


async def _read(reader: asyncio.StreamReader) -> tuple[bytes, int, bytes]:
    head = await reader.readexactly(9)
    length = int.from_bytes(head[5:])
    if length > MAX_FRAME:
        raise BadRelay(f"a frame of {length} bytes")
    return head[:1], int.from_bytes(head[1:5]), await reader.readexactly(length)


def _item(stream: int, kind: bytes, part: int, content: bytes) -> Head | Piece | End:
    if kind == INIT:
        text, _, frame = content.partition(b"\0")
        return Head(stream, part, text.decode(), frame)
    if kind == PIECE and len(content) >= HEADER_BYTES:
        return Piece(stream, part, content[0] == KEY, content[HEADER_BYTES - 1], content)
    if kind == END:
        return End(stream)
    raise BadRelay(f"a frame of kind {kind!r}")
