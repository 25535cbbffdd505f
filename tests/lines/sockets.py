"""Daphne with the room of lines, and a client that reads no more than it is told to."""

import base64
import json
import os
import socket
import ssl
import struct
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.databases import free_port, wait_until

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def serving(*arguments: str, endpoint: Sequence[str] = (), **env: str) -> Iterator[int]:
    """Serve the room of lines; gives the port."""
    port = free_port()
    where = [one.format(port=port) for one in endpoint] or ["-b", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(
        [sys.executable, "-m", "daphne", "-v", "0", *where, *arguments,
         "tests.lines.server_app:application"],
        cwd=ROOT, env={**os.environ, **env}, stdout=subprocess.DEVNULL,
    )  # fmt: skip

    def listens() -> bool:
        assert server.poll() is None
        try:
            socket.create_connection(("127.0.0.1", port), 5).close()
        except OSError:
            return False
        return True

    try:
        wait_until(listens, seconds=60, what="the server")
        yield port
    finally:
        server.terminate()
        server.wait(60)


def framed(payload: bytes, first: int = 0x81) -> bytes:
    """Write a client's frame."""
    if len(payload) < 126:
        size = bytes([128 | len(payload)])
    elif len(payload) < 65536:
        size = b"\xfe" + struct.pack("!H", len(payload))
    else:
        size = b"\xff" + struct.pack("!Q", len(payload))
    mask = os.urandom(4)
    masked = bytes(one ^ mask[n % 4] for n, one in enumerate(payload))
    return bytes([first]) + size + mask + masked


class Guest:
    """A socket that reads when it is asked to, and answers no pings."""

    def __init__(self, port: int, name: str, *, tls: bool = False, buffer: int = 0) -> None:
        plain = socket.socket()
        if buffer:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        plain.settimeout(30)
        plain.connect(("127.0.0.1", port))
        self.socket: socket.socket = plain
        if tls:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            self.socket = context.wrap_socket(plain)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET /{name} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n".encode()
        )
        self.rest = bytearray()
        while b"\r\n\r\n" not in self.rest:
            self.rest += self.socket.recv(1)
        assert b" 101 " in self.rest
        assert b"permessage-deflate" not in self.rest
        self.rest.clear()
        self.pings = 0

    def say(self, **values: Any) -> None:
        """Send what the room is to do."""
        self.send(json.dumps(values).encode())

    def send(self, payload: bytes, first: int = 0x81) -> None:
        """Send a frame."""
        self.socket.sendall(framed(payload, first))

    def raw(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.socket.sendall(data)

    def frames(self, most: int = 1 << 16) -> Iterator[dict[str, Any]]:
        """Read texts, at most so many bytes at a time; ends with the socket."""
        while True:
            while (found := self._cut()) is not None:
                kind, payload = found
                if kind == 1:
                    yield json.loads(payload)
                elif kind == 9:
                    self.pings += 1
            try:
                more = self.socket.recv(most)
            except (ConnectionError, ssl.SSLError):
                return
            if not more:
                return
            self.rest += more

    def _cut(self) -> tuple[int, bytes] | None:
        if len(self.rest) < 2:
            return None
        length, begin = self.rest[1] & 127, 2
        if length == 126:
            length, begin = int.from_bytes(self.rest[2:4], "big"), 4
        elif length == 127:
            length, begin = int.from_bytes(self.rest[2:10], "big"), 10
        if len(self.rest) < begin + length:
            return None
        kind, payload = self.rest[0] & 15, bytes(self.rest[begin : begin + length])
        assert self.rest[0] & 0x70 == 0
        del self.rest[: begin + length]
        return kind, payload

    def answer(self) -> dict[str, Any]:
        """Read up to the room's answer."""
        for frame in self.frames():
            if "answer" in frame:
                answer: dict[str, Any] = frame["answer"]
                return answer
        raise AssertionError("the socket ended without an answer")

    def ask(self, **values: Any) -> dict[str, Any]:
        """Say something and read the answer."""
        self.say(**values)
        return self.answer()

    def until_end(self) -> None:
        """Read until the server has ended the socket."""
        for _frame in self.frames():
            pass
