"""Charts follow the vote: drawn apart, not too often, seen by those who may see the tally."""

import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from django.test import Client

from creditor_meetings.cases.models import Person
from tests.support import world
from tests.support.databases import wait_until
from voting import chart_process, chart_room
from voting.chart_figures import Drawing
from voting.models import ChartImage, Resolution

Drawn = list[tuple[float, Drawing]]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    """Charts are noted rather than drawn."""
    noted: Drawn = []

    def draw(_self: chart_process.ChartProcess, drawing: Drawing) -> dict[str, str]:
        noted.append((time.monotonic(), drawing))
        return {"zh": f"<svg>中{len(noted)}</svg>", "en": f"<svg>en{len(noted)}</svg>"}

    monkeypatch.setattr(chart_process.ChartProcess, "draw", draw)
    return noted


class Vote:
    """An open poll with three creditors."""

    def __init__(self, tally_shown: str = "live") -> None:
        case = world.make_case()
        self.meeting = world.make_meeting(case, tally_shown=tally_shown)
        self.judge = world.make_person(case, "judge")
        self.voters = [
            world.make_person(case, "creditor", world.make_creditor(case)) for _ in range(3)
        ]
        self.resolution: Resolution = world.make_resolution(self.meeting)
        world.open_poll(self.resolution, self.judge)

    def close(self) -> None:
        world.close_poll(self.resolution, self.judge)

    def get(self, person: Person, query: str = "") -> Any:
        client = Client()
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        slug, pk = self.meeting.slug, self.resolution.pk
        return client.get(f"/meetings/{slug}/resolutions/{pk}/chart.svg{query}")


@pytest.fixture
def vote(db: None) -> Vote:
    return Vote()


def test_drawn_when_wanted_and_kept(vote: Vote, drawn: Drawn) -> None:
    first = vote.get(vote.voters[0])
    assert (first.status_code, first["Content-Type"]) == (200, "image/svg+xml")
    assert first.content.decode() == "<svg>中1</svg>"
    assert vote.get(vote.voters[1], "?lang=en").content.decode() == "<svg>en1</svg>"
    assert len(drawn) == 1


def test_drawn_anew_when_a_ballot_came_and_told_to_all(vote: Vote, drawn: Drawn) -> None:
    chart_room.current(vote.resolution.pk)
    seq, stale = world.take_snapshot(vote.voters[1], vote.meeting)
    world.cast(vote.voters[0], vote.resolution, "for")
    image = chart_room.current(vote.resolution.pk)
    assert image is not None
    assert image.version == 2
    assert drawn[1][1].groups[0].bars[0].numerator == 1

    _seq, fresh = world.take_snapshot(vote.voters[1], vote.meeting)
    assert fresh["charts"] == {str(vote.resolution.pk): {"version": 2}}
    assert world.catch_up(vote.voters[1], vote.meeting, seq, stale) == fresh


def test_kept_by_browsers_for_its_version_alone(vote: Vote, drawn: Drawn) -> None:
    vote.get(vote.voters[0])
    assert "immutable" in vote.get(vote.voters[0], "?v=1")["Cache-Control"]
    assert vote.get(vote.voters[0], "?v=2")["Cache-Control"] == "private, no-cache"
    world.cast(vote.voters[0], vote.resolution, "for")
    assert vote.get(vote.voters[0], "?v=1").content.decode() == "<svg>中1</svg>"
    assert vote.get(vote.voters[0], "?v=2").content.decode() == "<svg>中2</svg>"


def test_result_is_drawn_from_the_stored_outcome_and_stays(vote: Vote, drawn: Drawn) -> None:
    world.cast(vote.voters[0], vote.resolution, "for")
    chart_room.current(vote.resolution.pk)
    vote.close()
    chart_room.current(vote.resolution.pk)
    final = ChartImage.objects.get()
    assert final.final
    assert drawn[-1][1].final

    # A drawing of the running vote that comes late changes nothing any more.
    late = drawn[0][1]
    chart_room.keep(vote.resolution, late, {"zh": "<svg/>", "en": "<svg/>"})
    assert ChartImage.objects.get().svg_zh == final.svg_zh
    chart_room.current(vote.resolution.pk)
    assert len(drawn) == 2


def test_nobody_sees_the_tally_before_it_is_shown(db: None, drawn: Drawn) -> None:
    vote = Vote(tally_shown="at_close")
    world.cast(vote.voters[0], vote.resolution, "for")
    for person in (vote.voters[0], vote.judge):
        assert vote.get(person).status_code == 404
    assert chart_room.current(vote.resolution.pk) is None
    assert not drawn
    assert world.take_snapshot(vote.judge, vote.meeting)[1]["charts"] == {}

    vote.close()
    assert vote.get(vote.voters[0]).status_code == 200


def test_strangers_and_drafts(vote: Vote, drawn: Drawn) -> None:
    stranger = world.make_person(world.make_case(), "judge")
    assert vote.get(stranger).status_code == 404
    vote.resolution = world.make_resolution(vote.meeting)
    assert vote.get(vote.judge).status_code == 404
    assert not drawn


def test_picture_may_style_itself_and_do_nothing_else(vote: Vote, drawn: Drawn) -> None:
    policy = vote.get(vote.judge)["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "style-src 'unsafe-inline'" in policy
    assert "script-src" not in policy


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., list[tuple[float, int]]]]:
    """A room of charts whose drawings are noted, with the moment they fell due; no database."""
    noted: list[tuple[float, int]] = []
    monkeypatch.setattr(chart_room, "PAUSE_SECONDS", 0.2)
    made = chart_room.ChartRoom()

    def start(draw: Callable[[int], None] = lambda _: None) -> list[tuple[float, int]]:
        def current(resolution_id: int) -> None:
            # The room's own mark: this thread may have been kept from the processor since.
            noted.append((made._drawn_at[resolution_id], resolution_id))
            draw(resolution_id)

        monkeypatch.setattr(chart_room, "current", current)
        return noted

    start.want = made.want  # type: ignore[attr-defined]
    yield start
    # Its thread outlives the test, and must not draw what is left in another one's database.
    with made._change:
        made._wanted.clear()


def test_not_more_often_than_the_pause_and_the_last_change_is_drawn(room: Any) -> None:
    noted = room()
    room.want(1)
    wait_until(lambda: noted, seconds=30, what="the first drawing")
    for _ in range(500):
        room.want(1)
        time.sleep(0.002)
    last = time.monotonic()
    room.want(1)
    wait_until(lambda: noted[-1][0] >= last, seconds=30, what="the last drawing")
    starts = [at for at, _ in noted]
    assert len(starts) >= 2
    assert min(b - a for a, b in pairwise(starts)) > 0.199


def test_polls_do_not_wait_for_each_others_pause(
    room: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chart_room, "PAUSE_SECONDS", 600)
    noted = room()
    for one in (1, 2, 3):
        room.want(one)
    wait_until(lambda: len(noted) == 3, seconds=30, what="three drawings")
    assert {one for _, one in noted} == {1, 2, 3}


def test_wanting_never_waits_for_the_drawing_and_failure_is_no_end(
    room: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chart_room, "REST_SECONDS", 600)
    begun, held = threading.Event(), threading.Event()
    ended: list[int] = []

    def draw(resolution_id: int) -> None:
        begun.set()
        held.wait(60)
        ended.append(resolution_id)
        if resolution_id == 1:
            raise RuntimeError("no picture today")

    noted = room(draw)
    room.want(1)
    assert begun.wait(30)
    for _ in range(1_000):
        room.want(2)
    assert not ended, "the drawing goes on still"
    held.set()
    wait_until(lambda: 2 in {one for _, one in noted}, seconds=30, what="the other drawing")

    # What failed rests, so that a broken library does not eat the machine; others go on, also
    # one that was drawn later than what failed.
    for one in (1, 2, 3):
        room.want(one)
    wait_until(
        lambda: sorted(one for _, one in noted if one != 1) == [2, 2, 3],
        seconds=30,
        what="a third and a fourth drawing",
    )
    assert [one for _, one in noted].count(1) == 1


def test_process_is_ready_before_the_first_poll(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    warmed: list[chart_process.ChartProcess] = []

    def note(one: chart_process.ChartProcess) -> None:
        warmed.append(one)

    monkeypatch.setattr(chart_process.ChartProcess, "warm_up", note)
    meeting = world.make_meeting(world.make_case(), state="convened")
    world.make_resolution(meeting)
    chart_room.look(meeting.pk)
    assert not warmed

    meeting.state = "open"
    meeting.save()
    chart_room.look(meeting.pk)
    assert warmed == [chart_process.process]


def test_the_process_draws_and_comes_back_from_a_crash(db: None) -> None:
    vote = Vote()
    drawing = chart_room.figures(vote.resolution)
    process = chart_process.ChartProcess()
    try:
        process.warm_up()
        warm = process._process
        process.warm_up()
        first = process.draw(drawing)
        assert process._process is warm
        assert "按人数" in first["zh"]
        assert "By number" in first["en"]
        assert process._process is not None
        process._process.kill()
        assert process.draw(drawing) == first
    finally:
        process.close()
