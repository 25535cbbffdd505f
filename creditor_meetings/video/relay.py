"""Video between the processes of one installation: plain TCP inside, never the channel layer.

The process that holds a stream serves it to the others, each of which connects once and fans
out to its own viewers. The address stands in the broadcast's row. Whoever connects proves that
it knows the installation's secret: it answers a random challenge with an HMAC. The media goes
unencrypted, so VIDEO_RELAY_HOST must be an address of a network of the installation's own.

A frame: one byte of kind, four of length, the content.
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
from creditor_meetings.video.line import Line
from creditor_meetings.video.media import Fragment, Init
from creditor_meetings.video.webm import MAX_ELEMENT

log = logging.getLogger(__name__)

CHALLENGE_BYTES = 32
PROOF_BYTES = 32
HANDSHAKE_SECONDS = 5
SILENT_SECONDS = 10
MAX_FRAME = MAX_ELEMENT + 1024 * 1024

INIT, KEY, MORE, END, ALIVE = b"I", b"K", b"M", b"E", b"A"


class BadRelay(Exception):
    """The other end does not speak our protocol."""


def _proof(challenge: bytes, meeting: bytes) -> bytes:
    key = salted_hmac("creditor_meetings.video.relay", "", algorithm="sha256").digest()
    return hmac.digest(key, challenge + meeting, "sha256")


class RelayServer:
    """Serves the streams that this process holds to the other processes."""

    def __init__(self, feed_of: Callable[[int], Feed | None]) -> None:
        self._feed_of = feed_of
        self._server: asyncio.Server | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._starting = asyncio.Lock()

    async def address(self) -> str:
        """Return host:port, listening from now on; empty where this process serves alone."""
        if not settings.REDIS_URL:
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
        meeting = await reader.readexactly(8)
        proof = await reader.readexactly(PROOF_BYTES)
        if not hmac.compare_digest(proof, _proof(challenge, meeting)):
            log.warning("a relay connection without the installation's secret was refused")
            return None
        return self._feed_of(int.from_bytes(meeting))

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
            _write(writer, ALIVE, b"")
        else:
            if isinstance(item, Init):
                _write(writer, INIT, item.mime.encode() + b"\0" + item.data)
            elif item is None:
                _write(writer, END, b"")
            else:
                _write(writer, KEY if item.key else MORE, item.data)
        await writer.drain()


def _write(writer: asyncio.StreamWriter, kind: bytes, content: bytes) -> None:
    writer.write(kind + len(content).to_bytes(4) + content)


async def follow(address: str, meeting_id: int) -> AsyncGenerator[Init | Fragment | None, None]:
    """Yield a stream from the process that holds it; None where it ends for now.

    Raises OSError, TimeoutError or `BadRelay` when the connection ends.
    """
    host, _, port = address.rpartition(":")
    reader, writer = await asyncio.wait_for(
        asyncio.open_connection(host, int(port)), HANDSHAKE_SECONDS
    )
    try:
        challenge = await asyncio.wait_for(reader.readexactly(CHALLENGE_BYTES), HANDSHAKE_SECONDS)
        meeting = meeting_id.to_bytes(8)
        writer.write(meeting + _proof(challenge, meeting))
        while True:
            kind, content = await asyncio.wait_for(_read(reader), SILENT_SECONDS)
            if kind != ALIVE:
                yield _item(kind, content)
    except asyncio.IncompleteReadError:
        raise BadRelay("the holding process closed the connection") from None
    finally:
        writer.close()


async def _read(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readexactly(5)
    length = int.from_bytes(head[1:])
    if length > MAX_FRAME:
        raise BadRelay(f"a frame of {length} bytes")
    return head[:1], await reader.readexactly(length)


def _item(kind: bytes, content: bytes) -> Init | Fragment | None:
    if kind == INIT:
        mime, _, data = content.partition(b"\0")
        return Init(mime.decode(), data)
    if kind in (KEY, MORE):
        return Fragment(content, kind == KEY)
    if kind == END:
        return None
    raise BadRelay(f"a frame of kind {kind!r}")
