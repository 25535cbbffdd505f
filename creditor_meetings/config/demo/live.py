"""Simulated creditors (`manage.py demo --live`): they attend, ask and vote over real sockets.

Each is a guest with a session and a socket of its own, and does only what its page would: it
follows events and sends commands. Nothing in the server knows that they are not people.
"""

import asyncio
import json
import random
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import CommandError

from creditor_meetings.cases.models import Role
from creditor_meetings.config.demo import speech
from creditor_meetings.config.demo.meetings import LIVE
from creditor_meetings.config.demo.people import Member, fresh_sessions
from creditor_meetings.config.demo.sockets import Closed, Socket, connect
from creditor_meetings.realtime import state

MOST_GUESTS = 240
ARRIVE_WITHIN = 45.0
PATIENCE = 120.0
"""How long (seconds) guests look for a server that is away before they go home."""

Say = Callable[[str], Any]


@dataclass(frozen=True)
class Tempo:
    """How lively the room is; all in seconds, on average."""

    arrive_within: float = ARRIVE_WITHIN
    think: float = 18.0
    question_every: float = 25.0
    stay: float = 420.0
    away: float = 8.0
    confirm_within: float = 150.0


@dataclass
class Floor:
    """What the guests share: which questions were asked, and when the last was."""

    questions: list[str] = field(default_factory=lambda: list(speech.LIVE_QUESTIONS))
    last_question: float = 0.0
    attending: set[int] = field(default_factory=set)
    votes: int = 0
    last_heard: float = field(default_factory=time.monotonic)
    over: bool = False


class Guest:
    """One simulated creditor."""

    def __init__(self, member: Member, session: str, url: str, tempo: Tempo, floor: Floor) -> None:
        self.number = member.person.pk
        self.creditors = [creditor.pk for creditor in member.creditors]
        self.session = session
        self.url = url
        self.tempo = tempo
        self.floor = floor
        # The demo repeats itself: nothing hangs on this chance.
        self.chance = random.Random(member.person.pk)  # nosec B311
        self.room: dict[str, Any] = {}
        self.seq: int | None = None
        self.planned: set[object] = set()
        self.tasks: set[asyncio.Task[None]] = set()

    async def attend(self) -> None:
        """Come, stay, lose the line now and then, come back, until the meeting is over."""
        await asyncio.sleep(self.chance.uniform(0, self.tempo.arrive_within))
        while not self.floor.over:
            try:
                await self._stay()
            except Closed:
                if time.monotonic() - self.floor.last_heard > PATIENCE:
                    return
            await asyncio.sleep(self.chance.expovariate(1 / self.tempo.away))

    async def _stay(self) -> None:
        after = "" if self.seq is None else f"?after={self.seq}"
        headers = {
            "Cookie": f"{settings.SESSION_COOKIE_NAME}={self.session}",
            "User-Agent": "Simulated creditor (manage.py demo --live)",
            "Accept-Language": "zh-CN",
        }
        socket = await connect(f"{self.url}/ws/meetings/{LIVE}/{after}", headers)
        leaving = self.chance.expovariate(1 / self.tempo.stay)
        # Plans made over a socket that is gone are made anew from the state.
        self.planned.clear()
        try:
            async with asyncio.timeout(leaving):
                while not self.floor.over:
                    self._hear(json.loads(await socket.receive()))
                    self._plan(socket)
        except TimeoutError:
            pass
        finally:
            for task in self.tasks:
                task.cancel()
            socket.drop()

    def _hear(self, frame: dict[str, Any]) -> None:
        self.floor.last_heard = time.monotonic()
        if frame["type"] == "snapshot":
            self.room, self.seq = frame["data"], frame["seq"]
        elif "seq" in frame and frame["type"] != "pong":
            state.apply(self.room, frame["data"])
            self.seq = frame["seq"]

    def _plan(self, socket: Socket) -> None:
        """Decide what to do next from the room's state, each thing once."""
        phase = self.room.get("meeting", {}).get("state")
        if phase == "closed":
            self.floor.over = True
        for creditor in self.creditors:
            own = self.room.get("represented", {}).get(str(creditor), {})
            if own and not own["signed_in"] and phase in ("convened", "open", "adjourned"):
                self._soon(socket, "sign_in", 4, {"creditor": creditor}, f"sign in {creditor}")
        self.floor.attending |= {
            int(one)
            for one, own in self.room.get("represented", {}).items()
            if own.get("signed_in")
        }
        if phase == "open":
            self._plan_question(socket)
            self._plan_confirmation(socket)
            self._plan_votes(socket)

    def _plan_question(self, socket: Socket) -> None:
        now, floor = time.monotonic(), self.floor
        due = now - floor.last_question > self.tempo.question_every
        if floor.questions and due and self.chance.random() < 0.2:
            floor.last_question = now
            self._soon(socket, "ask_question", 3, {"text": floor.questions.pop(0)}, now)

    def _plan_confirmation(self, socket: Socket) -> None:
        for creditor in self.creditors:
            for claim in self.room.get("my_claims", {}).get(str(creditor), {}).values():
                free = claim["confirmed_at"] is None and not claim["objected"]
                key = f"confirm {claim['id']}"
                if free and claim["conclusion"] == "confirmed" and key not in self.planned:
                    self.planned.add(key)
                    if self.chance.random() < 0.35:
                        self.planned.discard(key)
                        after = self.tempo.confirm_within / 2
                        self._soon(socket, "confirm_claim", after, {"claim": claim["id"]}, key)

    def _plan_votes(self, socket: Socket) -> None:
        for poll, resolution in self.room.get("resolutions", {}).items():
            if resolution["state"] != "open":
                continue
            for creditor in self.creditors:
                right = self.room.get("my_rights", {}).get(poll, {}).get(str(creditor), {})
                voted = str(creditor) in self.room.get("ballots", {}).get(poll, {})
                key = f"vote {poll} {creditor}"
                if not right.get("votes") or voted or key in self.planned:
                    continue
                if self.chance.random() < 0.04:
                    self.planned.add(key)  # some attend and never vote
                    continue
                weights = speech.LEANINGS.get(resolution["power"], (75, 15, 10))
                choice = self.chance.choices(("for", "against", "abstain"), weights)[0]
                ballot = {"resolution": int(poll), "creditor": creditor, "choice": choice}
                self._soon(socket, "cast_ballot", self.tempo.think, ballot, key)
                if choice != "for" and self.chance.random() < 0.08:
                    again = {**ballot, "choice": "for"}
                    self._soon(socket, "cast_ballot", 3 * self.tempo.think, again, f"{key} again")

    def _soon(
        self, socket: Socket, command: str, after: float, data: dict[str, Any], key: object
    ) -> None:
        """Send a command after about so many seconds, once for its key."""
        if key in self.planned:
            return
        self.planned.add(key)

        async def send() -> None:
            await asyncio.sleep(self.chance.expovariate(1 / after))
            frame = {"id": uuid.uuid4().hex, "type": command, "data": data}
            try:
                await socket.send(json.dumps(frame))
            except Closed:
                return
            self.floor.votes += command == "cast_ballot"

        task = asyncio.get_running_loop().create_task(send())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)


def attend(members: Sequence[Member], say: Say | None = None, tempo: Tempo | None = None) -> None:
    """Let creditors attend the meeting `demo` until it is closed or this is interrupted.

    The first creditor and the proxy stay free for the visitor.
    """
    tempo = tempo or Tempo()
    free = next(member for member in members if member.role == Role.CREDITOR)
    guests = [one for one in members if one.role == Role.CREDITOR and one is not free]
    guests = guests[:MOST_GUESTS]
    sessions = fresh_sessions([member.person for member in guests])
    floor = Floor()
    url = _server()
    made = [Guest(one, sessions[one.person.pk], url, tempo, floor) for one in guests]
    if say is not None:
        say(f"{len(made)} simulated creditors come to {url}/ws/meetings/{LIVE}/ (Ctrl-C ends it)")
    try:
        asyncio.run(_together(made))
    except KeyboardInterrupt:
        pass
    if say is not None:
        say(f"{len(floor.attending)} creditors attended, {floor.votes} ballots were sent.")


async def _together(guests: Sequence[Guest]) -> None:
    async with asyncio.TaskGroup() as group:
        for guest in guests:
            group.create_task(guest.attend())


def _server() -> str:
    parts = urlsplit(settings.PUBLIC_URL)
    if parts.scheme != "http":
        raise CommandError(f"--live plays on a server of this machine, not on {parts.geturl()}")
    return f"ws://{parts.netloc}"
