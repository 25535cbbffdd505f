"""Who listens to a room by HTTP: frames in a stream that does not end, or a list at a time."""

import asyncio
import logging
import re
from typing import Any

from django.utils import translation

from creditor_meetings.cases.errors import Refused
from creditor_meetings.realtime import commands, presence
from creditor_meetings.realtime.entering import CLOSE_GONE, Entry
from creditor_meetings.realtime.events_answers import HEADERS, Receive, Send, answer, refuse, start
from creditor_meetings.realtime.hub import dumps
from creditor_meetings.realtime.person import language_of

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 10.0
STREAM_SECONDS = 600.0
STREAM_BYTES = 8 * 1024 * 1024
"""After so long, or so much, a stream ends and is asked for again: what somebody who does not read
leaves in our memory is bounded."""
POLL_SECONDS = 25.0
GATHER_SECONDS = 0.05
"""What is told in one breath should be one answer."""
STAY_SECONDS = 30.0
"""A person whose polls pause for so long has left."""
MOST_A_PERSON = 8
"""So many a person may hold open; the oldest gives way."""
CLOSE_CROWDED = 4429

_SEQ = re.compile(r'\{"type":"[^"]*","seq":(\d+)')


class Listener:
    """Somebody who listens to a room by HTTP: what entering takes for a socket."""

    def __init__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        self.scope = scope
        self.receive = receive
        self._send = send
        self.language = language_of(scope)
        self.closed = False
        self.answering = False
        self.tasks: set[asyncio.Task[None]] = set()
        self.entry = Entry(self)

    async def live(self) -> None:
        """Serve the request from its beginning to its end."""
        try:
            await self.entry.enter()
        except Refused as refusal:
            if self.answering:
                await self.close(CLOSE_GONE)
            else:
                await refuse(self.scope, self._send, refusal)
            return
        except Exception:
            logger.exception("somebody could not be let in by HTTP")
            await self._fail()
            return
        _crowd.come(self)
        try:
            await self._stay()
        finally:
            self.closed = True
            self.entry.leave()
            _crowd.go(self)

    async def accept(self) -> None:
        """Begin to answer."""

    async def wait(self, seconds: int | None) -> None:
        """Stand in line: whoever asked has patience."""

    async def send_text(self, text: str) -> None:
        """Take one frame for the person."""
        raise NotImplementedError

    async def close(self, code: int) -> None:
        """Say with which code a socket would be closed, and end."""
        raise NotImplementedError

    async def _stay(self) -> None:
        raise NotImplementedError

    async def _fail(self) -> None:
        if self.answering:
            await self._send({"type": "http.response.body", "body": b""})
            return
        with translation.override(self.language):
            await refuse(self.scope, self._send, commands.unavailable())

    def spawn(self, work: Any) -> None:
        """Do `work` while the person listens."""
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    @property
    def person(self) -> tuple[int, int]:
        """Who listens to what: meeting and person."""
        return self.entry.meeting.pk, self.entry.viewer.person.pk


def closed(code: int) -> str:
    """Write the frame that stands for a socket's close code."""
    return dumps({"type": "closed", "code": code})


class Stream(Listener):
    """Frames as they come, in one answer that does not end."""

    def __init__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        super().__init__(scope, receive, send)
        self.sent = 0

    async def accept(self) -> None:
        """Begin the stream."""
        if self.answering:
            return
        self.answering = True
        await self._send(start(200, {**HEADERS, "content-type": "text/event-stream"}))

    async def wait(self, seconds: int | None) -> None:
        """Say that the person stands in line; silence would look like a proxy's doing."""
        await self.accept()
        if seconds is not None:
            await self.send_text(dumps({"type": "wait", "seconds": seconds}))

    async def send_text(self, text: str) -> None:
        """Write one frame."""
        found = _SEQ.match(text)
        await self._write(f"id: {found[1]}\ndata: {text}\n\n" if found else f"data: {text}\n\n")

    async def close(self, code: int) -> None:
        """Say why, and end the stream."""
        await self.send_text(closed(code))
        await self._end()

    async def _stay(self) -> None:
        # Whoever resumes learns at once that the stream gets through.
        await self.send_text(self.entry.pong())
        arrival = presence.arrive(self.entry.meeting.pk, self.entry.viewer, self.scope)
        over = asyncio.get_running_loop().time() + STREAM_SECONDS
        try:
            while not self.closed:
                try:
                    message = await asyncio.wait_for(self.receive(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    await self._beat()
                    if asyncio.get_running_loop().time() > over:
                        await self._end()
                    continue
                if message["type"] == "http.disconnect":
                    return
        finally:
            presence.leave(arrival)

    async def _beat(self) -> None:
        # The comment is for whoever reads it as any stream of events; the pong also tells how far
        # everything was sent, and looks whether the session still holds.
        await self._write(": still here\n\n")
        await self.send_text(self.entry.pong())

    async def _write(self, text: str) -> None:
        if self.closed:
            return
        body = text.encode()
        self.sent += len(body)
        await self._send({"type": "http.response.body", "body": body, "more_body": True})
        if self.sent > STREAM_BYTES:
            await self._end()

    async def _end(self) -> None:
        if not self.closed:
            self.closed = True
            await self._send({"type": "http.response.body", "body": b""})


class Poll(Listener):
    """What there is, or else what comes first."""

    def __init__(
        self, scope: dict[str, Any], receive: Receive, send: Send, patience: float
    ) -> None:
        super().__init__(scope, receive, send)
        self.patience = patience
        self.frames: list[str] = []
        self.some = asyncio.Event()

    async def send_text(self, text: str) -> None:
        """Keep one frame for the answer."""
        if not self.closed:
            self.frames.append(text)
            self.some.set()

    async def close(self, code: int) -> None:
        """Say why in the answer."""
        await self.send_text(closed(code))

    async def _stay(self) -> None:
        loop = asyncio.get_running_loop()
        gone = loop.create_task(self._until_gone())
        some = loop.create_task(self.some.wait())
        _stays.come(self)
        try:
            await asyncio.wait(
                {gone, some}, timeout=self.patience, return_when=asyncio.FIRST_COMPLETED
            )
            if not gone.done():
                await asyncio.sleep(GATHER_SECONDS)
        finally:
            _stays.go(self)
            gone.cancel()
            some.cancel()
        # From here on nothing is added: the number in the pong is that of the frames before it.
        self.closed = True
        self.entry.leave()
        await answer(self._send, 200, f"[{','.join([*self.frames, self.entry.pong()])}]")

    async def _until_gone(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass


class _Crowd:
    """All who listen by HTTP, by person."""

    def __init__(self) -> None:
        self._of: dict[int, list[Listener]] = {}

    def come(self, listener: Listener) -> None:
        own = self._of.setdefault(listener.person[1], [])
        own.append(listener)
        if len(own) > MOST_A_PERSON:
            oldest = own.pop(0)
            oldest.spawn(oldest.close(CLOSE_CROWDED))

    def go(self, listener: Listener) -> None:
        own = self._of.get(listener.person[1], [])
        if listener in own:
            own.remove(listener)
        if not own:
            self._of.pop(listener.person[1], None)


class _Stays:
    """Polls of one person follow each other: they are one stay on record."""

    def __init__(self) -> None:
        self._of: dict[tuple[int, int], _Stay] = {}

    def come(self, poll: Poll) -> None:
        loop = asyncio.get_running_loop()
        stay = self._of.get(poll.person)
        if stay is None or stay.loop is not loop:
            arrival = presence.arrive(poll.entry.meeting.pk, poll.entry.viewer, poll.scope)
            stay = self._of[poll.person] = _Stay(loop, arrival)
        stay.polls += 1
        if stay.end is not None:
            stay.end.cancel()
            stay.end = None

    def go(self, poll: Poll) -> None:
        stay = self._of[poll.person]
        stay.polls -= 1
        if stay.polls == 0:
            stay.end = stay.loop.call_later(STAY_SECONDS, self._over, poll.person)

    def _over(self, person: tuple[int, int]) -> None:
        presence.leave(self._of.pop(person).arrival)


class _Stay:
    def __init__(self, loop: asyncio.AbstractEventLoop, arrival: presence.Arrival) -> None:
        self.loop = loop
        self.arrival = arrival
        self.polls = 0
        self.end: asyncio.TimerHandle | None = None


_crowd = _Crowd()
_stays = _Stays()
