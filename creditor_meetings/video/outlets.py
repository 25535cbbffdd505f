"""Where a meeting's video leaves this process: one outlet a meeting, whoever holds the stream.

A stream that this process holds is written to the outlet's feed by its ingest. For one that
another process holds the outlet connects there once, while anybody here watches. It hears of
changes by the events of the meeting, as rooms do.
"""

import asyncio
import json
import logging
from contextlib import aclosing
from typing import Any, Protocol

from creditor_meetings.cases.access import Viewer
from creditor_meetings.realtime import log as event_log
from creditor_meetings.realtime.hub import Connection, hubs
from creditor_meetings.realtime.threads import in_thread
from creditor_meetings.video import describe, relay
from creditor_meetings.video.feed import Feed, Listener
from creditor_meetings.video.media import Fragment, Init

log = logging.getLogger(__name__)

AGAIN_SECONDS = 0.5


class Watching(Protocol):
    """Somebody who watches: listens, and is told what state the video is in."""

    @property
    def listener(self) -> Listener:
        """What takes the media."""

    def tell_state(self, state: dict[str, Any]) -> None:
        """Learn the state of the video; may not wait."""


class Outlet:
    """The video of one meeting in this process."""

    def __init__(self, meeting_id: int) -> None:
        self.meeting_id = meeting_id
        self.feed = Feed()
        self.state: dict[str, Any] | None = None
        self._watching: set[Watching] = set()
        self._ear: Connection | None = None
        self._following: asyncio.Task[None] | None = None
        self._target: tuple[str, int] | None = None
        self._look: asyncio.Task[None] | None = None

    @property
    def watchers(self) -> int:
        """How many watch here."""
        return len(self._watching)

    def join(self, one: Watching, viewer: Viewer) -> None:
        """Let somebody watch from now on."""
        self._watching.add(one)
        self.feed.join(one.listener)
        if self.state is not None:
            one.tell_state(self.state)
        if self._ear is None:
            self._listen(viewer)

    def leave(self, one: Watching) -> None:
        """End somebody's watching."""
        self._watching.discard(one)
        self.feed.leave(one.listener)
        if not self._watching:
            self._rest()

    def _listen(self, viewer: Viewer) -> None:
        self._ear = Connection(viewer, self._heard, lambda: None)
        self._ear.audiences = frozenset({"all"})
        self._look = asyncio.ensure_future(self._look_first(self._ear))

    async def _look_first(self, ear: Connection) -> None:
        try:
            ear.cursor, state = await in_thread(self._read)()
        except Exception:
            log.exception("the state of the video of meeting %s was not read", self.meeting_id)
            self._ear = None
            return
        if ear is self._ear:
            hubs.of(self.meeting_id).join(ear)
            await self._changed(state)

    def _read(self) -> tuple[int, dict[str, Any]]:
        # The number first: what commits in between comes again as an event.
        return event_log.last_seq(self.meeting_id), describe.video(self.meeting_id)

    async def _heard(self, text: str) -> None:
        if '"video"' not in text:
            return
        state = json.loads(text)["data"]["set"].get("video")
        if isinstance(state, dict):
            await self._changed(state)

    async def _changed(self, state: dict[str, Any]) -> None:
        self.state = state
        for one in list(self._watching):
            one.tell_state(state)
        await self._follow_the_holder()

    async def _follow_the_holder(self) -> None:
        held = await in_thread(describe.active_broadcast)(self.meeting_id)
        target = None
        elsewhere = held is not None and held.relay not in ("", outlets.own_relay)
        if held is not None and elsewhere and self._watching:
            target = (held.relay, held.session)
        if target == self._target:
            return
        self._unfollow()
        self._target = target
        if target is not None:
            self._following = asyncio.ensure_future(self._follow(target[0]))

    async def _follow(self, address: str) -> None:
        writer = object()
        self.feed.take_over(writer)
        while True:
            try:
                async with aclosing(relay.follow(address, self.meeting_id)) as stream:
                    async for item in stream:
                        self._pass_on(writer, item)
            except (OSError, TimeoutError, relay.BadRelay) as problem:
                log.info("the stream at %s: %s; trying again", address, problem)
            finally:
                self.feed.end(writer)
            await asyncio.sleep(AGAIN_SECONDS)

    def _pass_on(self, writer: object, item: Init | Fragment | None) -> None:
        if isinstance(item, Init):
            self.feed.begin(writer, item)
        elif item is not None:
            self.feed.push(writer, item)
        else:
            self.feed.end(writer)

    def _unfollow(self) -> None:
        if self._following is not None:
            self._following.cancel()
            self._following = None
        self._target = None

    def _rest(self) -> None:
        self._unfollow()
        if self._ear is not None:
            hubs.of(self.meeting_id).leave(self._ear)
            self._ear = None
        self.state = None


class Outlets:
    """The outlets of this process; used on its event loop only."""

    def __init__(self) -> None:
        self._outlets: dict[int, Outlet] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        # Where this process relays what it holds; empty until it does.
        self.own_relay = ""

    def of(self, meeting_id: int) -> Outlet:
        """Return the outlet of a meeting."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop, self._outlets = loop, {}
        if meeting_id not in self._outlets:
            self._outlets[meeting_id] = Outlet(meeting_id)
        return self._outlets[meeting_id]

    def all(self) -> list[Outlet]:
        """Every outlet that was asked for."""
        return list(self._outlets.values())


outlets = Outlets()
