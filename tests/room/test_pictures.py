"""How a vote stands, as a picture: openly, in its own size, without a jump or a flicker."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.room.conftest import Meeting, close_poll, open_poll, vote
from tests.support.browser import assert_accessible

MakeMeeting = Callable[..., Meeting]

BOX = "article.resolution[data-state=open] .chart-box"


def drawn(page: Page) -> None:
    """Wait until the chart that is in sight is drawn."""
    page.wait_for_function(
        """() => [...document.querySelectorAll("img.chart")]
            .some((one) => one.checkVisibility({visibilityProperty: true})
                && one.naturalWidth > 0)"""
    )


def test_the_chart_is_shown_openly_and_the_bars_give_way(meeting: MakeMeeting) -> None:
    made = meeting()
    chair, ink = made.enter("administrator"), made.enter("ink", "phone")
    held: list[Route] = []
    let_through: list[bool] = []

    def hold(route: Route) -> None:
        if let_through:
            route.continue_()
        else:
            held.append(route)

    ink.route("**/chart.svg**", hold)
    open_poll(chair)
    with ink.expect_request("**/chart.svg**"):
        vote(ink, "同意")

    # Until the picture comes, slim bars stand in for it, in the room that is kept for it.
    live = ink.locator(".tally-live:visible")
    expect(live).to_have_count(1)
    expect(live).to_contain_text("同意 1 / 出席 1 户")
    # Half of one creditor is half of the bar.
    expect(live.locator("line").first).to_have_attribute("x1", "50%")
    box = ink.locator(BOX)
    before: Any = box.bounding_box()
    assert before["width"] / before["height"] > 1.2
    let_through.append(True)
    for route in held:
        route.continue_()
    drawn(ink)
    expect(live).to_have_count(0)
    assert box.bounding_box() == before
    picture = ink.locator("img.chart:visible").first
    width, height = picture.evaluate("one => [one.naturalWidth, one.naturalHeight]")
    assert (picture.get_attribute("width"), picture.get_attribute("height")) == (
        str(width),
        str(height),
    )
    shown: Any = picture.bounding_box()
    assert shown["width"] >= 340  # of a phone's 390: what is written in it can be read
    assert abs(shown["width"] / shown["height"] - width / height) < 0.02
    expect(picture).to_have_attribute("alt", "“破产财产变价方案”的计票图，精确数字见表格")
    expect(ink.locator("details", has=ink.locator("img.chart"))).to_have_count(0)
    assert_accessible(ink)


def test_the_last_picture_stays_until_the_next_is_there(meeting: MakeMeeting) -> None:
    made = meeting()
    chair, ink, paper = made.enter("administrator"), made.enter("ink"), made.enter("paper")
    open_poll(chair)
    vote(ink, "同意")
    drawn(ink)
    picture = ink.locator(BOX).locator("img")
    first = picture.get_attribute("src")
    ink.evaluate(
        """() => {
            window.blanks = 0;
            const look = () => {
                const one = document.querySelector("article[data-state=open] img.chart");
                if (!one.complete || !one.naturalWidth) window.blanks += 1;
                requestAnimationFrame(look);
            };
            look();
        }"""
    )
    vote(paper, "反对")
    ink.wait_for_function(
        "first => document.querySelector('article[data-state=open] img.chart')"
        ".getAttribute('src') !== first",
        arg=first,
    )
    assert ink.evaluate("window.blanks") == 0
    expect(ink.locator(".tally-live:visible")).to_have_count(0)


def test_a_picture_that_does_not_follow_is_not_the_last_word(meeting: MakeMeeting) -> None:
    made = meeting()
    chair, ink, paper = made.enter("administrator"), made.enter("ink"), made.enter("paper")
    open_poll(chair)
    vote(ink, "同意")
    drawn(ink)
    # The room hears of ballots and of no new picture: the bars say how the vote stands.
    ink.route_web_socket(
        "**/ws/meetings/**",
        lambda socket: _without_charts(socket, socket.connect_to_server()),
    )
    ink.reload()
    ink.locator("#tab-votes").click()
    drawn(ink)
    ink.wait_for_timeout(2600)  # what comes within two seconds belongs to the picture
    vote(paper, "反对")
    expect(ink.locator(".tally-live:visible")).to_contain_text("同意 1 / 出席 2 户")


def _without_charts(page: Any, server: Any) -> None:
    """Pass everything on but news of charts."""
    page.on_message(server.send)
    server.on_message(lambda text: None if '"set":{"charts/' in _tight(text) else page.send(text))


def _tight(text: str | bytes) -> str:
    return (text if isinstance(text, str) else text.decode()).replace(" ", "")


def test_the_big_screen_tells_what_came_of_the_votes(meeting: MakeMeeting) -> None:
    made = meeting()
    chair, ink, paper = made.enter("administrator"), made.enter("ink"), made.enter("paper")
    screen = made.enter("clerk", "screen", path="screen/")
    # The agenda stands elsewhere: a vote that was just held is shown all the same.
    chair.locator(".agenda-item", has_text="核查债权").get_by_role(
        "button", name="设为当前议程"
    ).click()
    expect(screen.locator(".screen-title")).to_have_text("核查债权")
    open_poll(chair)
    vote(ink, "同意")
    vote(paper, "同意")
    close_poll(chair)
    expect(screen.locator(".screen-title")).to_have_text("破产财产变价方案")
    expect(screen.locator(".stamp")).to_have_text("通过")
    expect(screen.locator(".tests li")).to_have_count(2)
    # Until the agenda goes on.
    chair.locator("#tab-agenda").click()
    chair.locator(".agenda-item", has_text="工作报告").get_by_role(
        "button", name="设为当前议程"
    ).click()
    expect(screen.locator(".screen-title")).to_have_text("管理人执行职务工作报告")

    judge = made.enter("judge")
    judge.locator("#tab-agenda").click()
    judge.get_by_role("button", name="闭会").click()
    judge.locator(".confirm").get_by_role("button", name="闭会").click()
    expect(screen.locator(".screen-title")).to_have_text("会议已闭会")
    result = screen.locator(".screen-results li")
    expect(result).to_have_count(1)
    expect(result).to_contain_text("破产财产变价方案")
    expect(result.locator(".stamp")).to_have_text("通过")
    expect(result.locator(".screen-tests > span")).to_have_count(2)
    expect(result).to_contain_text("按人数 2 / 2 = 100.00% ✓ 已达到")
    assert_accessible(screen)

    # The room of a closed meeting opens at its results.
    late = made.enter("paper")
    expect(late.locator("#tab-votes")).to_have_attribute("aria-selected", "true")
    late.locator("#tab-agenda").click()
    late.reload()
    expect(late.locator("#tab-agenda")).to_have_attribute("aria-selected", "true")
