"""What Janus forwards: datagrams on a port of this process, each under a number only we told it."""

import asyncio
import logging
import secrets
import socket
import struct
from typing import Any

log = logging.getLogger(__name__)

MOST_WAITING = 8 * 1024 * 1024
"""Bytes that may wait for the disk; what comes beyond is lost, and the log says so."""

BUFFER = 2 * 1024 * 1024


class Receiver(asyncio.DatagramProtocol):
    """One UDP port. Tracks are told apart by the SSRC that Janus was told to write."""

    def __init__(self) -> None:
        self.port = 0
        self._transport: asyncio.DatagramTransport | None = None
        self._tracks: dict[bytes, int] = {}
        self._waiting: list[tuple[int, bytes]] = []
        self._bytes = 0
        self._some = asyncio.Event()
        self._overflowed = False

    @classmethod
    async def open(cls, host: str) -> "Receiver":
        """Listen on a free port of `host`. OSError when that is no address of this machine."""
        made = cls()
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        bound = socket.socket(family, socket.SOCK_DGRAM)
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
            bound.bind((host, 0))
            bound.setblocking(False)
            await asyncio.get_running_loop().create_datagram_endpoint(lambda: made, sock=bound)
        except BaseException:
            bound.close()
            raise
        made.port = bound.getsockname()[1]
        return made

    def expect(self, track: int) -> int:
        """Take a track from now on; returns the SSRC under which alone it is taken."""
        ssrc = secrets.randbits(32)
        self._tracks[struct.pack("!I", ssrc)] = track
        return ssrc

    def expect_nothing(self) -> None:
        """Take none of the tracks any more that were told before."""
        self._tracks.clear()

    def connection_made(self, transport: Any) -> None:
        """Note what it is heard on."""
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """Take a datagram that was told of."""
        track = self._tracks.get(data[8:12])
        if track is None:
            return
        if self._bytes > MOST_WAITING:
            if not self._overflowed:
                log.error("the disk does not keep up with what Janus forwards: datagrams are lost")
            self._overflowed = True
            return
        self._waiting.append((track, data))
        self._bytes += len(data)
        self._some.set()

    def error_received(self, exc: Exception) -> None:
        """Hear of a refusal that concerns nobody: nothing is ever sent from here."""

    async def some(self) -> None:
        """Wait until something is there."""
        await self._some.wait()

    def take(self) -> list[tuple[int, bytes]]:
        """Take what is there: (track, datagram)."""
        taken, self._waiting, self._bytes = self._waiting, [], 0
        self._overflowed = False
        self._some.clear()
        return taken

    def close(self) -> None:
        """Listen no more."""
        if self._transport is not None:
            self._transport.close()
