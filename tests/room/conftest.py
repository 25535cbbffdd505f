"""One server for the room's tests; each test has a meeting of its own on it."""

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.support.browser import OpenContext
from tests.support.servers import MakeInstallation, Server

_numbers = itertools.count(1)


@dataclass
class Meeting:
    """A meeting on the tests' server, and the people who may enter it."""

    server: Server
    built: dict[str, Any]
    open_context: OpenContext

    @property
    def slug(self) -> str:
        """The meeting's slug."""
        return self.built["slug"]

    def enter(
        self,
        who: str,
        size: str = "desktop",
        lang: str = "zh-CN",
        *,
        url: str = "",
        path: str = "",
        wait: bool = True,
    ) -> Page:
        """Open the room (or another page of the meeting) as a person, connected."""
        base = url or self.server.url
        context = self.open_context(lang, size, person=self.built["sessions"][who], url=base)
        page = context.new_page()
        page.goto(f"{base}/meetings/{self.slug}/{path}")
        if wait and not path:
            page.locator("#line[data-status=connected]").wait_for()
        return page

    def ask(self, expression: str) -> Any:
        """Evaluate Python with Django set up, in the server's installation."""
        code = (
            "import django; django.setup()\n"
            "import json\n"
            "from voting.models import *\n"
            "from creditor_meetings.meetings.models import *\n"
            f"print(json.dumps({expression}))"
        )
        return json.loads(self.server.installation.python("-c", code).stdout)

    def run(self, code: str) -> None:
        """Run Python with Django set up, in the server's installation."""
        self.server.installation.python("-c", f"import django; django.setup()\n{code}")


@pytest.fixture(scope="module")
def room_server(installation: MakeInstallation) -> Iterator[Server]:
    """A server without the demo case."""
    with Server(installation()) as server:
        yield server


@pytest.fixture
def meeting(room_server: Server, browser_context: OpenContext) -> Callable[..., Meeting]:
    """Make meetings: `meeting(state="convened", tally_shown="at_close")`."""

    def make(state: str = "open", tally_shown: str = "live") -> Meeting:
        slug = f"room-{next(_numbers)}"
        done = room_server.installation.python("-m", "tests.room.build", slug, state, tally_shown)
        return Meeting(room_server, json.loads(done.stdout), browser_context)

    return make


def open_poll(page: Page, title: str = "破产财产变价方案", minutes: str = "10") -> None:
    """Open a poll as the chair does."""
    page.locator("#tab-votes").click()
    article = page.locator("article.resolution", has_text=title)
    toggle = article.locator(".resolution-toggle")
    if toggle.get_attribute("aria-expanded") == "false":
        toggle.click()
    article.get_by_role("button", name="开始表决").click()
    article.get_by_label("截止方式").select_option(minutes)
    article.get_by_role("button", name="确认开始").click()
    page.locator(".poll-bar", has_text=title).wait_for()


def close_poll(page: Page) -> None:
    """Close the poll that is open as the chair does."""
    page.get_by_role("button", name="截止表决").click()
    page.get_by_role("button", name="确认截止").click()
    page.locator(".stamp:visible").first.wait_for()


def vote(page: Page, choice: str) -> None:
    """Choose, check and send the first ballot that is asked for."""
    page.get_by_role("button", name="去表决").click()
    page.get_by_role("radio", name=choice, exact=True).first.check()
    page.get_by_role("button", name="下一步：核对").first.click()
    page.get_by_role("button", name="确认提交").click()
    page.locator(".receipt").first.wait_for()
