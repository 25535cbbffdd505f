"""The references of the video's fan-out: what arrives goes to every socket, and nothing else.

`python -m bench.video_relays PORT` is plain asyncio; as an ASGI application (`app`) the same
stands on the server that the product stands on.
"""

import asyncio
import sys
from collections.abc import Callable
from typing import Any

from bench.bare_sender import accept_key

VIEWERS: set[Any] = set()


def frame(data: bytes) -> bytes:
    """Write a binary frame."""
    if len(data) < 126:
        return b"\x82" + bytes([len(data)]) + data
    if len(data) < 65536:
        return b"\x82\x7e" + len(data).to_bytes(2) + data
    return b"\x82\x7f" + len(data).to_bytes(8) + data


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Take a viewer in, or pass on what the publisher sends."""
    head = await reader.readuntil(b"\r\n\r\n")
    writer.write(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept_key(head).encode() + b"\r\n\r\n"
    )
    if not head.startswith(b"GET /publish"):
        VIEWERS.add(writer)
        return
    while True:
        data = frame(await _payload(reader))
        for viewer in VIEWERS:
            viewer.write(data)


async def _payload(reader: asyncio.StreamReader) -> bytes:
    _first, second = await reader.readexactly(2)
    length = second & 127
    if length == 126:
        length = int.from_bytes(await reader.readexactly(2))
    elif length == 127:
        length = int.from_bytes(await reader.readexactly(8))
    await reader.readexactly(4)  # a mask of zeros
    return await reader.readexactly(length)


async def app(scope: dict[str, Any], receive: Callable, send: Callable) -> None:
    """Do the same as an ASGI application."""
    if scope["type"] != "websocket":
        return
    await receive()
    await send({"type": "websocket.accept"})
    if scope["path"] != "/publish":
        VIEWERS.add(send)
    while (message := await receive())["type"] != "websocket.disconnect":
        data = message.get("bytes")
        if scope["path"] == "/publish" and data:
            for viewer in list(VIEWERS):
                await viewer({"type": "websocket.send", "bytes": data})
    VIEWERS.discard(send)


async def main(port: int) -> None:
    """Serve until killed."""
    server = await asyncio.start_server(serve, "127.0.0.1", port, backlog=2048)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
