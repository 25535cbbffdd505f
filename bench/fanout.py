"""One event to many sockets: what it costs the server, and when the last one has it.

References in the same run, with the same crowd of clients: a bare loop of `send` (the floor), and
a stock Channels consumer with `group_send`. What the command itself costs, which makes the event,
is measured with one socket and taken off; servers send no pings meanwhile.
"""

import asyncio
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.crowd import Crowd, sessions
from bench.hall import Hall, make, sized
from bench.report import Measure
from tests.support.databases import free_port

ROOT = Path(__file__).resolve().parents[1]
MANY, SOME = sized(10_000), sized(1_000)
PEOPLE = sized(200)
"""So many people share the sockets: what is measured is not who they are."""
EVENTS = 20
WAIT = 120
_PAGE = os.sysconf("SC_PAGE_SIZE") / 1024


@dataclass(frozen=True)
class Say:
    """How an event, by number, is made, and by which words each socket knows it."""

    make: Callable[[Crowd, int], object]
    words: Callable[[int], str]


@dataclass(frozen=True)
class Told:
    """What a server took for its events, by number of sockets."""

    cpu: float
    """Milliseconds of the server's CPU for 1,000 deliveries."""
    last: float
    """Milliseconds from the word to the last socket, in the middle of all events."""
    memory: float
    """KB of the server's memory a socket."""


def measure() -> list[Measure]:
    """Measure all servers with the same clients."""
    _allow_files(MANY + 1_000)
    # A hall each: an item that is called up already would be told to nobody.
    ours_many, ours_some = _ours(make(PEOPLE), MANY), _ours(make(PEOPLE), SOME)
    bare_many, bare_some = _bare(MANY), _bare(SOME)
    stock = _stock(SOME)
    bare = "a bare loop of send"
    many, some = f"{MANY} sockets, {EVENTS} events", f"{SOME} sockets, {EVENTS} events"
    cpu, last = "CPU of the server, 1,000 deliveries", "an event's way to the last socket"
    return [
        Measure(f"{cpu}, many", "ms", ours_many.cpu, bare_many.cpu, bare, False, many),
        Measure(f"{last}, many", "ms", ours_many.last, bare_many.last, bare, False, many),
        Measure(f"{cpu}, some", "ms", ours_some.cpu, bare_some.cpu, bare, False, some),
        Measure(f"{last}, some", "ms", ours_some.last, bare_some.last, bare, False, some),
        Measure(f"{cpu}, stock", "ms", ours_some.cpu, stock.cpu, "a stock consumer", False, some),
        Measure("memory of the server a socket", "KB", ours_many.memory, stock.memory,
                "a stock consumer", False, f"{MANY} sockets, the stock consumer with {SOME}"),
    ]  # fmt: skip


def _ours(hall: Hall, number: int) -> Told:
    judge, *others = sessions([hall.judge, *(person for person, _creditor in hall.voters)])
    keys = [judge, *(others[n % len(others)] for n in range(number - 1))]
    items = list(hall.meeting.items.values_list("pk", flat=True))

    def turn(crowd: Crowd, event: int) -> None:
        item = items[event % len(items)]
        command = {"id": f"{number}-{event}", "type": "set_agenda_item", "data": {"item": item}}
        crowd.say(0, json.dumps(command))

    say = Say(turn, lambda event: f'"meeting/current_item":{items[event % len(items)]}')

    with _daphne("creditor_meetings.config.asgi:application") as (pid, port):
        return _told(pid, port, f"/ws/meetings/{hall.meeting.slug}/", keys, say)


def _bare(number: int) -> Told:
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "bench.bare_sender", str(port)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
    )  # fmt: skip

    def order(_crowd: Crowd, event: int) -> None:
        assert server.stdin is not None
        # As long as ours.
        told = {"type": "agenda_item_changed", "seq": event, "at": "2026-11-29T20:18:29.123Z",
                "data": {"set": {"meeting/current_item": event},
                         "notice": {"kind": "agenda", "title": "议程" * 6}}}  # fmt: skip
        line = json.dumps(told, ensure_ascii=False, separators=(",", ":")) + "\n"
        server.stdin.write(line.encode())
        server.stdin.flush()

    say = Say(order, lambda event: f'"seq":{event},')
    try:
        asyncio.run(_listening(port))
        return _told(server.pid, port, "/", [""] * number, say, ready="hello")
    finally:
        server.kill()
        server.wait()
        if server.stdin is not None:
            server.stdin.close()


def _stock(number: int) -> Told:
    def ask(crowd: Crowd, event: int) -> None:
        crowd.say(0, json.dumps({"event": event, "text": "议程" * 20}))

    say = Say(ask, lambda event: f'"event": {event},')

    with _daphne("bench.stock_consumer:application") as (pid, port):
        return _told(pid, port, "/", [""] * number, say)


def _told(
    pid: int, port: int, path: str, keys: list[str], say: Say, ready: str = '"snapshot"'
) -> Told:
    """Tell events one after the other, to one socket and to all of them."""
    with Crowd() as crowd:
        crowd.connect([port], path, keys[:1], ready=ready)
        _quiet(crowd)
        alone, _last = _tell(pid, crowd, say, range(EVENTS))
        before = _memory(pid)
        crowd.connect([port], path, keys[1:], ready=ready, at_once=100)
        _quiet(crowd)
        memory = (_memory(pid) - before) / max(1, len(keys) - 1)
        together, last = _tell(pid, crowd, say, range(EVENTS, 2 * EVENTS))
    deliveries = EVENTS * (len(keys) - 1) / 1_000
    return Told(max(together - alone, 0.001) * 1_000 / deliveries, last * 1_000, max(memory, 0.1))


def _tell(pid: int, crowd: Crowd, say: Say, events: range) -> tuple[float, float]:
    """Return the server's CPU and the median time to the last socket, in seconds."""
    lasts = []
    before = _cpu_seconds(pid)
    for event in events:
        crowd.watch(told=say.words(event))
        began = time.perf_counter()
        say.make(crowd, event)
        times = [one for one in crowd.wait("told", seconds=WAIT) if one is not None]
        missing = crowd.counts()["open"] - len(times)
        if missing:
            raise AssertionError(f"{missing} sockets were not told {say.words(event)}")
        lasts.append(max(times) - began)
    return _cpu_seconds(pid) - before, median(lasts)


def _quiet(crowd: Crowd) -> None:
    """Wait until nothing more comes by itself: who came was told to all."""
    crowd.watch(anything="")
    crowd.wait("anything", seconds=60, among=10**9, quiet=2.5)


@contextmanager
def _daphne(application: str) -> Iterator[tuple[int, int]]:
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "daphne", "-v", "0", "-b", "127.0.0.1", "-p", str(port),
         "--ping-interval", "3600", application],
        cwd=ROOT, env=dict(os.environ), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        asyncio.run(_listening(port))
        yield server.pid, port
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _allow_files(number: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < number:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(number, hard), hard))


def _cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process by the scheduler, which counts in nanoseconds."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(one.read_text().split()[0]) for one in tasks) / 1e9


def _memory(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE


def _session(person_id: int) -> str:
    from creditor_meetings.cases.models import Person

    return sessions([Person.objects.get(pk=person_id)])[0]


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
