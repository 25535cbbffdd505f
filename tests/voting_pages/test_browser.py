"""The pages in a browser, and the picture that follows a vote on a running server."""

import json
import time
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect
from websockets.sync.client import connect

from tests.support.browser import OpenContext, assert_accessible
from tests.support.servers import Installation, MakeInstallation, Server


@pytest.fixture(scope="module")
def built(installation: MakeInstallation) -> tuple[Installation, dict[str, Any]]:
    """An installation with a meeting that voted, and what is in it."""
    made = installation()
    return made, json.loads(made.python("-m", "tests.voting_pages.built").stdout.splitlines()[-1])


class Served:
    """The meeting on a running server."""

    def __init__(self, server: Server, made: dict[str, Any]) -> None:
        self.server = server
        self.slug = made["slug"]
        self.resolutions: dict[str, int] = made["resolutions"]
        self._people: dict[str, int] = made["people"]
        self._sessions: dict[str, str] = {}

    def session(self, who: str) -> str:
        if who not in self._sessions:
            person = self._people[who]
            self._sessions[who] = self.server.installation.session_of(pk=person)
        return self._sessions[who]

    def path(self, resolution: str, page: str) -> str:
        return f"/meetings/{self.slug}/resolutions/{self.resolutions[resolution]}/{page}"


@pytest.fixture(scope="module")
def served(built: tuple[Installation, dict[str, Any]]) -> Any:
    made, what = built
    with Server(made) as server:
        yield Served(server, what)


@pytest.mark.parametrize(
    ("size", "who", "resolution", "page"),
    [
        ("desktop", "creditor", "closed", "result/"),
        ("phone", "creditor", "groups", "result/"),
        ("desktop", "judge", "declined", "evidence/"),
        ("phone", "judge", "declined", "evidence/"),
        ("phone", "administrator", "draft", "edit/"),
        ("desktop", "administrator", "draft", "../"),
    ],
)
def test_accessible_and_no_wider_than_the_screen(
    served: Served, browser_context: OpenContext, size: str, who: str, resolution: str, page: str
) -> None:
    context = browser_context(size=size, person=served.session(who), url=served.server.url)
    shown = context.new_page()
    answer = shown.goto(served.path(resolution, page))
    assert answer is not None
    assert answer.status == 200
    assert_accessible(shown)
    wide = shown.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0


def test_chart_is_drawn_on_the_result(served: Served, browser_context: OpenContext) -> None:
    context = browser_context(person=served.session("creditor"), url=served.server.url)
    page = context.new_page()
    page.goto(served.path("closed", "result/"))
    chart = page.get_by_role("img", name="计票图")
    expect(chart).to_be_visible()
    # The first picture waits for the process that draws to load its library.
    page.wait_for_function(
        "() => document.querySelector('img.chart').naturalWidth > 300", timeout=120_000
    )


def test_judge_declines_in_the_browser(served: Served, browser_context: OpenContext) -> None:
    context = browser_context(person=served.session("judge"), url=served.server.url)
    page = context.new_page()
    page.goto(served.path("declined", "evidence/"))
    page.get_by_label("不予确认", exact=True).check()
    page.get_by_role("button", name="提交意见").click()
    expect(page.get_by_role("alert")).to_contain_text("请写明理由")
    expect(page.get_by_label("不予确认", exact=True)).to_be_checked()
    page.get_by_label("理由").fill("会议通知期限不足十五日")
    page.get_by_role("button", name="提交意见").click()
    expect(page.get_by_text("人民法院不予确认本次表决结果。")).to_be_visible()
    expect(page.get_by_text("会议通知期限不足十五日")).to_be_visible()
    expect(page.get_by_role("button", name="提交意见")).to_have_count(0)


def test_power_brings_its_rule(served: Served, browser_context: OpenContext) -> None:
    context = browser_context(person=served.session("administrator"), url=served.server.url)
    page = context.new_page()
    page.goto(f"/meetings/{served.slug}/resolutions/new/")
    page.get_by_label("表决事项").fill("重整计划草案（第二稿）")
    page.get_by_label("决议内容").fill("同意重整计划草案。")
    page.get_by_label("债权人会议的职权").select_option("6")
    expect(page.get_by_label("表决规则")).to_have_value("prc-reorganisation")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", name="重整计划草案（第二稿）")).to_be_visible()


def test_chart_follows_a_ballot(served: Served) -> None:
    """From a ballot to the news of its picture, and the picture has the ballot in it."""
    session = served.session("creditor")
    poll = served.resolutions["open"]
    url = f"{served.server.ws_url}/ws/meetings/{served.slug}/"
    headers = {"Cookie": f"sessionid={session}", "Origin": served.server.url}

    def version(frames: Any, after: int) -> int:
        deadline = time.monotonic() + 60
        while True:
            frame = json.loads(frames.recv(timeout=deadline - time.monotonic()))
            if frame["type"] == "snapshot":
                found = frame["data"].get("charts", {}).get(str(poll), {})
            else:
                found = frame.get("data", {}).get("set", {}).get(f"charts/{poll}", {})
            if found.get("version", 0) > after:
                return int(found["version"])

    with (
        connect(url, additional_headers=headers, max_size=None, open_timeout=60) as socket,
        httpx.Client(
            base_url=served.server.url, cookies={"sessionid": session}, timeout=60
        ) as client,
    ):
        before = version(socket, 0)
        first = client.get(served.path("open", f"chart.svg?v={before}"))
        client.get(f"/meetings/{served.slug}/")
        sent = {
            "id": "by-post",
            "type": "cast_ballot",
            "data": {"resolution": poll, "choice": "against"},
        }
        token = client.cookies["csrftoken"]
        answer = client.post(
            f"/meetings/{served.slug}/ballots/", json=sent, headers={"X-CSRFToken": token}
        )
        assert answer.json()["ok"], answer.text
        after = version(socket, before)
        second = client.get(served.path("open", f"chart.svg?v={after}&lang=en"))
    assert "同意 14" in first.text
    assert "For 13" in second.text
    assert "immutable" in second.headers["cache-control"]
