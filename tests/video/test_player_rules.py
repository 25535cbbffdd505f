"""The rules by which a player decides: its modules alone, in a page without a server."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route

from tests.support.browser import OpenContext

_STATIC = Path(__file__).parents[2] / "static"
_ORIGIN = "http://rules.test"

Run = Callable[[str], Any]


@pytest.fixture
def run(browser_context: OpenContext) -> Run:
    """Run a script in a page that may import the player's modules from `/static/`."""
    page: Page = browser_context().new_page()

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(_ORIGIN)
        if path == "/":
            route.fulfill(content_type="text/html", body="<!doctype html><title>rules</title>")
        else:
            route.fulfill(path=_STATIC / path.removeprefix("/static/"))

    page.route(f"{_ORIGIN}/**", answer)
    page.goto(f"{_ORIGIN}/")
    return lambda script: page.evaluate(f"async () => {{ {script} }}")


def test_a_ladder_falls_at_once_and_climbs_with_growing_patience(run: Run) -> None:
    rungs = run("""
      const { Ladder } = await import("/static/js/video/ladder.js");
      const ladder = new Ladder({ now: 0 });
      const seen = [];
      const note = (at, moved) => seen.push([at / 1000, moved, ladder.rung]);
      note(1000, ladder.trouble("slow", 1000));       // one does not count
      note(20000, ladder.trouble("slow", 20000));     // the first is forgotten
      note(21000, ladder.trouble("slow", 21000));     // two together do
      note(22000, ladder.trouble("skipped", 22000));  // left over from the rung above
      note(30000, ladder.trouble("skipped", 30000));
      note(40000, ladder.trouble("skipped", 40000));  // there is nothing below
      note(59000, ladder.tick(59000));
      note(60000, ladder.tick(60000));                // 20 good seconds
      note(65000, ladder.trouble("skipped", 65000));  // a mistake: now it takes 40
      note(100000, ladder.tick(100000));
      note(105000, ladder.tick(105000));
      note(150000, ladder.tick(150000));
      return seen;
    """)
    assert rungs == [
        [1, False, "full"],
        [20, False, "full"],
        [21, True, "low"],
        [22, False, "low"],
        [30, True, "audio"],
        [40, False, "audio"],
        [59, False, "audio"],
        [60, True, "low"],
        [65, True, "audio"],
        [100, False, "audio"],
        [105, True, "low"],
        [150, True, "full"],
    ]


def test_a_choice_holds_whatever_the_line_does(run: Run) -> None:
    assert run("""
      const { Ladder, wish } = await import("/static/js/video/ladder.js");
      const ladder = new Ladder({ choice: "full", now: 0 });
      for (let at = 0; at < 20000; at += 1000) ladder.trouble("skipped", at);
      const pinned = ladder.rung;
      ladder.choose("auto", 20000);
      return [pinned, ladder.rung, wish("full", true), wish("full", false), wish("audio", false),
        new Ladder({ choice: "nonsense" }).choice];
    """) == ["full", "full", "full", "low", "audio", "auto"]


def test_who_is_large(run: Run) -> None:
    assert run("""
      const { arrange } = await import("/static/js/video/player_layout.js");
      const stream = (id, person, role, source = "camera") =>
        [id, { id, person, role, source, video: true }];
      const two = Object.fromEntries([stream(1, 5, "administrator"), stream(2, 6, "judge")]);
      const three = { ...two, 3: stream(3, 5, "administrator", "screen")[1] };
      const main = (wish) => { const it = arrange(wish); return [it.mode, it.main, it.following]; };
      const auto = { mode: "auto", main: null };
      return [
        main({ streams: {}, layout: auto }),
        main({ streams: two, layout: auto }),
        main({ streams: two, layout: auto, speaker: 2 }),
        main({ streams: two, layout: auto, before: 2 }),
        main({ streams: three, layout: auto, speaker: 2 }),
        main({ streams: three, layout: { mode: "main", main: 1 } }),
        main({ streams: three, layout: { mode: "equal", main: null } }),
        main({ streams: three, layout: auto, own: { mode: "main", main: "6/camera" } }),
        // Who was chosen has gone: the meeting's wish holds until they come back.
        main({ streams: { 1: two[1] }, layout: auto, own: { mode: "main", main: "6/camera" } }),
        main({ streams: { 1: two[1] }, layout: { mode: "equal", main: null } }),
      ];
    """) == [
        ["main", None, True],
        ["main", 1, True],
        ["main", 2, True],
        ["main", 2, True],
        ["main", 3, True],
        ["main", 1, True],
        ["equal", None, True],
        ["main", 2, False],
        ["main", 1, True],
        ["main", 1, True],
    ]


def test_a_cough_is_no_speech_and_a_breath_no_end_of_it(run: Run) -> None:
    assert run("""
      const { Speaking } = await import("/static/js/video/player_speaking.js");
      const room = new Speaking();
      const seen = {};
      let leader = null;
      const levels = (at) => [
        at === 1000 ? 90 : 5,                                        // 1 coughs
        at >= 2000 && at < 6000 && at % 1000 < 700 ? 70 : 10,        // 2 speaks, with breaths
      ];
      for (let at = 0; at <= 9000; at += 100) {
        levels(at).forEach((level, i) => room.heard(i + 1, level, at));
        const told = room.tick(at);
        seen[at] = told.speaking;
        leader = told.leader;
      }
      return [seen[1200], seen[2500], seen[3900], seen[5900], seen[8000], leader];
    """) == [[], [2], [2], [2], [], 2]


def test_by_which_way_media_comes(run: Run) -> None:
    assert run("""
      const { Transport } = await import("/static/js/video/player_transport.js");
      const way = new Transport({ canFeed: true, canHls: true });
      const seen = [way.kind];
      way.lost(0); way.lost(70000); way.lost(80000);
      seen.push(way.kind);                       // not together
      way.lost(90000);
      seen.push(way.kind, way.trying(120000), way.trying(136000));
      way.failed(140000);
      seen.push(way.trying(200000), way.trying(231000));
      way.proven(232000);
      seen.push(way.kind, way.proven(238000), way.kind);
      const old = new Transport({ canFeed: false, canHls: true });
      const none = new Transport({ canFeed: false, canHls: false });
      return [...seen, old.kind, old.trying(1e9), none.kind, none.silent(0)];
    """) == [
        "socket", "socket", "hls", False, True, False, True, "hls", True, "socket",
        "hls", False, "socket", False,
    ]  # fmt: skip
