"""A small WebSocket client (RFC 6455) for the demo's simulated creditors: text frames, no more."""

import asyncio
import base64
import hashlib
import os
import struct
from collections.abc import Mapping
from urllib.parse import urlsplit

_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10
LONGEST_MESSAGE = 32 * 1024 * 1024


class Closed(Exception):
    """The other end closed the socket, or never opened it."""


class Socket:
    """An open WebSocket; use `connect`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, text: str) -> None:
        """Send a text frame."""
        self._write(_TEXT, text.encode())
        try:
            await self._writer.drain()
        except OSError as lost:
            raise Closed(str(lost)) from lost

    async def receive(self) -> str:
        """Return the next text frame; answers pings on the way. Raises `Closed`."""
        whole = b""
        while True:
            try:
                final, kind, payload = await self._frame(LONGEST_MESSAGE - len(whole))
            except (OSError, asyncio.IncompleteReadError) as lost:
                raise Closed(str(lost)) from lost
            if kind == _CLOSE:
                code = struct.unpack("!H", payload[:2])[0] if len(payload) >= 2 else 1005
                raise Closed(f"closed by the server ({code})")
            if kind == _PING:
                self._write(_PONG, payload)
            elif kind != _PONG:
                whole += payload
                if final:
                    return whole.decode()

    async def _frame(self, room: int) -> tuple[bool, int, bytes]:
        first, second = await self._reader.readexactly(2)
        length = second & 0x7F
        if length == 126:
            (length,) = struct.unpack("!H", await self._reader.readexactly(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", await self._reader.readexactly(8))
        if length > room:
            raise Closed(f"a message of more than {LONGEST_MESSAGE} bytes")
        return bool(first & 0x80), first & 0x0F, await self._reader.readexactly(length)

    def _write(self, kind: int, payload: bytes) -> None:
        length = len(payload)
        if length < 126:
            head = struct.pack("!BB", 0x80 | kind, 0x80 | length)
        elif length < 65536:
            head = struct.pack("!BBH", 0x80 | kind, 0x80 | 126, length)
        else:
            head = struct.pack("!BBQ", 0x80 | kind, 0x80 | 127, length)
        key = os.urandom(4)
        mask = (key * (length // 4 + 1))[:length]
        masked = int.from_bytes(payload, "big") ^ int.from_bytes(mask, "big")
        self._writer.write(head + key + masked.to_bytes(length, "big"))

    def drop(self) -> None:
        """Let go at once, as a lost network does."""
        self._writer.transport.abort()


async def connect(url: str, headers: Mapping[str, str]) -> Socket:
    """Open a WebSocket at a ws:// address; raises `Closed` when the server refuses or is away."""
    parts = urlsplit(url)
    assert parts.scheme == "ws"
    assert parts.hostname is not None
    port = parts.port or 80
    try:
        reader, writer = await asyncio.open_connection(parts.hostname, port)
    except OSError as away:
        raise Closed(str(away)) from away
    key = base64.b64encode(os.urandom(16)).decode()
    lines = {
        "Host": parts.netloc,
        "Origin": f"http://{parts.netloc}",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": key,
        **headers,
    }
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    writer.write(f"GET {target} HTTP/1.1\r\n{head}\r\n".encode("latin-1"))
    try:
        answer = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as lost:
        writer.transport.abort()
        raise Closed(str(lost)) from lost
    wanted = base64.b64encode(hashlib.sha1((key + _GUID).encode(), usedforsecurity=False).digest())
    if " 101 " not in answer.split("\r\n")[0] or wanted.decode() not in answer:
        writer.transport.abort()
        raise Closed(answer.split("\r\n")[0])
    return Socket(reader, writer)
