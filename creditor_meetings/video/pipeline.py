"""What makes a stream's pieces out of what arrives: a worker process, or WebM straight through."""

import importlib.util
import logging
from collections.abc import Callable
from functools import cache
from typing import Protocol

from creditor_meetings.video.media import FULL, MATROSKA, BadMedia, Fragment, Init
from creditor_meetings.video.webm import Cutter

log = logging.getLogger(__name__)

OnInit = Callable[[str, Init], None]
OnFragment = Callable[[str, Fragment], None]
OnDied = Callable[[str], None]
OnPcm = Callable[[bytes], None]


class Pipeline(Protocol):
    """Takes what arrives of one part, and calls back with its renditions."""

    def feed(self, data: bytes, track: int = 0) -> None:
        """Take the next bytes; never waits."""

    async def finish(self, seconds: float = 5.0) -> None:
        """Give out whatever was fed, then end."""

    def kill(self) -> None:
        """End at once."""


class Straight:
    """WebM cut at its clusters and passed on as it came: one rendition, for MSE only."""

    def __init__(self, on_init: OnInit, on_fragment: OnFragment, on_died: OnDied) -> None:
        self._cutter = Cutter()
        self._on_init, self._on_fragment, self._on_died = on_init, on_fragment, on_died
        self._begun = self._over = False

    def feed(self, data: bytes, track: int = 0) -> None:
        """Cut the next slice."""
        if self._over:
            return
        try:
            fragments = self._cutter.feed(data)
        except BadMedia as bad:
            self._over = True
            self._on_died(str(bad))
            return
        self._give_out(fragments)

    def _give_out(self, fragments: list[Fragment]) -> None:
        if self._cutter.init is not None and not self._begun:
            self._begun = True
            self._on_init(FULL, self._cutter.init)
        for fragment in fragments:
            self._on_fragment(FULL, fragment)

    async def finish(self, seconds: float = 5.0) -> None:
        """Give out what is held back."""
        if not self._over:
            self._over = True
            self._give_out(self._cutter.flush())

    def kill(self) -> None:
        """End at once."""
        self._over = True


@cache
def is_transcoding() -> bool:
    """Whether this machine can transcode: whether PyAV is there."""
    wanted = ("av", "creditor_meetings.video.workers")
    return all(importlib.util.find_spec(name) is not None for name in wanted)


def prepare() -> None:
    """Have a process stand by, so that the first slices are not kept waiting."""
    if is_transcoding():
        from creditor_meetings.video import workers

        try:
            workers.prepare()
        except OSError:
            log.exception("no worker process could be started")


async def start(
    kind: str,
    *,
    on_init: OnInit,
    on_fragment: OnFragment,
    on_died: OnDied,
    on_pcm: OnPcm | None = None,
) -> Pipeline:
    """Start a pipeline for one part."""
    if is_transcoding():
        from creditor_meetings.video.workers import Worker

        return await Worker.start(
            kind, on_init=on_init, on_fragment=on_fragment, on_died=on_died, on_pcm=on_pcm
        )
    if kind != MATROSKA:
        raise BadMedia("without PyAV only WebM can be passed on")
    return Straight(on_init, on_fragment, on_died)
