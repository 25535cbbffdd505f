"""How the load grows: rooms joined, an event to all, ballots, opening, closing, claims.

Each is measured at 100, 1,000 and 10,000 creditors (the register at 50,000 too, the claims at
20,000), and a line is laid through the figures on double logarithmic paper: its slope is the
exponent of growth, 1 where twice the hall takes twice the time. The claim is that nothing grows
by more than `MOST`; a benchmark above it fails. `--docs` after `python -m bench growth` draws
the curves and writes the table into docs/performance.md.
"""

import gc
import itertools
import json
import math
import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bench.hall import Hall, make, sized
from bench.report import Measure

MOST = 1.15
"""The exponent above which growth is not called linear."""
LEAST_SECONDS = 0.02
"""What takes less is lost in the noise of the machine: no line is laid through it."""
HALLS = (100, 1_000, 10_000)
REGISTER = (*HALLS, 50_000)
CLAIMS = (100, 1_000, 10_000, 20_000)
AT_ONCE = 200
"""How many come into the room at the same time."""
IN_LINE = 5_000
"""How many ballots wait at the same time, where no sockets bring them."""


@dataclass
class Curve:
    """What was measured at each size: seconds for the whole, and what it is of."""

    name: str
    title: str
    per: str
    points: list[tuple[int, float]] = field(default_factory=list)

    @property
    def exponent(self) -> float:
        """The slope of the straight line through the logarithms (least squares)."""
        pairs = [(math.log(n), math.log(t)) for n, t in self.points if t >= LEAST_SECONDS]
        if len(pairs) < 2:
            pairs = [(math.log(n), math.log(max(t, 1e-6))) for n, t in self.points]
        middle_x = statistics.fmean(x for x, _y in pairs)
        middle_y = statistics.fmean(y for _x, y in pairs)
        below = sum((x - middle_x) ** 2 for x, _y in pairs)
        if not below:
            return 0.0
        return sum((x - middle_x) * (y - middle_y) for x, y in pairs) / below

    @property
    def tail(self) -> float:
        """The slope between the two largest sizes, where constants hide least."""
        if len(self.points) < 2:
            return 0.0
        (few, less), (many, more) = self.points[-2:]
        return math.log(more / less) / math.log(many / few)

    def each(self, size: int) -> float:
        """Milliseconds for one of them at a size."""
        return dict(self.points)[size] * 1000 / size


CURVES = {
    "join": ("rooms joined, 200 at a time", "a room"),
    "event": ("an event to everybody in the room", "a socket"),
    "ballots": ("ballots cast at once, to the last durable reply", "a ballot"),
    "tally": ("from the first ballot to the right tally everywhere", "a ballot"),
    "open": ("a poll opened, its register frozen", "a creditor registered"),
    "record": ("ballots through the ballot box, without sockets", "a ballot"),
    "close": ("a poll closed and counted", "a ballot"),
    "snapshot": ("the room's state for one person", "a creditor"),
    "grid": ("a page of the claims table", "a claim"),
}


def measure() -> list[Measure]:
    """Measure all curves; fail where one grows worse than the claim."""
    curves = measured()
    if os.environ.get("BENCH_DOCS") and whole():
        from bench import growth_docs

        growth_docs.write(curves)
    # Small ones say nothing about growth: what is constant hides it, and noise makes it up.
    steep = [one for one in curves if one.exponent > MOST]
    if steep and whole():
        told = ", ".join(f"{one.name} {one.exponent:.2f}: {one.points}" for one in steep)
        raise AssertionError(f"grows worse than linear: {told}")
    return [
        Measure(f"growth of {one.name}", "exponent", max(one.exponent, 0.001), 1.0, "linear", False,
                "; ".join(f"{n:,}: {t:.3f} s" for n, t in one.points))
        for one in curves
    ]  # fmt: skip


def sizes(full: Sequence[int]) -> list[int]:
    """Return the sizes as BENCH_PERCENT asks for them, each once; a quick look leaves some out."""
    if not whole():
        return sorted({sized(one) for one in full if one in (1_000, 10_000)})
    return sorted(full)


def whole() -> bool:
    """Whether nothing was made smaller for a quick look."""
    return os.environ.get("BENCH_PERCENT", "100") == "100"


def measured() -> list[Curve]:
    """Measure everything; the sizes from the small to the large."""
    curves = {name: Curve(name, *words) for name, words in CURVES.items()}
    for size in sizes(REGISTER):
        poll(size, curves)
    for size in sizes(CLAIMS):
        curves["grid"].points.append((size, grid(size)))
    for size in sizes(HALLS)[: None if whole() else 1]:
        room(size, curves)
    return list(curves.values())


@contextmanager
def timed(curve: Curve, size: int) -> Iterator[None]:
    """Note how long the block took, with the rubbish of earlier ones out of the way."""
    gc.collect()
    began = time.perf_counter()
    yield
    curve.points.append((size, time.perf_counter() - began))


def poll(size: int, curves: dict[str, Curve]) -> None:
    """Open a poll, let everybody vote without sockets, close it, look at the room."""
    from tests.support import world

    hall = make(size)
    draft = world.make_resolution(hall.meeting)
    with timed(curves["open"], size):
        opened = world.open_poll(draft, hall.judge)
    with timed(curves["record"], size):
        _record(hall, opened.pk)
    with timed(curves["close"], size):
        world.close_poll(opened, hall.judge)
    person, _creditor = hall.voters[size // 2]
    curves["snapshot"].points.append(
        (size, _median(lambda: world.take_snapshot(person, hall.meeting)))
    )


def _record(hall: Hall, resolution: int) -> None:
    from voting import ballot_box

    box = ballot_box.BallotBox()
    said = {"resolution": resolution, "choice": "for"}
    casts = []
    for number in range(len(hall.voters)):
        casts.append(ballot_box.read(hall.context(number, f"growth-{number}"), said))
        # As it waits for thousands, not as one who puts 50,000 in faster than anybody votes.
        if len(casts) > IN_LINE:
            casts[-IN_LINE].answer.result(300)
        box.put(casts[-1])
    for one in casts:
        one.answer.result(300)


def grid(size: int) -> float:
    """Ask for a page of a claims table, as the room's panel does; the median of some."""
    from bench import claims_grid

    client, address = claims_grid._client(size)

    def ask() -> None:
        answer = client.get(address)
        if answer.status_code != 200:
            raise AssertionError(f"the grid answered {answer.status_code}")

    return _median(ask)


def _median(work: Callable[[], object], times: int = 5) -> float:
    work()
    took = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return statistics.median(took)


def room(size: int, curves: dict[str, Curve]) -> None:
    """Fill a room, tell it something, let everybody in it vote at once."""
    from bench.crowd import Crowd, sessions
    from bench.servers import serving

    hall = make(size)
    opened = hall.open_poll()
    keys = sessions([*(person for person, _creditor in hall.voters), hall.judge])
    items = itertools.cycle(hall.meeting.items.values_list("pk", flat=True))
    with serving() as server, Crowd() as crowd:
        joined = crowd.connect(
            server.ports, f"/ws/meetings/{hall.meeting.slug}/", keys, at_once=AT_ONCE
        )
        curves["join"].points.append((size, joined.seconds))
        next(items)
        told = []
        for number in range(5):
            item = next(items)
            crowd.watch(turn=f'"meeting/current_item":{item}')
            began = crowd.say(size, _command(f"turn-{number}", "set_agenda_item", item=item))
            told.append(_last(crowd.wait("turn", seconds=120)) - began)
        curves["event"].points.append((size, statistics.median(told)))
        crowd.watch(reply='"ok":true', tally=f'"voted":{size},')
        began = crowd.say_all(
            [_command(f"b{n}", "cast_ballot", resolution=opened.pk, choice="for")
             for n in range(size)]
        )  # fmt: skip
        replied = crowd.wait("reply", among=size, seconds=600)[:size]
        curves["ballots"].points.append((size, _last(replied) - began))
        curves["tally"].points.append((size, _last(crowd.wait("tally", seconds=120)) - began))


def _command(identity: str, kind: str, **data: Any) -> str:
    return json.dumps({"id": identity, "type": kind, "data": data}, separators=(",", ":"))


def _last(times: Sequence[float | None]) -> float:
    came = [one for one in times if one is not None]
    if len(came) < len(times):
        raise AssertionError(f"{len(times) - len(came)} of {len(times)} sockets read nothing")
    return max(came)
