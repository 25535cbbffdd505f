"""Where a meeting's video leaves this process: one outlet a meeting, whoever holds the streams.

A stream that this process holds is written to the outlet's feeds by its ingest. For one that
another process holds the outlet connects there once a rendition, while anybody here watches it.
It hears of changes by the events of the meeting, as rooms do.
"""

import asyncio
import json
import logging
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any, Protocol

from creditor_meetings.cases.access import Viewer
from creditor_meetings.realtime import log as event_log
from creditor_meetings.realtime.hub import Connection, dumps, hubs
from creditor_meetings.realtime.threads import in_thread
from creditor_meetings.video import describe, relay
from creditor_meetings.video.feed import Feed, Listener
from creditor_meetings.video.frames import LEVELS, Head, Piece

log = logging.getLogger(__name__)

AGAIN_SECONDS = 0.5
LEVELS_SECONDS = 0.5
LEVEL_STEP = 5
"""Loudness is told in steps: what does not change need not be said to thousands."""


class Watching(Protocol):
    """Somebody who watches: listens, and is told what state the video is in."""

    @property
    def listener(self) -> Listener:
        """What takes the media."""

    def tell_state(self, state: dict[str, Any]) -> None:
        """Learn the state of the video; may not wait."""

    def tell_levels(self, text: str) -> None:
        """Be given a frame that tells how loud the streams are; may not wait."""


class Meter:
    """A `Listener` that notes how loud each stream was since it was last read."""

    def __init__(self) -> None:
        self._loudest: dict[int, int] = {}

    def begin(self, head: Head) -> None:
        """Start at silence."""
        self._loudest[head.stream] = 0

    def push(self, piece: Piece) -> None:
        """Note how loud a piece is."""
        self._loudest[piece.stream] = max(piece.level, self._loudest.get(piece.stream, 0))

    def end(self, stream: int) -> None:
        """Forget a stream."""
        self._loudest.pop(stream, None)

    def read(self) -> dict[str, int]:
        """Return how loud each stream was, in steps; measuring begins anew."""
        read = {
            str(stream): round(level / LEVEL_STEP) * LEVEL_STEP
            for stream, level in sorted(self._loudest.items())
        }
        self._loudest = dict.fromkeys(self._loudest, 0)
        return read


class Outlet:
    """The video of one meeting in this process."""

    def __init__(self, meeting_id: int) -> None:
        self.meeting_id = meeting_id
        self.state: dict[str, Any] | None = None
        self._feeds: dict[tuple[int, str], Feed] = {}
        self._watching: dict[Watching, dict[int, str]] = {}
        self._ear: Connection | None = None
        self._viewer: Viewer | None = None
        # Where the other processes hold what they hold: stream to address.
        self._holders: dict[int, str] = {}
        self._following: dict[tuple[int, str], tuple[str, asyncio.Task[None]]] = {}
        self._look: asyncio.Task[None] | None = None
        self._metering: asyncio.Task[None] | None = None

    @property
    def watchers(self) -> int:
        """How many watch here."""
        return len(self._watching)

    def feed(self, stream: int, rendition: str) -> Feed:
        """Return the feed of a rendition of a stream."""
        key = (stream, rendition)
        if key not in self._feeds:
            self._feeds[key] = Feed(stream)
        return self._feeds[key]

    # --- Who watches what ------------------------------------------------------------------------

    def join(self, one: Watching, viewer: Viewer) -> None:
        """Let somebody watch from now on; media is sent once it is wished for."""
        self._watching[one] = {}
        if self.state is not None:
            one.tell_state(self.state)
        if self._ear is None:
            self._listen(viewer)
        self._meter_if_needed()

    def wish(self, one: Watching, wishes: Mapping[int, str]) -> None:
        """Send somebody these renditions of these streams, and nothing else, from now on."""
        had = self._watching.get(one)
        if had is None:
            return
        for stream, rendition in had.items():
            if wishes.get(stream) != rendition:
                self._leave_feed(one.listener, stream, rendition)
        self._watching[one] = dict(wishes)
        for stream, rendition in wishes.items():
            if had.get(stream) != rendition:
                self.feed(stream, rendition).join(one.listener)
        self._follow_what_is_watched()
        self._meter_if_needed()

    def _leave_feed(self, listener: Listener, stream: int, rendition: str) -> None:
        self.feed(stream, rendition).leave(listener)
        self._tidy()

    def _tidy(self) -> None:
        # Feeds come with wishes and with parts; what nobody writes or hears is forgotten.
        for key, feed in list(self._feeds.items()):
            if feed.head is None and not feed.has_listeners:
                del self._feeds[key]

    def leave(self, one: Watching) -> None:
        """End somebody's watching."""
        for stream, rendition in self._watching.pop(one, {}).items():
            self._leave_feed(one.listener, stream, rendition)
        if self._watching:
            self._follow_what_is_watched()
        else:
            self._rest()

    def _rest(self) -> None:
        self._holders = {}
        self._follow_what_is_watched()
        if self._metering is not None:
            self._metering.cancel()
            self._metering = None
        if self._ear is not None:
            hubs.of(self.meeting_id).leave(self._ear)
            self._ear = None
        self.state = None

    # --- What the meeting's events tell ----------------------------------------------------------

    def _listen(self, viewer: Viewer) -> None:
        self._viewer = viewer
        # Rights that changed are the sockets' matter; this ear hears what is for all.
        self._ear = Connection(viewer, self._heard, lambda: self._listen(viewer))
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
        if '"video' not in text:
            return
        told = json.loads(text)["data"]["set"]
        state = told.get("video")
        if isinstance(state, dict):
            await self._changed(state)
        elif any(path.startswith("video/") for path in told):
            await self._changed(await in_thread(describe.video)(self.meeting_id))

    async def _changed(self, state: dict[str, Any]) -> None:
        self.state = state
        for one in list(self._watching):
            one.tell_state(state)
        self._tidy()
        if relay.is_used():
            holders = await in_thread(describe.holders)(self.meeting_id)
            self._holders = {
                stream: address
                for stream, address in holders.items()
                if address not in ("", outlets.own_relay)
            }
            self._follow_what_is_watched()

    # --- Streams that other processes hold -------------------------------------------------------

    def _follow_what_is_watched(self) -> None:
        wanted = {
            key: self._holders[key[0]]
            for key, feed in self._feeds.items()
            if feed.has_listeners and key[0] in self._holders
        }
        for key, (address, task) in list(self._following.items()):
            if wanted.get(key) != address:
                task.cancel()
                del self._following[key]
        for key, address in wanted.items():
            if key not in self._following:
                task = asyncio.ensure_future(self._follow(address, *key))
                self._following[key] = (address, task)

    async def _follow(self, address: str, stream: int, rendition: str) -> None:
        feed = self.feed(stream, rendition)
        part = 0
        while True:
            try:
                async with aclosing(relay.follow(address, stream, rendition)) as coming:
                    async for item in coming:
                        if isinstance(item, Head):
                            part = item.part
                            feed.begin(item)
                        elif isinstance(item, Piece):
                            feed.push(item)
                        else:
                            feed.end(part)
            except (OSError, TimeoutError, relay.BadRelay) as problem:
                log.info("stream %s at %s: %s; trying again", stream, address, problem)
            finally:
                # By now a later part may come another way, which goes on.
                feed.end(part)
            await asyncio.sleep(AGAIN_SECONDS)

    # --- Loudness for those who are sent no media ------------------------------------------------

    def _without_media(self) -> list[Watching]:
        return [one for one, wishes in self._watching.items() if not wishes]

    def _meter_if_needed(self) -> None:
        if self._metering is None and self._without_media():
            self._metering = asyncio.ensure_future(self._measure())

    async def _measure(self) -> None:
        meter = Meter()
        told: dict[str, int] = {}
        metered: set[int] = set()
        try:
            while listening := self._without_media():
                active = {int(stream) for stream in (self.state or {}).get("streams", {})}
                for stream in active - metered:
                    self.feed(stream, LEVELS).join(meter)
                for stream in metered - active:
                    self._leave_feed(meter, stream, LEVELS)
                    meter.end(stream)
                if active != metered:
                    metered = active
                    self._follow_what_is_watched()
                levels = meter.read()
                if levels != told:
                    told = levels
                    text = dumps({"type": "levels", "levels": levels})
                    for one in listening:
                        one.tell_levels(text)
                await asyncio.sleep(LEVELS_SECONDS)
        finally:
            if self._metering is asyncio.current_task():
                self._metering = None
            for stream in metered:
                self._leave_feed(meter, stream, LEVELS)


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
