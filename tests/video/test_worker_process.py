"""The worker as a process: what the server sees of it, whatever it is fed."""

import asyncio
import os
import random
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from creditor_meetings.video import workers
from creditor_meetings.video.media import MATROSKA, RTP, Fragment
from creditor_meetings.video.workers import Worker
from tests.video import streams
from tests.video.worker_runs import Made, made_of

ROOT = Path(workers.__file__).resolve().parents[2]


class Fed(Made):
    """What came from a process, and the reason for which it ended."""

    def __init__(self) -> None:
        super().__init__()
        self.died: asyncio.Queue[str] = asyncio.Queue()
        self._grown = asyncio.Event()

    def on_fragment(self, rendition: str, fragment: Fragment) -> None:
        """Take a fragment."""
        super().on_fragment(rendition, fragment)
        self._grown.set()

    async def has(self, rendition: str, count: int) -> None:
        """Wait until so many fragments came."""
        async with asyncio.timeout(60):
            while len(self.fragments[rendition]) < count:
                self._grown.clear()
                await self._grown.wait()

    async def reason(self) -> str:
        """Wait until it ended by itself."""
        return await asyncio.wait_for(self.died.get(), 60)


@pytest.fixture(scope="module", autouse=True)
def _no_spare() -> Iterator[None]:
    yield
    workers.dismiss()


Start = Callable[..., Awaitable[tuple[Worker, Fed]]]


@pytest.fixture
async def start(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Start]:
    """Start workers that end with the test."""
    # Only where that is the point may a busy machine end one.
    monkeypatch.setattr(workers, "START_SECONDS", 60)
    monkeypatch.setattr(workers, "SLOW_SECONDS", 60)
    started: list[Worker] = []

    async def begin(kind: str = MATROSKA, pcm: bool = False) -> tuple[Worker, Fed]:
        fed = Fed()
        worker = await Worker.start(
            kind,
            on_init=fed.on_init,
            on_fragment=fed.on_fragment,
            on_died=fed.died.put_nowait,
            on_pcm=fed.on_pcm if pcm else None,
        )
        started.append(worker)
        return worker, fed

    yield begin
    for worker in started:
        worker.kill()
        await worker.finish()


async def test_what_was_fed_comes_out_before_the_end(start: Start) -> None:
    recording = streams.from_browser("screen.mkv")
    worker, fed = await start(pcm=True)
    for one in streams.slices(recording):
        worker.feed(one)
    await worker.finish(60)

    assert _gone(worker.pid)
    assert sum(map(streams.pictures, fed.files("full"))) == 49
    assert fed.files("audio") == made_of(recording).files("audio")
    assert len(fed.pcm) / 32_000 == pytest.approx(4.5, abs=0.1)
    assert fed.died.empty()


async def test_pictures_come_while_they_are_taken(start: Start) -> None:
    recording = streams.recorded_h264()
    worker, fed = await start()
    half = len(recording) // 2
    worker.feed(recording[:half])
    await fed.has("full", 5)

    worker.feed(recording[half:])
    await worker.finish(60)
    assert streams.pictures(fed.file("full")) == 4 * streams.FPS


def _flipped() -> bytes:
    data = bytearray(streams.recorded())
    chance = random.Random(3)
    for _ in range(20_000):
        data[chance.randrange(len(data))] ^= 0xFF
    return bytes(data)


BAD = {
    "text": (lambda: b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n" * 400, "not Matroska or WebM"),
    "zeros": (lambda: bytes(100_000), "not Matroska or WebM"),
    "noise": (lambda: random.Random(1).randbytes(200_000), "not Matroska or WebM"),
    "flipped": (_flipped, "Matroska|cannot be|without|breaks off|jumps"),
    "codec": (
        lambda: streams.recorded().replace(b"V_VP8", b"V_XYZ"),
        "the video codec 'unknown' cannot be passed on",
    ),
    "promise": (
        # A block of two gigabytes, of which nothing is a picture.
        lambda: (
            streams.recorded()[:4_000]
            + bytes.fromhex("1F43B67501FFFFFFFFFFFFFF A3 08 7FFFFFF0".replace(" ", ""))
            + bytes(7 * 1024 * 1024)
        ),
        "without a picture or a sound|Matroska|breaks off",
    ),
}


@pytest.mark.parametrize("kind", BAD)
async def test_bad_media_end_the_process_with_a_reason(start: Start, kind: str) -> None:
    make, expected = BAD[kind]
    worker, fed = await start()
    for one in streams.slices(make(), 1_000_000):
        worker.feed(one)
        await asyncio.sleep(0)
    if kind == "flipped":
        worker._writer.close()

    reason = await fed.reason()
    assert re.search(expected, reason), reason
    await worker.finish()
    assert _gone(worker.pid)
    worker.feed(b"what comes too late is dropped")


async def test_a_recording_that_is_cut_off_gives_what_it_has(start: Start) -> None:
    recording = streams.recorded_h264()
    worker, fed = await start()
    worker.feed(recording[: len(recording) * 2 // 3])
    await worker.finish(60)

    assert streams.pictures(fed.file("full")) > 2 * streams.FPS
    assert fed.died.empty()


async def test_nothing_at_all_is_no_fault(start: Start) -> None:
    worker, fed = await start()
    await worker.finish()

    assert _gone(worker.pid)
    assert not fed.heads
    assert fed.died.empty()


async def test_rtp_without_its_tracks_is_bad_media(start: Start) -> None:
    worker, fed = await start(RTP)
    worker.feed(b"\x80" + bytes(40), 1)

    assert "tracks" in await fed.reason()


async def test_a_process_that_is_killed_is_told_of(start: Start) -> None:
    worker, fed = await start()
    other, beside = await start()
    worker.feed(streams.recorded_h264()[:20_000])
    os.kill(worker.pid, signal.SIGKILL)

    assert await fed.reason() == "ended by signal SIGKILL"
    assert _gone(worker.pid)
    other.feed(streams.recorded_h264())
    await other.finish(60)
    assert streams.pictures(beside.file("full")) == 4 * streams.FPS


@pytest.mark.parametrize("limit", ["MAX_WAITING", "SLOW_SECONDS"])
async def test_a_process_that_does_not_keep_up_is_given_up(
    start: Start, limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker, fed = await start()
    os.kill(worker.pid, signal.SIGSTOP)
    monkeypatch.setattr(workers, limit, {"MAX_WAITING": 1_000_000, "SLOW_SECONDS": 0.2}[limit])
    monkeypatch.setattr(workers, "START_SECONDS", 0.2 if limit == "SLOW_SECONDS" else 60)
    while fed.died.empty():
        worker.feed(bytes(100_000 if limit == "MAX_WAITING" else 10))
        await asyncio.sleep(0.01)

    assert await fed.reason() == workers.SLOW
    await worker.finish()
    assert _gone(worker.pid)


async def test_the_process_may_do_little(start: Start) -> None:
    worker, fed = await start()
    worker.feed(streams.recorded_large())
    await fed.has("low", 5)
    lines = Path(f"/proc/{worker.pid}/limits").read_text().splitlines()
    limits = {line[:26].strip(): line[26:].split()[1] for line in lines[1:]}
    status = dict(
        line.split(":\t") for line in Path(f"/proc/{worker.pid}/status").read_text().splitlines()
    )
    environment = Path(f"/proc/{worker.pid}/environ").read_text()

    # Not even a thread: root could start one all the same, for anybody else scaling would fail.
    assert limits["Max processes"] == "0"
    assert status["Threads"] == "1"
    assert status["NoNewPrivs"] == "1"
    assert limits["Max open files"] == "3"
    assert int(limits["Max address space"]) <= 2 * 1024**3
    assert limits["Max core file size"] == "0"
    assert "SECRET" not in environment


async def test_the_process_dies_with_the_server() -> None:
    script = (
        "import asyncio, time\n"
        "from creditor_meetings.video.workers import Worker\n"
        "async def main():\n"
        "    nothing = lambda *_: None\n"
        "    worker = await Worker.start('matroska', on_init=nothing, on_fragment=nothing,"
        " on_died=nothing)\n"
        "    print(worker.pid, flush=True)\n"
        "    time.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    server = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE)
    assert server.stdout is not None
    with server.stdout:
        pid = int(await asyncio.to_thread(server.stdout.readline))
    os.kill(server.pid, signal.SIGKILL)
    server.wait()

    for _ in range(6_000):
        if _gone(pid):
            return
        await asyncio.sleep(0.01)
    pytest.fail(f"process {pid} outlives its server")


async def test_a_spare_makes_the_next_start_quick(start: Start) -> None:
    await start()
    spare = workers._spare
    assert spare is not None
    worker, _ = await start()

    assert worker.pid == spare.pid
    assert workers._spare is not None
    assert workers._spare.pid != spare.pid


def _gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"
