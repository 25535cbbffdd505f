"""Worker processes, seen from the server: media are fed, fragments come back.

Media are a stranger's, and what decodes them is native code; so it happens in a process that can
do little (`worker.limits`) and whose end harms nothing but its own part. A spare process stands by
while video is in use, so that a part begins without waiting for one to load.
"""

import asyncio
import logging
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from creditor_meetings.video.media import Fragment, Init
from creditor_meetings.video.worker import wire

log = logging.getLogger(__name__)

MAX_WAITING = 8 * 1024 * 1024
"""Bytes fed that the process has not taken."""
SLOW_SECONDS = 5.0
"""A process behind by so much does not catch up with a live stream."""
START_SECONDS = 15.0
"""What loading may take on a machine that is busy."""
SLOW = "slow"

_ROOT = Path(__file__).resolve().parents[2]
_spare: subprocess.Popen | None = None


def _spawn() -> subprocess.Popen:
    # One thread for arithmetic: small arrays, and the process may not start any later.
    wanted = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
    # None of the server's secrets.
    kept = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH")
    keep = {name: os.environ[name] for name in kept if name in os.environ}
    return subprocess.Popen(  # nosec B603
        [sys.executable, "-m", "creditor_meetings.video.worker", str(os.getpid())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=_ROOT,
        env=keep | wanted,
    )


def prepare() -> None:
    """Have a process stand by, where none does. Raises OSError where none can be started."""
    global _spare
    if _spare is None or _spare.poll() is not None:
        _spare = _spawn()


def dismiss() -> None:
    """End the process that stands by."""
    global _spare
    if _spare is not None:
        spare, _spare = _spare, None
        _close(spare)
        spare.kill()
        spare.wait()


def _taken_or_new() -> subprocess.Popen:
    global _spare
    taken, _spare = _spare, None
    if taken is not None and taken.poll() is None:
        return taken
    return _spawn()


def _close(process: subprocess.Popen) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


class Worker:
    """One part in the hands of a process; all methods belong to the event loop's thread.

    `on_init` hears the head of a rendition before its first fragment, and again when the picture
    changes its size; `on_fragment` every fragment, in order; `on_pcm` (optional) the sound, 16 kHz
    mono signed 16 bit, little endian. `on_died` hears once why nothing more comes: "slow" (the
    process does not keep up), what is wrong with the media, or how the process ended. It hears
    nothing after `finish` or `kill`, nor does anyone after `kill`.
    """

    @classmethod
    async def start(
        cls,
        kind: str,
        *,
        on_init: Callable[[str, Init], None],
        on_fragment: Callable[[str, Fragment], None],
        on_died: Callable[[str], None],
        on_pcm: Callable[[bytes], None] | None = None,
    ) -> "Worker":
        """Give a part to a process. Raises OSError where none can be started."""
        worker = cls(on_init, on_fragment, on_died, on_pcm)
        worker._process = _taken_or_new()
        await worker._connect()
        worker._send(wire.begin(wire.Job(kind, on_pcm is not None)))
        try:
            prepare()
        except OSError:
            log.warning("no spare worker process could be started")
        return worker

    def __init__(
        self,
        on_init: Callable[[str, Init], None],
        on_fragment: Callable[[str, Fragment], None],
        on_died: Callable[[str], None],
        on_pcm: Callable[[bytes], None] | None,
    ) -> None:
        """Use `start`."""
        self._on_init = on_init
        self._on_fragment = on_fragment
        self._on_died = on_died
        self._on_pcm = on_pcm
        self._process: subprocess.Popen
        self._writer: asyncio.WriteTransport
        self._hand: _Hand
        self._reader: asyncio.ReadTransport
        self._fed = 0
        self._taken = 0
        self._begun = time.monotonic()
        self._waiting: deque[tuple[float, int]] = deque()
        self._waiting_bytes = 0
        self._silent = False
        self._over = False
        self._reason = ""
        self._dying: asyncio.Task[None] | None = None
        self._ended = asyncio.get_running_loop().create_future()

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def feed(self, data: bytes, track: int = 0) -> None:
        """Pass on what arrived. Never waits; what comes after the end is dropped."""
        if self._over or self._silent:
            return
        self._fed += 1
        now = time.monotonic()
        self._waiting.append((now, len(data)))
        self._waiting_bytes += len(data)
        self._send(wire.data(track, data))
        allowed = SLOW_SECONDS if self._taken else START_SECONDS
        if self._waiting_bytes > MAX_WAITING or now - self._waiting[0][0] > allowed:
            self._die(SLOW)

    async def finish(self, seconds: float = 5.0) -> None:
        """Have all that was fed come out, then the process end; kill it if it takes longer."""
        if not self._over:
            self._silent = True
            self._writer.close()
            await asyncio.wait({self._ended}, timeout=seconds)
        self.kill()
        await self._reaped()

    def kill(self) -> None:
        """End at once; what is under way is lost."""
        self._silent = self._over = True
        if not self._hand.closed:
            self._writer.abort()
        self._reader.close()
        if self._process.poll() is None:
            self._process.kill()
        if not self._ended.done():
            self._ended.set_result(None)

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        self._writer, self._hand = await loop.connect_write_pipe(_Hand, self._process.stdin)
        self._writer.set_write_buffer_limits(high=2 * MAX_WAITING)
        self._reader, _ = await loop.connect_read_pipe(
            lambda: _Mouth(self._heard, self._fell_silent, self._die), self._process.stdout
        )

    def _send(self, frame: bytes) -> None:
        if not self._writer.is_closing():
            self._writer.write(frame)

    def _heard(self, said: wire.Said) -> None:
        if self._over:
            return
        try:
            self._pass_on(said)
        except Exception:
            # What a listener raises must not close the pipe for all that follows.
            log.exception("what a worker process said was not taken")

    def _pass_on(self, said: wire.Said) -> None:
        content = said.content
        if isinstance(content, Init):
            self._on_init(said.rendition, content)
        elif isinstance(content, Fragment):
            self._on_fragment(said.rendition, content)
        elif said.kind == wire.PCM and self._on_pcm is not None:
            self._on_pcm(content)
        elif said.kind == wire.TAKEN:
            self._note_taken(said.number)
        elif said.kind == wire.FAILED:
            self._reason = content.decode(errors="replace")

    def _note_taken(self, count: int) -> None:
        while self._taken < count and self._waiting:
            self._taken += 1
            self._waiting_bytes -= self._waiting.popleft()[1]

    def _fell_silent(self) -> None:
        """Its output ended, so it did, or is about to."""
        if not self._ended.done():
            self._ended.set_result(None)
        if self._over:
            return
        if self._reason:
            self._die(self._reason)
        else:
            self._dying = asyncio.ensure_future(self._die_of_its_status())

    async def _die_of_its_status(self) -> None:
        await self._reaped()
        status = self._process.returncode
        self._die(f"ended by signal {_signal(-status)}" if status < 0 else f"ended with {status}")

    async def _reaped(self) -> None:
        for _ in range(100):
            if self._process.poll() is not None:
                return
            await asyncio.sleep(0.01)
        self._process.kill()
        await asyncio.to_thread(self._process.wait)

    def _die(self, reason: str) -> None:
        tell = not self._silent
        self.kill()
        if tell:
            log.warning("the worker process of a part ended: %s", reason)
            # Never from within a call of the one who is to hear it.
            asyncio.get_running_loop().call_soon(self._on_died, reason)


class _Hand(asyncio.BaseProtocol):
    """What a process is fed by."""

    closed = False

    def connection_lost(self, problem: Exception | None) -> None:
        self.closed = True


class _Mouth(asyncio.Protocol):
    """What a process says."""

    def __init__(
        self,
        heard: Callable[[wire.Said], None],
        silent: Callable[[], None],
        garbled: Callable[[str], None],
    ) -> None:
        self._heard = heard
        self._silent = silent
        self._garbled = garbled
        self._rest = bytearray()

    def data_received(self, data: bytes) -> None:
        self._rest += data
        try:
            for said in wire.read_out(self._rest):
                self._heard(said)
        except ValueError as problem:
            # Whatever took it over does not speak to us.
            self._garbled(f"the process said {problem}")

    def connection_lost(self, problem: Exception | None) -> None:
        self._silent()


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)
