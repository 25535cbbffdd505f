"""People who vote on and on through a proxy and come back by themselves, as the page does.

Each has a loop of its own: the synchronous client reads and writes TLS from two threads, and now
and then spoils a record so that nginx ends the connection ("bad record mac").
"""

import asyncio
import json
import ssl
import threading
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage

CHOICES = ("for", "against", "abstain")


class Voter(threading.Thread):
    """One creditor's page: what has no answer is sent again, under the same id, after a break."""

    def __init__(
        self, url: str, origin: str, hall: dict[str, Any], seat: dict[str, Any],
        tls: ssl.SSLContext | None = None,
    ) -> None:  # fmt: skip
        super().__init__(daemon=True)
        self.address = f"{url}/ws/meetings/{hall['slug']}/"
        self.origin, self.hall, self.seat, self.tls = origin, hall, seat, tls
        self.acknowledged: dict[str, dict[str, Any]] = {}
        self.pending: dict[str, Any] | None = None
        self.codes: list[int] = []
        """How sockets ended."""
        self.connected = self.failed = 0
        self.last_failure = ""
        self.wrong: list[str] = []
        self.enough = threading.Event()
        self._seq: int | None = None

    def run(self) -> None:
        asyncio.run(self._take_part())

    async def _take_part(self) -> None:
        while not self.enough.is_set():
            try:
                async with self._open() as socket:
                    self.connected += 1
                    await self._vote_on(socket)
            except ConnectionClosed as closed:
                self.codes.append(closed.rcvd.code if closed.rcvd is not None else 1006)
            except (OSError, InvalidHandshake, InvalidMessage, TimeoutError) as failure:
                # It was not let in, or heard nothing for long: the next try finds another.
                self.failed += 1
                self.last_failure = repr(failure)
            await asyncio.sleep(0.1)

    def _open(self) -> connect:
        after = "" if self._seq is None else f"?after={self._seq}"
        return connect(
            self.address + after,
            additional_headers={
                # By the one name over https, by the other without.
                "Cookie": "; ".join(
                    f"{name}={self.seat['session']}" for name in ("__Host-sessionid", "sessionid")
                ),
                "X-Forwarded-For": "203.0.113.9",
            },
            origin=self.origin,
            ssl=self.tls,
            max_size=None,
            open_timeout=15,
            close_timeout=5,
            # That a machine is busy for long is not for us to end a line.
            ping_interval=None,
        )

    async def _vote_on(self, socket: ClientConnection) -> None:
        while not self.enough.is_set():
            self.pending = self.pending or self._next()
            await socket.send(json.dumps(self.pending))
            reply = await self._reply(socket, self.pending["id"])
            if reply["ok"]:
                self.acknowledged[self.pending["id"]] = reply["data"]
                self.pending = None
            elif reply["error"]["code"] not in ("too_many_requests", "unavailable"):
                self.wrong.append(str(reply["error"]))
                return
            # As fast as people are allowed to be.
            await asyncio.sleep(0.15)

    def _next(self) -> dict[str, Any]:
        number = len(self.acknowledged)
        return {
            "id": f"{self.seat['creditor']}-{number}",
            "type": "cast_ballot",
            "data": {"resolution": self.hall["poll"], "choice": CHOICES[number % 3]},
        }

    async def _reply(self, socket: ClientConnection, identity: str) -> dict[str, Any]:
        while True:
            frame: dict[str, Any] = json.loads(await asyncio.wait_for(socket.recv(), 30))
            if isinstance(frame.get("seq"), int):
                self._seq = max(self._seq or 0, frame["seq"])
            if frame["type"] == "reply" and frame["id"] == identity:
                return frame


def acknowledged(voters: list[Voter]) -> list[dict[str, Any]]:
    """Return every receipt that was given so far."""
    return [receipt for voter in voters for receipt in list(voter.acknowledged.values())]
