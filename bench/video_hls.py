"""Live video by HLS: what viewers cost by Daphne alone, and with nginx in front of it.

One broadcast of 445 kbit/s is written in real time; each viewer asks for the playlist once a
second and for every segment it names. nginx is that of deploy/nginx, with TLS. The second figure
is how many requests a second either answers when asked without a pause.
"""

import asyncio
import os
import random
import re
import ssl
import tempfile
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.test import override_settings

from bench.apart import new_sqlite
from bench.report import Measure
from creditor_meetings.video import addresses
from creditor_meetings.video.media import FULL, Fragment, Init
from creditor_meetings.video.store import Store
from tests.support.servers import Installation, Server
from tests.video.nginx import RunningNginx

PERCENT = int(os.environ.get("BENCH_PERCENT", "100"))
VIEWERS = max(5, 200 * PERCENT // 100)
SECONDS = 12 if PERCENT == 100 else 3
HAMMER_SECONDS = 4 if PERCENT == 100 else 1
HAMMERS = 32
FRAGMENT = b"x" * 5_560
"""A tenth of a second."""

_BROADCAST = """
import django; django.setup()
from django.utils import timezone
from tests.support import world
from creditor_meetings.video.models import Broadcast
case = world.make_case()
now = timezone.now()
print(Broadcast.objects.create(meeting=world.make_meeting(case), mime="video/webm", state="live",
    publisher=world.make_person(case, "judge"), source="camera", started_at=now, seen_at=now).pk)
"""


@dataclass
class Crowd:
    """What a crowd of viewers saw."""

    requests: int = 0
    bytes: int = 0
    segments: list[int] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


class Connection:
    """One viewer's connection, kept open."""

    def __init__(self, port: int, tls: ssl.SSLContext | None) -> None:
        self._where = (port, tls)

    async def __aenter__(self) -> "Connection":
        await self._open()
        return self

    async def _open(self) -> None:
        port, tls = self._where
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls)

    async def __aexit__(self, *error: object) -> None:
        self._writer.close()

    async def get(self, path: str) -> tuple[int, bytes]:
        """Fetch a path; returns status and body."""
        try:
            head = await self._ask(path)
        except (asyncio.IncompleteReadError, ConnectionError):
            # A server ends a kept connection after so many requests, as it may.
            self._writer.close()
            await self._open()
            head = await self._ask(path)
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        body = await self._reader.readexactly(int(length[1]) if length else 0)
        return int(head.split(None, 2)[1]), body

    async def _ask(self, path: str) -> bytes:
        self._writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        return await self._reader.readuntil(b"\r\n\r\n")


def measure() -> list[Measure]:
    """Measure the server alone and behind nginx in one run."""
    with (
        tempfile.TemporaryDirectory(prefix="hls-") as directory,
        override_settings(DATA_DIR=Path(directory) / "data"),
    ):
        place = Path(directory)
        made = Installation(
            place / "data", {"BEHIND_PROXY": "1", "SECRET_KEY": settings.SECRET_KEY}
        )
        made.data_dir.mkdir()
        (made.data_dir / "static").mkdir()
        new_sqlite(made.data_dir)
        broadcast = int(made.python("-c", _BROADCAST).stdout.split()[-1])
        base = f"{addresses.base(1, addresses.expiry())}{broadcast}/"
        over = threading.Event()
        writer = threading.Thread(target=_write, args=[Store(1, broadcast, 1), over])
        with Server(made) as server, RunningNginx(server, place / "nginx") as nginx:
            writer.start()
            try:
                time.sleep(3)
                processes = [server.processes[0].pid]  # type: ignore[union-attr]
                fronts = _family(int((place / "nginx" / "nginx.pid").read_text()))
                port = int(nginx.url.rsplit(":", 1)[1])
                return _measured(base, server.ports[0], port, nginx.tls, processes, fronts)
            finally:
                over.set()
                writer.join()


def _write(store: Store, over: threading.Event) -> None:
    store.begin(FULL, Init('video/mp4; codecs="avc1.42c01f,mp4a.40.2"', b"x" * 1_200))
    began = time.monotonic()
    number = 0
    while not over.wait(max(0.0, began + number / 10 - time.monotonic())):
        one = Fragment(FRAGMENT, number % 10 == 0, number * 100, 100)
        store.append(FULL, one, datetime.now(UTC))
        number += 1
    store.close()


def _measured(
    base: str, alone: int, front: int, tls: ssl.SSLContext, servers: list[int], fronts: list[int]
) -> list[Measure]:
    ways = {"alone": (alone, None), "nginx": (front, tls)}
    costs: dict[str, tuple[float, float, Crowd]] = {}
    rates: dict[str, float] = {}
    for name, (port, context) in ways.items():
        before = [_cpu(servers), _cpu(fronts)]
        crowd = asyncio.run(_watched(port, context, base))
        after = [_cpu(servers), _cpu(fronts)]
        share = [(b - a) / SECONDS * 100 for a, b in zip(before, after, strict=True)]
        costs[name] = (share[0], share[1], crowd)
    for name, (port, context) in ways.items():
        rates[name] = asyncio.run(_hammered(port, context, base))
    daphne, nginx = (max(sum(costs[name][:2]), 0.1) for name in ("alone", "nginx"))
    notes = [_said(name, *costs[name]) for name in ways]
    return [
        Measure(
            f"HLS to {VIEWERS} viewers, CPU of a core",
            "%",
            nginx,
            daphne,
            "Daphne alone",
            False,
            "; ".join(notes),
        ),
        Measure(
            "HLS segments, asked for without a pause",
            "1/s",
            rates["nginx"],
            rates["alone"],
            "Daphne alone",
            True,
        ),
    ]


def _said(name: str, daphne: float, nginx: float, crowd: Crowd) -> str:
    return (
        f"{name}: Daphne {daphne:.1f} %, nginx {nginx:.1f} %, {crowd.requests:,} requests, "
        f"{crowd.bytes * 8 / VIEWERS / SECONDS / 1000:,.0f} kbit/s a viewer, "
        f"at least {min(crowd.segments)} segments each, {len(crowd.wrong)} wrong"
    )


async def _watched(port: int, tls: ssl.SSLContext | None, base: str) -> Crowd:
    crowd = Crowd()
    await asyncio.gather(*[_view(port, tls, base, crowd) for _ in range(VIEWERS)])
    return crowd


async def _view(port: int, tls: ssl.SSLContext | None, base: str, crowd: Crowd) -> None:
    await asyncio.sleep(random.random())
    seen = ""
    count = 0
    async with Connection(port, tls) as connection:
        until = time.monotonic() + SECONDS - 1
        while (now := time.monotonic()) < until:
            for name in await _news(connection, base, seen, crowd):
                await _get(connection, base + name, crowd)
                seen, count = name, count + 1
            await asyncio.sleep(max(0.0, now + 1 - time.monotonic()))
    crowd.segments.append(count)


async def _news(connection: Connection, base: str, seen: str, crowd: Crowd) -> list[str]:
    text = await _get(connection, base + "full.m3u8", crowd)
    names = [line for line in text.decode().splitlines() if line.endswith(".m4s")]
    return names[names.index(seen) + 1 :] if seen in names else names[-1:]


async def _get(connection: Connection, path: str, crowd: Crowd) -> bytes:
    status, body = await connection.get(path)
    crowd.requests += 1
    crowd.bytes += len(body)
    if status != 200:
        crowd.wrong.append(f"{status} {path}")
    return body


async def _hammered(port: int, tls: ssl.SSLContext | None, base: str) -> float:
    """Return how many segments a second come to those who ask without a pause."""
    async with Connection(port, tls) as one:
        _, text = await one.get(base + "full.m3u8")
    name = [line for line in text.decode().splitlines() if line.endswith(".m4s")][-1]
    until = time.monotonic() + HAMMER_SECONDS

    async def ask() -> int:
        count = 0
        async with Connection(port, tls) as connection:
            while time.monotonic() < until:
                status, _ = await connection.get(base + name)
                assert status == 200
                count += 1
        return count

    return sum(await asyncio.gather(*[ask() for _ in range(HAMMERS)])) / HAMMER_SECONDS


def _family(process: int) -> list[int]:
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [process, *map(int, children)]


def _cpu(processes: list[int]) -> float:
    """Return the seconds of CPU that processes spent so far."""
    total = 0.0
    for one in processes:
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(") ")[2].split()
        total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total
