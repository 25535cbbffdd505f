"""A meeting of half an hour and more: does the memory of server and worker stay flat?

Not one of those that `make bench` runs by itself: `make bench ARGS=soak`, SOAK_MINUTES=30.
The reference is the same server's memory after the first tenth of the time.
"""

import asyncio
import json
import os
import time
from pathlib import Path

from bench.client import Client
from bench.fanout import _listening, _session
from bench.hall import make
from bench.report import Measure
from bench.video import _daphne, _send, _server
from bench.video_source import SLICE_SECONDS, endless
from bench.video_viewers import Viewer, in_order

MINUTES = float(os.environ.get("SOAK_MINUTES", "30"))
VIEWERS = 20
LOOK_SECONDS = 5.0
_PAGE = os.sysconf("SC_PAGE_SIZE") / 1024 / 1024


def measure() -> list[Measure]:
    """Stream for a long time; compare the memory at the end with that near the beginning."""
    hall = make(10)
    session = _session(hall.judge.pk)
    return asyncio.run(_soak(hall.meeting.slug, session))


async def _soak(slug: str, session: str) -> list[Measure]:
    with _server(_daphne("creditor_meetings.config.asgi:application")) as (pid, port):
        await _listening(port)
        path = f"/ws/meetings/{slug}/video/"
        publisher = await Client.connect(port, path + "publish/", session)
        await publisher.until(b'"ready"')
        start = {"type": "start", "source": "camera", "resume": None, "video": True,
                 "mime": "video/x-matroska;codecs=avc1,opus"}  # fmt: skip
        publisher.send(json.dumps(start))
        await publisher.until(b'"started"')
        tasks = [asyncio.ensure_future(publisher.until(b'"never"'))]
        viewers = []
        for _ in range(VIEWERS):
            viewers.append(Viewer(await Client.connect(port, path + "watch/", session), bare=False))
            tasks.append(asyncio.ensure_future(viewers[-1].watch()))
        memory = await _watched(pid, publisher)
        ordered = in_order(viewers)
        for task in tasks:
            task.cancel()
    early = memory[len(memory) // 10]
    note = (
        f"{MINUTES:g} minutes, {VIEWERS} viewers, every one in order without loss: "
        f"{'yes' if ordered else 'NO'}; worker {memory[-1][1]:.0f} MB"
    )
    return [
        Measure("memory of the server at the end", "MB", memory[-1][0], early[0],
                "after a tenth of the time", False, note),
        Measure("memory of the worker at the end", "MB", memory[-1][1], early[1],
                "after a tenth of the time", False),
    ]  # fmt: skip


async def _watched(pid: int, publisher: Client) -> list[tuple[float, float]]:
    """Stream to the end; return the memory (MB) of server and workers, looked at now and then."""
    memory: list[tuple[float, float]] = []
    began = looked = time.monotonic()
    for number, one in enumerate(endless()):
        due = began + number * SLICE_SECONDS
        await asyncio.sleep(max(0, due - time.monotonic()))
        if one:
            _send(publisher, one)
        if time.monotonic() - looked > LOOK_SECONDS:
            looked = time.monotonic()
            memory.append((_resident(pid), sum(map(_resident, _children(pid)))))
        if due - began > MINUTES * 60:
            return memory
    raise AssertionError("the source is endless")


def _children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _resident(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
