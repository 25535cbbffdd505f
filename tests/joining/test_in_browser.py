"""The room from static files as they are served for good, and how its pages come back."""

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Response, expect

from tests.room.conftest import Meeting
from tests.support.browser import OpenContext
from tests.support.servers import MakeInstallation, Server

HASHED = re.compile(r"\.[0-9a-f]{12}\.\w+$")
PAUSES = """async (asked) => {
    const url = document.querySelector("link[rel=modulepreload][href*=line_pause]").href;
    const { longestPause } = await import(url);
    return asked.map((one) => longestPause(one[0], one[1] ?? undefined, one[2], one[3]));
}"""


@pytest.fixture(name="served", scope="module")
def _served(installation: MakeInstallation) -> Iterator[Server]:
    made = installation(env={"STATIC_FROM_SOURCE": "0"})
    made.manage("collectstatic", "--no-input", "--verbosity", "0")
    with Server(made) as server:
        yield server


def test_the_room_opens_from_hashed_and_compressed_files(
    served: Server, browser_context: OpenContext
) -> None:
    built = served.installation.python("-m", "tests.room.build", "hashed", "open", "live")
    made = Meeting(served, json.loads(built.stdout), browser_context)
    page = made.enter("ink", wait=False, path="claims/")
    page.goto("about:blank")  # nothing of that page comes later
    answers: list[Response] = []
    page.on("response", lambda one: answers.append(one))  # noqa: PLW0108  Playwright marks it
    page.goto(f"{served.url}/meetings/{made.slug}/")
    page.locator("#line[data-status=connected]").wait_for()
    for tab in ("documents", "claims", "votes"):
        page.locator(f"#tab-{tab}").click()
        expect(page.locator(f"#panel-{tab} .skeleton")).to_have_count(0)
    expect(page.locator("#panel-claims")).to_contain_text("云江示例油墨有限公司")
    files = [one for one in answers if "/static/" in one.url]
    assert len(files) > 40
    for one in files:
        path = one.url.split("?")[0]
        assert HASHED.search(path), path
        assert "immutable" in one.headers["cache-control"], path
        if path.endswith((".js", ".css")) and int(one.headers["content-length"]) > 2_000:
            assert one.headers["content-encoding"] == "gzip", path
    # What was fetched ahead is what is run: no module is asked for twice.
    modules = [one.url for one in files if one.url.endswith(".js")]
    assert len(set(modules)) == len(modules)

    asked = [
        [0, 1006, 10_000, 500],  # everybody's line is gone
        [4, 1006, 100, 500],  # a small meeting: its own pauses
        [0, None, 10_000, 500],  # ours alone went silent
        [0, 1006, 10_000_000, 500],
        [0, 1012, 10_000, 500],  # the server restarts, another may be there
        [0, 1006, None, 0],  # before any snapshot
        [0, 4429, 10, 500],
    ]
    expected = [20_000, 15_000, 1_000, 30_000, 5_000, 1_000, 60_000]
    assert page.evaluate(PAUSES, asked) == expected
