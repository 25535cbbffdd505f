"""A document presented to three people at once: one leads, one follows on a phone, one reads on."""

import json
import re
from collections import Counter

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from tests.support.browser import OpenContext, TakeScreenshot, assert_accessible
from tests.support.databases import wait_until
from tests.support.servers import Server, StartServer

PLAN = "破产财产分配方案"  # nine pages, handed out in the demo
ROOM = "/meetings/demo/#documents"


@pytest.fixture
def server(daphne_server: StartServer) -> Server:
    """A server of this test's own with the demo case."""
    return daphne_server(demo=True)


def _enter(
    browser_context: OpenContext, server: Server, role: str, number: int = 0, size: str = "desktop"
) -> Page:
    person = server.people.one(role, number)
    page = browser_context("zh-CN", size, person=person, url=server.url).new_page()
    page.goto(ROOM)
    expect(page.locator("#line")).to_have_attribute("data-status", "connected")
    return page


def _open(page: Page) -> Locator:
    page.locator("#panel-documents .document-open", has_text=PLAN).click()
    reader = page.locator(".reader")
    expect(reader.locator("[data-page='1'] img")).to_be_visible()
    return reader


def _is_on(page: Page, number: int) -> None:
    """The page of this number is what the person has before them."""
    expect(page.locator(".reader [name=page]")).to_have_value(str(number))
    expect(page.locator(f".reader-page[data-page='{number}']")).to_be_in_viewport()


def _top(page: Page) -> float:
    return page.locator("[data-reader-scroller]").evaluate("one => one.scrollTop")


def _bar(page: Page) -> Locator:
    return page.locator("#presenting")


def test_one_leads_one_follows_one_reads_on(
    server: Server, browser_context: OpenContext, screenshot: TakeScreenshot
) -> None:
    leader = _enter(browser_context, server, "administrator")
    follower = _enter(browser_context, server, "creditor", 0, "phone")
    other = _enter(browser_context, server, "creditor", 1)
    _open(leader)
    _open(other)
    other.get_by_role("button", name="就本页提问").click()
    words = other.locator(".passage-ask textarea")
    words.fill("抵押物变价款")
    expect(_bar(follower)).to_be_hidden()

    # What begins is told to all and takes nobody anywhere.
    leader.get_by_role("button", name="从本页开始讲解").click()
    expect(_bar(leader)).to_contain_text(f"您正在讲解《{PLAN}》第 1 页")
    for page in (follower, other):
        expect(_bar(page)).to_contain_text(f"正在讲解《{PLAN}》第 1 页")
    expect(follower.locator("#panel-documents .document").first).to_be_visible()
    expect(words).to_be_focused()

    _bar(follower).get_by_role("button", name="跟随").click()
    expect(follower.locator(".reader")).to_be_visible()
    at = _top(other)
    leader.locator(".reader").get_by_role("button", name="下一页").click()
    _is_on(follower, 2)
    leader.locator(".reader [name=page]").fill("7")
    leader.locator(".reader [name=page]").press("Enter")
    _is_on(follower, 7)
    # Where the leader's own room has not heard of the page yet, nobody can point at it.
    for page in (leader, other):
        expect(_bar(page)).to_contain_text("第 7 页")
    assert _top(other) == at
    expect(words).to_be_focused()
    expect(words).to_have_value("抵押物变价款")

    # The pointer is at the same place of the page, however large the page is.
    leader.get_by_role("button", name="指示").click()
    sheet = leader.locator(".reader-page[data-page='7'] .reader-sheet")
    box = sheet.bounding_box()
    assert box is not None
    leader.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.1)
    leader.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.2)
    follower.get_by_role("button", name="放大").click()
    dot = follower.locator(".reader-page[data-page='7'] .pointer-dot")
    expect(dot).to_have_css("--x", "300")
    expect(dot).to_have_css("--y", "200")
    place = dot.evaluate(
        """dot => {
          const [a, b] = [dot, dot.parentElement].map((one) => one.getBoundingClientRect());
          const share = (at, size, begin, whole) => (at + size / 2 - begin) / whole;
          return [
            share(a.left, a.width, b.left, b.width), share(a.top, a.height, b.top, b.height),
          ];
        }"""
    )
    assert place == pytest.approx([0.3, 0.2], abs=0.01)
    toggle = leader.get_by_role("button", name="指示")
    toggle.focus()
    toggle.press("ArrowRight")
    expect(dot).to_have_css("--x", "320")
    screenshot(follower, "presenting-follower-phone")
    screenshot(leader, "presenting-leader-desktop")
    toggle.click()
    expect(dot).to_have_count(0)

    # A hand on the page ends following where it is; one button is the way back.
    before = _top(follower)
    follower.locator("[data-reader-scroller]").dispatch_event("wheel", {"deltaY": 1})
    expect(_bar(follower).get_by_role("button", name="回到讲解页")).to_be_visible()
    assert _top(follower) == before
    _bar(leader).get_by_role("button", name="上一页").click()
    expect(_bar(follower)).to_contain_text("第 6 页")
    assert _top(follower) == before
    _bar(follower).get_by_role("button", name="回到讲解页").click()
    _is_on(follower, 6)

    # Somebody who looks at the votes meanwhile is left there, with the way back before them.
    follower.locator("#tab-votes").click()
    _bar(leader).get_by_role("button", name="下一页").click()
    expect(_bar(follower)).to_contain_text("第 7 页")
    expect(follower.locator("#panel-votes")).to_be_visible()
    _bar(follower).get_by_role("button", name="回到讲解页").click()
    _is_on(follower, 7)

    # The big screen, and whoever comes late, have what is presented.
    screen = browser_context(
        "zh-CN", "screen", person=server.people.one("judge"), url=server.url
    ).new_page()
    screen.goto("/meetings/demo/screen/")
    picture = screen.get_by_alt_text(f"正在讲解《{PLAN}》第 7 / 9 页")
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("one => one.naturalWidth") > 0
    screenshot(screen, "presenting-screen")
    leader.close()
    late = _enter(browser_context, server, "proxy")
    expect(_bar(late)).to_contain_text("第 7 页")

    # A question at a passage: asked with an area, answered beside the page, seen by the other.
    other.get_by_role("button", name="在页面上划定范围").click()
    box = other.locator(".reader-page[data-page='1'] .reader-sheet").bounding_box()
    view = other.locator("[data-reader-scroller]").bounding_box()
    assert box is not None
    assert view is not None
    y = max(view["y"], 140.0) + 40
    other.mouse.move(box["x"] + box["width"] * 0.2, y)
    other.mouse.down()
    other.mouse.move(box["x"] + box["width"] * 0.6, y + 60, steps=3)
    other.mouse.up()
    expect(other.locator(".passage-where")).to_have_text("就第 1 页上划定的范围提问")
    expect(words).to_have_value("抵押物变价款")
    other.get_by_role("button", name="提交提问").first.click()
    expect(other.locator(".passage-pin")).to_have_text("1")
    area = other.locator(".passage-area[data-question]")
    assert area.evaluate("one => getComputedStyle(one).getPropertyValue('--x')") == "200"
    assert_accessible(other, "#panel-documents")

    chair = _enter(browser_context, server, "administrator")
    chair.locator("#tab-questions").click()
    chair.get_by_role("button", name=f"《{PLAN}》第 1 页").click()
    side = chair.locator(".passages-side")
    expect(side).to_contain_text("抵押物变价款")
    side.get_by_role("button", name="答复", exact=True).click()
    side.get_by_label("答复").fill("见评估报告第三章。")
    side.get_by_role("button", name="发布答复").click()
    assert_accessible(chair, "#panel-documents")
    for page in (follower, other):
        page.locator(".reader [name=page]").fill("1")
        page.locator(".reader [name=page]").press("Enter")
        expect(page.locator(".passages-side")).to_contain_text("见评估报告第三章。")
        expect(page.locator(".passage-pin")).to_have_text("1")
    screenshot(follower, "passage-phone", full_page=True)
    screenshot(other, "passage-desktop")
    _bar(chair).get_by_role("button", name="停止讲解").click()
    expect(_bar(follower)).to_be_hidden()


def test_reading_is_counted_by_what_is_in_sight(
    server: Server, browser_context: OpenContext, screenshot: TakeScreenshot
) -> None:
    person = server.people.one("creditor")
    page = browser_context("zh-CN", "phone", person=person, url=server.url).new_page()
    page.clock.install()
    page.goto("/meetings/demo/documents/")
    page.get_by_role("link", name=PLAN, exact=True).click()
    own = page.locator(".reading-own")
    expect(own).to_contain_text("您已阅读 0/9 页")
    expect(page.locator("[data-page='1'] img")).to_be_visible()
    # Who leaves tells what is left to tell, though no answer can come any more.
    page.clock.run_for(4000)
    page.goto("/meetings/demo/documents/")

    def told() -> bool:
        page.reload()
        return page.get_by_text("您已阅读 1/9 页").count() == 1

    wait_until(told, seconds=60, what="the report of who left")
    page.get_by_role("link", name=PLAN, exact=True).click()
    expect(own).to_contain_text("您已阅读 1/9 页")

    sent: list[Request] = []
    page.on("request", lambda one: sent.append(one) if one.method == "POST" else None)

    def reported(number: str, seconds: int) -> Counter[str]:
        """Let time go on until so much of a page is reported; return all that was meanwhile.

        The page's clock goes on by itself too: when a report falls due between two acts of this
        test hangs on how fast the machine is.
        """
        first, told = len(sent), Counter[str]()
        for _second in range(60):
            page.clock.run_for(1000)
            told = Counter()
            for one in sent[first:]:
                told.update(json.loads(one.post_data or "")["pages"])
            if told[number] >= seconds:
                break
        else:
            pytest.fail(f"page {number} is not reported: {told}")
        for one in sent[first:]:
            answer = one.response()
            assert answer is not None
            assert answer.status == 200
        return told

    assert list(reported("1", 8)) == ["1"]
    page.get_by_role("button", name="下一页").click()
    reported("2", 5)
    # As text it is read too.
    page.get_by_role("link", name="看文字").click()
    expect(page.locator(".reader-text")).to_be_visible()
    reported("2", 5)
    # Nobody there: nothing is reported, however long.
    page.clock.run_for(150_000)
    before = len(sent)
    page.clock.run_for(60_000)
    assert len(sent) == before
    # A sign of life, and it goes on.
    page.mouse.move(100, 300)
    reported("2", 1)

    staff = browser_context(
        "zh-CN", "desktop", person=server.people.one("administrator"), url=server.url
    ).new_page()
    staff.goto("/meetings/demo/documents/readings/")
    chart = staff.locator(".readings-chart")
    expect(chart).to_have_js_property("complete", True)
    assert chart.evaluate("one => one.naturalWidth") > 0
    assert_accessible(staff)
    screenshot(staff, "readings-desktop", full_page=True)
    staff.get_by_role("link", name=PLAN, exact=True).click()
    staff.get_by_label("阅读状态").select_option("part")
    staff.get_by_role("button", name="查找").click()
    row = staff.get_by_role("row", name=re.compile(person.creditor))
    expect(row).to_contain_text(re.compile("[12] / 9"))
    assert_accessible(staff)
