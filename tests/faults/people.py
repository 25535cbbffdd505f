"""People with the room open, as the page has it (static/js/room/socket.js): they need nobody.

What was sent is kept until it is answered. A socket that breaks or falls silent is opened anew,
after a pause by chance and from the last event seen, at whichever server answers; what has no
answer is then sent once more under the same id. Ballots go by POST where no socket can be had.

`PACE` shortens the page's pauses before it tries again: fewer seconds of waiting in a test.
"""

import asyncio
import contextlib
import json
import logging
import random
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from creditor_meetings.realtime import state

logging.getLogger("httpx").setLevel(logging.WARNING)

PACE = 0.2
PING, PONG, ANSWER, OPEN = 15.0, 6.0, 3.0, 15.0
RETRY = [seconds * PACE for seconds in (1, 2, 4, 8, 15)]
POST_AFTER, POST_EVERY = 5.0, 5.0
PATIENT = ("too_many_requests", "unavailable")
"""Refusals that say "not now": the page sends again by itself, under the same id."""
GONE = 4404
BALLOTS = ("cast_ballot", "cast_ballots")


class Refusal(Exception):
    """The meeting's word that something cannot be."""

    def __init__(self, error: dict[str, str]) -> None:
        super().__init__(f"{error['code']}: {error['message']}")
        self.code, self.message = error["code"], error["message"]


@dataclass
class Sent:
    """A command on its way, and how often it was put off."""

    command: dict[str, Any]
    answer: asyncio.Future[dict[str, Any]]
    since: float = field(default_factory=time.monotonic)
    posted: float = -1e9
    put_off: int = 0


class Person:
    """Somebody with the room open, behind one or more servers' addresses."""

    def __init__(self, urls: Sequence[str], slug: str, session: str, *, seed: int = 0) -> None:
        self.urls, self.slug, self.session = list(urls), slug, session
        self.chance = random.Random(seed)
        self.at = self.chance.randrange(len(self.urls))
        self.room: dict[str, Any] = {}
        self.seq: int | None = None
        self.pending: dict[str, Sent] = {}
        self.answered: dict[str, list[dict[str, Any]]] = {}
        """Every good answer ever heard, by command: that they agree is for the test to say."""
        self.refused: list[str] = []
        self.put_off: list[str] = []
        self.snapshots = 0
        self.connections = 0
        self.gone = False
        self.live = False
        self.frame_at = time.monotonic()
        self.moved = asyncio.Condition()
        self._socket: ClientConnection | None = None
        self._pong: float | None = None
        self._failures = 0
        self._tasks: set[asyncio.Task[Any]] = set()

    # --- what the person does ---

    async def __aenter__(self) -> "Person":
        self._spawn(self._stay())
        self._spawn(self._post_ballots())
        return self

    async def __aexit__(self, *error: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._socket is not None:
            self._socket.transport.abort()

    async def command(self, kind: str, _id: str = "", **data: Any) -> dict[str, Any]:
        """Send a command and wait, however long that takes, for its answer. Raises `Refusal`."""
        command = {"id": _id or uuid.UUID(int=self.chance.getrandbits(128)).hex, "type": kind}
        sent = Sent({**command, "data": data}, asyncio.get_running_loop().create_future())
        self.pending[sent.command["id"]] = sent
        await self._send(sent)
        return await sent.answer

    def cut(self) -> None:
        """Break the socket as a lost network does; it is opened anew."""
        if self._socket is not None:
            self._socket.transport.abort()
        self.live = False

    async def until(self, met: Any, seconds: float = 120, what: str = "what is waited for") -> None:
        """Wait until the room, as this person sees it, is so."""

        async def wait() -> None:
            async with self.moved:
                await self.moved.wait_for(lambda: met(self))

        try:
            await asyncio.wait_for(wait(), seconds)
        except TimeoutError:
            raise AssertionError(f"{what} did not come about in {seconds} s") from None

    # --- the socket, as long as the room is open ---

    async def _stay(self) -> None:
        while not self.gone:
            try:
                await self._open_and_listen()
            except (WebSocketException, OSError, TimeoutError):
                pass
            self.live, self._socket, self._pong = False, None, None
            await self._tell()
            if self.gone:
                break
            # The next server's turn, as a balancer in front of several would have it.
            self.at = (self.at + 1) % len(self.urls)
            longest = RETRY[min(self._failures, len(RETRY) - 1)]
            self._failures += 1
            await asyncio.sleep(longest * self.chance.random())
        for sent in list(self.pending.values()):
            self._settle(sent, refusal={"code": "not_allowed", "message": "gone"})

    async def _open_and_listen(self) -> None:
        url = self.urls[self.at]
        after = "" if self.seq is None else f"?after={self.seq}"
        socket = await connect(
            f"{url.replace('http', 'ws', 1)}/ws/meetings/{self.slug}/{after}",
            additional_headers={"Cookie": f"sessionid={self.session}; django_language=zh-hans"},
            origin=url, open_timeout=OPEN, ping_interval=None, max_size=None, close_timeout=0.1,
            proxy=None, compression=None,
        )  # fmt: skip
        try:
            self._socket, self.frame_at = socket, time.monotonic()
            self.connections += 1
            await socket.send('{"type": "ping"}')
            watch = asyncio.create_task(self._watch(socket))
            try:
                async for text in socket:
                    await self._take(json.loads(text))
            finally:
                watch.cancel()
            if socket.close_code == GONE:
                self.gone = True
        finally:
            socket.transport.abort()

    async def _watch(self, socket: ClientConnection) -> None:
        """Ask for a sign of life now and then; a socket that gives none is left behind."""
        while True:
            await asyncio.sleep(ANSWER / 2)
            now = time.monotonic()
            if self._pong is not None and now - self._pong > PONG:
                socket.transport.abort()
                return
            quiet = now - self.frame_at
            waits = any(now - one.since > ANSWER for one in self.pending.values())
            if self._pong is None and (quiet > PING or (waits and quiet > ANSWER)):
                self._pong = now
                with contextlib.suppress(WebSocketException):
                    await socket.send('{"type": "ping"}')

    async def _take(self, frame: dict[str, Any]) -> None:
        self.frame_at, self._pong = time.monotonic(), None
        if frame["type"] == "reply":
            self._answered(frame)
        elif frame["type"] == "snapshot":
            self.room, self.seq = frame["data"], frame["seq"]
            self.snapshots += 1
        elif frame["type"] == "pong":
            self.seq = max(self.seq or 0, frame["seq"])
        elif "seq" not in frame:
            return  # a word that one stands in line
        elif self.seq is None or frame["seq"] > self.seq:
            self.seq = frame["seq"]
            state.apply(self.room, frame["data"])
        if not self.live and frame["type"] != "reply":
            self.live, self._failures = True, 0
            for sent in list(self.pending.values()):
                await self._send(sent)
        await self._tell()

    async def _tell(self) -> None:
        async with self.moved:
            self.moved.notify_all()

    # --- commands and their answers ---

    async def _send(self, sent: Sent) -> None:
        if self.live and self._socket is not None and not sent.answer.done():
            with contextlib.suppress(WebSocketException):
                await self._socket.send(json.dumps(sent.command))

    def _answered(self, frame: dict[str, Any]) -> None:
        sent = self.pending.get(frame["id"] or "")
        if frame["ok"]:
            self.answered.setdefault(frame["id"], []).append(frame["data"])
        if sent is None:
            return
        if frame["ok"]:
            self._settle(sent, data=frame["data"])
        elif frame["error"]["code"] in PATIENT:
            self.put_off.append(frame["error"]["message"])
            sent.put_off += 1
            self._spawn(self._later(sent))
        else:
            self._settle(sent, refusal=frame["error"])

    async def _later(self, sent: Sent) -> None:
        await asyncio.sleep(min(sent.put_off, 5) * PACE)
        await self._send(sent)

    def _settle(
        self, sent: Sent, data: dict[str, Any] | None = None, refusal: dict[str, str] | None = None
    ) -> None:
        self.pending.pop(sent.command["id"], None)
        if sent.answer.done():
            return
        if refusal is None:
            sent.answer.set_result(data or {})
        else:
            self.refused.append(refusal["code"])
            sent.answer.set_exception(Refusal(refusal))

    # --- ballots outlive the socket ---

    async def _post_ballots(self) -> None:
        async with httpx.AsyncClient(trust_env=False) as client:
            while not self.gone:
                await asyncio.sleep(PACE)
                now = time.monotonic()
                if self.live and now - self.frame_at < POST_AFTER:
                    continue
                for sent in list(self.pending.values()):
                    due = now - max(sent.since, self.frame_at) >= POST_AFTER
                    again = now - sent.posted >= POST_EVERY
                    if sent.command["type"] in BALLOTS and due and again:
                        sent.posted = now
                        self._spawn(self._post(client, sent.command))

    async def _post(self, client: httpx.AsyncClient, command: dict[str, Any]) -> None:
        token = "f" * 32
        url = self.urls[self.chance.randrange(len(self.urls))]
        try:
            answer = await client.post(
                f"{url}/meetings/{self.slug}/ballots/", json=command, timeout=15,
                headers={
                    "Cookie": f"sessionid={self.session}; csrftoken={token}",
                    "X-CSRFToken": token, "Origin": url,
                },
            )  # fmt: skip
            frame = answer.json()
        except (httpx.TransportError, ValueError):
            return
        if isinstance(frame, dict) and "ok" in frame:
            self._answered({**frame, "id": command["id"]})
            await self._tell()

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


@contextlib.asynccontextmanager
async def gathered(people: Sequence[Person]) -> Any:
    """Let all of them enter, and wait until each has the room before its eyes."""
    async with contextlib.AsyncExitStack() as present:
        for one in people:
            await present.enter_async_context(one)
        for one in people:
            await one.until(lambda p: p.live and p.room, 180, "an open room")
        yield people
