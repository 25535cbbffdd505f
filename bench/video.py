"""Live video from one publisher to many viewers: the server's CPU beside bare relays.

Each run streams the same recording in real time (640x360, about 450 kbit/s, slices of 0.1 s).
The references pass the same slices on: a bare asyncio relay, and a bare relay that stands on the
same server (Daphne) as ours. Ours records, hashes, demuxes and cuts besides; that work is done
once a stream, and what its worker process spends is told apart.
"""

import asyncio
import json
import os
import resource
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.client import Client
from bench.fanout import ROOT, _cpu_seconds, _listening, _session
from bench.hall import make
from bench.report import Measure
from bench.video_source import SLICE_SECONDS, endless
from tests.support.databases import free_port

PERCENT = int(os.environ.get("BENCH_PERCENT", "100"))
SECONDS = 10 if PERCENT == 100 else 2
CROWDS = (1, 50, 200, 1000) if PERCENT == 100 else (1, max(2, 50 * PERCENT // 100))


def measure() -> list[Measure]:
    """Measure all three servers with crowds of viewers."""
    # A thousand sockets need more open files than a shell gives.
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    hall = make(10)
    session = _session(hall.judge.pk)
    found = []
    for crowd in CROWDS:
        ours = asyncio.run(_ours(hall.meeting.slug, session, crowd))
        asgi = asyncio.run(_bare(_daphne("bench.video_relays:app"), crowd))
        bare = asyncio.run(_bare(_asyncio_relay(), crowd))
        note = (
            f"every viewer in order without loss: {_yes(ours)}; worker {ours['worker']:.1f} % "
            f"of a core; {ours['bits'] / 1000:,.0f} kbit/s a viewer"
        )
        name = f"video to {crowd:,} viewers, CPU of a core"
        found += [
            Measure(name, "%", ours["cpu"], asgi["cpu"], "a bare relay on Daphne", False, note),
            Measure(name, "%", ours["cpu"], bare["cpu"], "a bare asyncio relay", False),
        ]
    return found


def _yes(run: dict[str, Any]) -> str:
    return "yes" if run["in_order"] and run["least"] > 0 else "NO"


@contextmanager
def _server(arguments: list[str]) -> Any:
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", *(one.replace("PORT", str(port)) for one in arguments)],
        cwd=ROOT, env=dict(os.environ), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield server.pid, port
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _daphne(app: str) -> list[str]:
    return ["daphne", "-v", "0", "-b", "127.0.0.1", "-p", "PORT", app]


def _asyncio_relay() -> list[str]:
    return ["bench.video_relays", "PORT"]


async def _ours(slug: str, session: str, crowd: int) -> dict[str, Any]:
    with _server(_daphne("creditor_meetings.config.asgi:application")) as (pid, port):
        await _listening(port)
        path = f"/ws/meetings/{slug}/video/"
        publisher = await Client.connect(port, path + "publish/", session)
        await publisher.until(b'"ready"')
        start = {
            "type": "start", "source": "camera", "mime": "video/x-matroska;codecs=avc1,opus",
            "resume": None, "video": True,
        }  # fmt: skip
        publisher.send(json.dumps(start))
        await publisher.until(b'"started"')
        reading = asyncio.ensure_future(publisher.until(b'"never"'))

        run = await _run(pid, port, path + "watch/", session, crowd, publisher)
        reading.cancel()
        publisher.send('{"type":"stop"}')
        return run


async def _bare(arguments: list[str], crowd: int) -> dict[str, Any]:
    with _server(arguments) as (pid, port):
        await _listening(port)
        publisher = await Client.connect(port, "/publish")
        return await _run(pid, port, "/watch", "", crowd, publisher)


async def _run(
    pid: int, port: int, path: str, session: str, crowd: int, publisher: Client,
) -> dict[str, Any]:  # fmt: skip
    viewers = subprocess.Popen(
        [sys.executable, "-m", "bench.video_viewers", str(port), path, session, str(crowd)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    loop = asyncio.get_running_loop()

    async def said(word: str) -> str:
        assert viewers.stdout is not None
        line = await loop.run_in_executor(None, viewers.stdout.readline)
        if word not in line:
            raise RuntimeError(f"the viewers said {line!r} instead of {word!r}")
        return line

    try:
        await said("connected")
        # It goes on until everybody has it, however slowly the machine begins.
        streaming = asyncio.ensure_future(_stream(publisher))
        await said("ready")
        await asyncio.sleep(1)
        before, worker, began = _cpu_seconds(pid), _children(pid), time.monotonic()
        _tell(viewers, "count")
        await asyncio.sleep(SECONDS)
        lasted = time.monotonic() - began
        spent, worked = _cpu_seconds(pid) - before, _children(pid) - worker
        _tell(viewers, "stop")
        found = json.loads(await said("{"))
        streaming.cancel()
        return {
            **found,
            "cpu": max(spent, 0.01) / lasted * 100,
            "worker": worked / lasted * 100,
            "bits": found["least"] * 8 / lasted,
        }
    finally:
        viewers.kill()
        viewers.wait()


def _tell(viewers: Any, word: str) -> None:
    viewers.stdin.write(word + "\n")
    viewers.stdin.flush()


async def _stream(publisher: Client) -> None:
    began = time.monotonic()
    for number, one in enumerate(endless()):
        await asyncio.sleep(max(0, began + number * SLICE_SECONDS - time.monotonic()))
        if one:
            _send(publisher, one)


def _send(publisher: Client, data: bytes) -> None:
    size = (
        bytes([128 | len(data)]) if len(data) < 126
        else b"\xfe" + len(data).to_bytes(2) if len(data) < 65536
        else b"\xff" + len(data).to_bytes(8)
    )  # fmt: skip
    publisher.writer.write(b"\x82" + size + bytes(4) + data)


def _children(pid: int) -> float:
    """CPU seconds of the processes that the server started."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return sum(_cpu_seconds(int(one)) for one in found)
