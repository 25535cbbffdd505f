"""The room is for everybody: axe, both languages, both sizes, the courtroom's screen."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.room.conftest import Meeting, close_poll, open_poll, vote
from tests.support.browser import assert_accessible

MakeMeeting = Callable[..., Meeting]
TABS = ["agenda", "documents", "claims", "votes", "questions"]


def assert_fits(page: Page) -> None:
    """Assert that nothing sticks out at the side."""
    wide = page.evaluate(
        """() => [...document.querySelectorAll("body *")]
            .filter((one) => one.getBoundingClientRect().right > innerWidth + 1
                && !one.closest(".table-scroll, .claims-scroll, svg, [hidden]")
                && getComputedStyle(one).position !== "absolute")
            .map((one) => one.outerHTML.slice(0, 120))"""
    )
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), wide


def assert_targets(page: Page) -> None:
    """Assert that what is pressed is at least 44 pixels high, most of it 48."""
    small = page.evaluate(
        """() => [...document.querySelectorAll(".top button, #tabs button, .poll-bar button,"
            + " .choice, .panel .button:not(.receipt *), summary, .chip")]
            .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 44)
            .map((one) => one.outerHTML.slice(0, 120))"""
    )
    assert small == []


@pytest.mark.parametrize("size", ["desktop", "phone"])
@pytest.mark.parametrize("lang", ["zh-CN", "en-US"])
def test_every_tab_is_accessible(meeting: MakeMeeting, size: str, lang: str) -> None:
    made = meeting()
    chair = made.enter("administrator")
    open_poll(chair)
    page = made.enter("proxy", size, lang)
    page.locator(".poll-bar").wait_for()
    for tab in TABS:
        page.locator(f"#tab-{tab}").click()
        page.locator(f"#panel-{tab}").wait_for()
        expect(page.locator(f"#panel-{tab} .skeleton")).to_have_count(0)
        assert_accessible(page)
        assert_fits(page)
        assert_targets(page)


def test_the_judge_s_room_is_accessible(meeting: MakeMeeting) -> None:
    made = meeting()
    chair, ink = made.enter("administrator"), made.enter("ink")
    open_poll(chair)
    vote(ink, "同意")
    assert_accessible(ink)
    close_poll(chair)
    assert_accessible(chair)
    judge = made.enter("judge")
    judge.locator("#tab-votes").click()
    judge.get_by_role("button", name="确认结果").click()
    judge.locator(".confirm").wait_for()
    assert_accessible(judge)
    assert_fits(judge)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast_holds_in_the_dark(meeting: MakeMeeting, scheme: str) -> None:
    made = meeting()
    page = made.enter("ink")
    page.emulate_media(color_scheme=scheme)
    for tab in ("agenda", "votes", "questions"):
        page.locator(f"#tab-{tab}").click()
        assert_accessible(page)


def test_large_type_is_remembered(meeting: MakeMeeting) -> None:
    page = meeting().enter("ink")
    before = page.evaluate("getComputedStyle(document.body).fontSize")
    page.locator(".top-tools > [data-large-type]").click()
    after = page.evaluate("getComputedStyle(document.body).fontSize")
    assert float(after[:-2]) > 1.2 * float(before[:-2])
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).fontSize") == after
    expect(page.locator(".top-tools > [data-large-type]")).to_have_attribute("aria-pressed", "true")


def test_the_language_is_switched_and_kept(meeting: MakeMeeting) -> None:
    page = meeting().enter("ink")
    page.get_by_role("button", name="Switch to English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.locator("#line[data-status=connected]").wait_for()
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("button", name="切换到中文")).to_be_visible()


def test_the_big_screen_follows_the_vote(meeting: MakeMeeting) -> None:
    made = meeting()
    chair, ink, paper = made.enter("administrator"), made.enter("ink"), made.enter("paper")
    screen = made.enter("clerk", "screen", path="screen/")
    expect(screen.locator(".screen-title")).to_have_text("审议并表决破产财产变价方案")
    expect(screen.locator("#totals")).to_contain_text("0 / 6 户")
    assert_accessible(screen)
    open_poll(chair)
    expect(screen.locator(".screen-title")).to_have_text("破产财产变价方案")
    expect(screen.locator(".screen-left")).to_contain_text("09:")
    vote(ink, "同意")
    vote(paper, "同意")
    expect(screen.locator(".screen-turnout")).to_contain_text("2 / 5 户已投票")
    expect(screen.locator("#totals")).to_contain_text("2 / 6 户")
    assert_accessible(screen)
    close_poll(chair)
    expect(screen.locator(".stamp")).to_have_text("通过")
    expect(screen.locator(".tests")).to_contain_text("已达到")
    assert_accessible(screen)
    # All of it is in sight: a screen on a wall is not scrolled.
    assert screen.evaluate(
        "() => [...document.querySelectorAll('.tests li, #totals b')]"
        ".every((one) => one.getBoundingClientRect().bottom <= innerHeight)"
    )
    assert screen.locator("button:visible, input:visible").count() == 0


def test_the_attendance_record(meeting: MakeMeeting) -> None:
    made = meeting()
    ink = made.enter("ink")
    ink.get_by_role("button", name="签到", exact=True).click()
    expect(ink.locator("#signin-bar")).to_be_hidden()
    for size in ("desktop", "phone"):
        page = made.enter("judge", size, path="attendance/")
        row = page.locator("tr", has_text="云江示例油墨有限公司")
        expect(row).to_contain_text("赵油墨")
        expect(row).to_contain_text("1,284,350.00")
        expect(row).to_contain_text("127.0.0.1")
        assert_accessible(page)
        assert_fits(page)
    refused = made.enter("ink", path="attendance/", wait=False)
    expect(refused.locator("table")).to_have_count(0)
