"""The state in the browser follows events exactly as the server's does."""

import copy
import json
import random
from typing import Any

from creditor_meetings.realtime import state
from tests.support.browser import OpenContext
from tests.support.servers import Server

NAMES = ["a", "b", "7", "12", "现在", "__proto__", "constructor", "toString", "a.b", "", " "]

# Sections are words: an object of JavaScript brings names that are numbers to its front, which
# would matter where one path of an event lies within another.
SECTIONS = [name for name in NAMES if not name.isdigit()]


def some_value(chance: random.Random, depth: int = 0) -> Any:
    """Make a JSON value, null now and then."""
    kind = chance.randrange(8 if depth < 3 else 6)
    if kind >= 6:
        return {
            chance.choice(NAMES): some_value(chance, depth + 1) for _ in range(chance.randrange(4))
        }
    return [None, True, 0, "文", "1.00", [1, {"a": None}]][kind]


def some_event(chance: random.Random) -> dict[str, Any]:
    """Make an event's data."""
    paths = {
        "/".join(
            [chance.choice(SECTIONS)] + [chance.choice(NAMES) for _ in range(chance.randrange(4))]
        ): some_value(chance)
        for _ in range(chance.randrange(1, 5))
    }
    return {"set": paths} if chance.random() < 0.95 else {}


def test_the_browser_mirrors_the_server(room_server: Server, browser_context: OpenContext) -> None:
    chance = random.Random(20260131)
    walks = []
    for _ in range(200):
        start = {name: some_value(chance) for name in chance.sample(NAMES, 4)}
        start = {name: value for name, value in start.items() if value is not None}
        walks.append((start, [some_event(chance) for _ in range(chance.randrange(1, 25))]))
    page = browser_context(url=room_server.url).new_page()
    page.goto("/healthz")
    # As text both ways: what the protocol carries, and "__proto__" stays a name.
    followed = page.evaluate(
        """async (text) => {
            const { apply } = await import("/static/js/room/state.js");
            return JSON.stringify(JSON.parse(text).map(([state, events]) => {
                for (const event of events) apply(state, event);
                return state;
            }));
        }""",
        json.dumps(walks),
    )
    expected = []
    for start, events in copy.deepcopy(walks):
        for event in events:
            state.apply(start, event)
        expected.append(start)
    assert json.loads(followed) == expected


def test_the_sections_of_an_event(room_server: Server, browser_context: OpenContext) -> None:
    page = browser_context(url=room_server.url).new_page()
    page.goto("/healthz")
    named = page.evaluate(
        """async () => {
            const { sections } = await import("/static/js/room/state.js");
            const data = { set: { "tallies/1": {}, "tallies/2": {}, meeting: null } };
            return [...sections(data), ...sections({})].sort();
        }"""
    )
    assert named == ["meeting", "tallies"]
