"""One event to many sockets: the server's CPU time a delivery, beside a bare sender's.

The reference is an asyncio server that only writes the same bytes to every open connection.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from bench.client import Client
from bench.hall import make, sized
from bench.report import Measure
from tests.support.databases import free_port

ROOT = Path(__file__).resolve().parents[1]
SOCKETS = sized(500)
EVENTS = 20
_TICK = os.sysconf("SC_CLK_TCK")


def measure() -> list[Measure]:
    """Measure both servers with the same clients."""
    hall = make(10)
    items = list(hall.meeting.items.values_list("pk", flat=True))
    session = _session(hall.judge.pk)
    ours = asyncio.run(_measure_ours(hall.meeting.slug, session, items))
    bare = asyncio.run(_measure_bare())
    note = f"{SOCKETS} sockets, {EVENTS} events"
    return [
        Measure("CPU of the server, 1,000 deliveries", "ms", ours[0], bare[0],
                "a bare asyncio sender", False, note),
        Measure("an event's way to the last socket", "ms", ours[1], bare[1],
                "a bare asyncio sender", False, note),
    ]  # fmt: skip


def _session(person_id: int) -> str:
    from importlib import import_module

    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from creditor_meetings.cases.models import Person

    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(person_id)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = Person.objects.get(pk=person_id).get_session_auth_hash()
    session.create()
    return str(session.session_key)


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


async def _measure_ours(slug: str, session: str, items: list[int]) -> tuple[float, float]:
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "daphne", "-v", "0", "-b", "127.0.0.1", "-p", str(port),
         "creditor_meetings.config.asgi:application"],
        cwd=ROOT, env=dict(os.environ), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await _listening(port)
        path = f"/ws/meetings/{slug}/"
        clients = await _connected(lambda: Client.connect(port, path, session))
        await asyncio.gather(*(one.until(b'"snapshot"') for one in clients))

        async def tell(number: int) -> bytes:
            item = items[number % len(items)]
            command = {"id": f"turn-{number}", "type": "set_agenda_item", "data": {"item": item}}
            clients[0].send(json.dumps(command))
            return b'"meeting/current_item":%d' % item

        return await _told(server.pid, clients, tell)
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


async def _measure_bare() -> tuple[float, float]:
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "bench.bare_sender", str(port)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await _listening(port)
        clients = await _connected(lambda: Client.connect(port, "/"))
        await asyncio.gather(*(one.until(b"hello") for one in clients))

        async def tell(number: int) -> bytes:
            assert server.stdin is not None
            server.stdin.write(b"%d\n" % number)
            server.stdin.flush()
            return b'"number":%d,' % number

        return await _told(server.pid, clients, tell)
    finally:
        server.kill()
        server.wait()
        if server.stdin is not None:
            server.stdin.close()


async def _listening(port: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            _reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return


async def _connected(connect: Callable[[], Awaitable[Client]]) -> list[Client]:
    clients: list[Client] = []
    while len(clients) < SOCKETS:
        some = min(25, SOCKETS - len(clients))
        clients += await asyncio.gather(*(connect() for _ in range(some)))
    return clients


async def _told(
    pid: int, clients: list[Client], tell: Callable[[int], Awaitable[bytes]]
) -> tuple[float, float]:
    """Tell events one after the other; return CPU ms a 1,000 deliveries, ms to the last socket."""
    last: list[float] = []
    before = _cpu_seconds(pid)
    for number in range(1, EVENTS + 1):
        began = time.perf_counter()
        words = await tell(number)
        arrived = await asyncio.gather(*(one.until(words) for one in clients))
        last.append(max(arrived) - began)
    # The kernel counts in ticks: what took less than one took up to one.
    spent = max(_cpu_seconds(pid) - before, 1 / _TICK)
    for one in clients:
        one.writer.close()
    return spent * 1000 / (EVENTS * len(clients) / 1000), sorted(last)[len(last) // 2] * 1000
