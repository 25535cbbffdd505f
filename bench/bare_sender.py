"""The reference of the fan-out: writes one frame to every open socket, and nothing else."""

import asyncio
import base64
import hashlib
import json
import re
import sys

WRITERS: set[asyncio.StreamWriter] = set()


def frame(text: str) -> bytes:
    """Write a text frame."""
    data = text.encode()
    if len(data) < 126:
        return b"\x81" + bytes([len(data)]) + data
    return b"\x81\x7e" + len(data).to_bytes(2, "big") + data


def accept_key(head: bytes) -> str:
    """Return the answer to a client's key (RFC 6455)."""
    found = re.search(rb"(?i)sec-websocket-key: *(\S+)", head)
    assert found is not None
    whole = found[1] + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    return base64.b64encode(hashlib.sha1(whole, usedforsecurity=False).digest()).decode()


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Shake hands and keep the socket."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return
    writer.write(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept_key(head).encode() + b"\r\n\r\n" + frame("hello")
    )
    WRITERS.add(writer)


async def main(port: int) -> None:
    """Serve; each line of the input is a number to tell everybody."""
    server = await asyncio.start_server(serve, "127.0.0.1", port, backlog=1024)
    loop = asyncio.get_running_loop()
    async with server:
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            data = {"number": int(line), "text": "议程" * 40}
            told = frame(json.dumps(data, ensure_ascii=False, separators=(",", ":")))
            for writer in WRITERS:
                writer.write(told)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
