"""Captions from a program that hears (语音识别): sound of a stream goes in, lines come out.

`CAPTION_COMMAND` names the program. It reads 16 kHz mono sound, signed 16-bit little endian, on
standard input, and prints JSON, one object a line: `{"text": "…", "final": true}`. Lines that
are not final are left alone: what a program still makes up its mind about is nobody's caption.
`start_ms` (optional) says when the words began, in milliseconds of the sound it was given.

A program that ends, hangs or talks nonsense costs captions and nothing else: sound waits for it
in a bounded queue, and it is started again after a rest that grows.
"""

import asyncio
import json
import logging
import os
import shlex
import time
from collections import deque
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from creditor_meetings.cases import clock
from creditor_meetings.meetings import captions
from creditor_meetings.realtime.threads import in_thread

log = logging.getLogger(__name__)

BYTES_A_SECOND = 16_000 * 2
MOST_WAITING = 10 * BYTES_A_SECOND
"""How much sound waits for a slow program; what is older than that is left out."""
LONGEST_LINE = 64 * 1024
FIRST_REST, LONGEST_REST = 1.0, 60.0
STEADY_SECONDS = 60.0
"""After having run that long a program that ends counts as a healthy one."""
FAREWELL_SECONDS = 3.0


def recognise(meeting_id: int, speaker: str = "") -> "Recogniser | None":
    """Begin to recognise a stream's speech; None where no program is set.

    Call on the event loop; then `feed` each piece of sound, and `leave` when the stream ends.
    """
    command = shlex.split(settings.CAPTION_COMMAND)
    return Recogniser(meeting_id, command, speaker=speaker) if command else None


class Recogniser:
    """One program that hears one stream."""

    def __init__(self, meeting_id: int, command: list[str], *, speaker: str = "") -> None:
        self.meeting_id, self.command, self.speaker = meeting_id, command, speaker
        self.first_rest = FIRST_REST
        self.starts = 0
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._more = asyncio.Event()
        self._over = False
        self._began: datetime | None = None
        self._task = asyncio.get_running_loop().create_task(self._live())

    def feed(self, pcm: bytes) -> None:
        """Give it sound; never waits."""
        if self._over:
            return
        self._waiting.append(pcm)
        self._waiting_bytes += len(pcm)
        while self._waiting_bytes > MOST_WAITING and len(self._waiting) > 1:
            left_out = len(self._waiting.popleft())
            self._waiting_bytes -= left_out
            if self._began is not None:
                # The program's time leaves out what it was not given.
                self._began += timedelta(seconds=left_out / BYTES_A_SECOND)
        self._more.set()

    def leave(self) -> None:
        """Let it finish by itself: whoever ends a stream does not wait for its last words."""
        farewell = asyncio.ensure_future(self.finish())
        _farewells.add(farewell)
        farewell.add_done_callback(_farewells.discard)

    async def finish(self) -> None:
        """Let the program say what it still has to say, then end it."""
        self._over = True
        self._more.set()
        try:
            await asyncio.wait_for(asyncio.shield(self._task), FAREWELL_SECONDS)
        except TimeoutError:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _live(self) -> None:
        rest = self.first_rest
        while True:
            started = time.monotonic()
            try:
                await self._run()
            except OSError as problem:
                log.error("CAPTION_COMMAND does not start: %s", problem)
            except Exception:
                log.exception("the recogniser of meeting %s stumbled", self.meeting_id)
            if self._over:
                return
            if time.monotonic() - started >= STEADY_SECONDS:
                rest = self.first_rest
            log.warning("the recogniser ended; it is started again in %.0f seconds", rest)
            await self._rest(rest)
            rest = min(LONGEST_REST, rest * 2)

    async def _rest(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._over and (left := until - time.monotonic()) > 0:
            self._more.clear()
            try:
                await asyncio.wait_for(self._more.wait(), left)
            except TimeoutError:
                return

    async def _run(self) -> None:
        """Run the program once, to its end."""
        process = await asyncio.create_subprocess_exec(
            *self.command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            # Keys and passwords of the server are none of its business.
            env={name: os.environ[name] for name in PASSED_ON if name in os.environ},
            limit=LONGEST_LINE,
        )
        self.starts += 1
        self._began = None
        writing = asyncio.ensure_future(self._write(process))
        try:
            await self._read(process)
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            await _end(process)

    async def _write(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        try:
            while True:
                while self._waiting:
                    pcm = self._waiting.popleft()
                    self._waiting_bytes -= len(pcm)
                    if self._began is None:
                        self._began = clock.now() - timedelta(seconds=len(pcm) / BYTES_A_SECOND)
                    process.stdin.write(pcm)
                    await process.stdin.drain()
                if self._over:
                    process.stdin.close()
                    return
                self._more.clear()
                await self._more.wait()
        except (BrokenPipeError, ConnectionResetError):
            # It has ended: whoever reads from it notices.
            return

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while text := await process.stdout.readline():
            said = _heard(text)
            if said is None:
                continue
            words, start_ms = said
            try:
                await in_thread(captions.recognised)(
                    self.meeting_id, words, speaker=self.speaker, said_at=self._moment(start_ms)
                )
            except Exception:
                log.exception("a caption of meeting %s was lost", self.meeting_id)

    def _moment(self, start_ms: float | None) -> datetime | None:
        if start_ms is None or self._began is None:
            return None
        return self._began + timedelta(milliseconds=start_ms)


# The loop keeps weak references only.
_farewells: set["asyncio.Future[None]"] = set()

PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES")


def _heard(text: bytes) -> tuple[str, float | None] | None:
    """Read a line of the program's: words, and when they began; None where it says nothing."""
    try:
        frame: Any = json.loads(text)
    except (ValueError, RecursionError):
        log.warning("the recogniser printed what is not JSON: %r", text[:80])
        return None
    if not isinstance(frame, dict) or frame.get("final") is not True:
        return None
    words, start = frame.get("text"), frame.get("start_ms")
    if not isinstance(words, str) or not words.strip():
        return None
    if isinstance(start, bool) or not isinstance(start, int | float) or not 0 <= start < 1e9:
        start = None
    return _storable(words), start


def _storable(words: str) -> str:
    # PostgreSQL stores no NUL, UTF-8 no lone surrogate.
    return words.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        try:
            process.kill()
        except ProcessLookupError:
            pass
    await process.wait()
