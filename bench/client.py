"""A socket's client that costs little: for measuring servers, not for talking to them."""

import asyncio
import base64
import os
import time


class Client:
    """A socket that looks for the frames it waits for, and reads the rest away."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def connect(cls, port: int, path: str, session: str = "") -> "Client":
        """Open the socket."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        key = base64.b64encode(os.urandom(16)).decode()
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"Origin: http://127.0.0.1:{port}\r\nCookie: sessionid={session}\r\n\r\n".encode()
        )
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 101 " not in head.split(b"\r\n", 1)[0]:
            raise ConnectionError(head.decode(errors="replace"))
        return cls(reader, writer)

    async def frame(self) -> bytes:
        """Read a frame's payload."""
        first, second = await self.reader.readexactly(2)
        length = second & 127
        if length == 126:
            length = int.from_bytes(await self.reader.readexactly(2), "big")
        elif length == 127:
            length = int.from_bytes(await self.reader.readexactly(8), "big")
        payload = await self.reader.readexactly(length)
        if first & 15 == 9:
            return await self.frame()
        return payload

    async def until(self, words: bytes) -> float:
        """Read up to the frame with these words; return when it came."""
        while words not in await self.frame():
            pass
        return time.perf_counter()

    def send(self, text: str) -> None:
        """Write a masked text frame."""
        data = text.encode()
        size = (
            bytes([128 | len(data)]) if len(data) < 126 else b"\xfe" + len(data).to_bytes(2, "big")
        )
        self.writer.write(b"\x81" + size + bytes(4) + data)
