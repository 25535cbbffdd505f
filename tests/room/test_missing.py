"""What does not arrive: parts of the room come by themselves later, ballots are not lost."""

from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from tests.room.conftest import Meeting, open_poll
from tests.room.test_break import ballots, prepare
from tests.support.browser import assert_accessible
from tests.support.wire import Wire

MakeMeeting = Callable[..., Meeting]
LayWire = Callable[[str], Wire]


def keep_notices(page: Page) -> None:
    """Keep every notice that the page's next loads show: they go after a few seconds."""
    page.add_init_script(
        """addEventListener("DOMContentLoaded", () => {
            window.noticed = [];
            new MutationObserver((changes) => {
                for (const one of changes) {
                    for (const note of one.addedNodes) window.noticed.push(note.textContent);
                }
            }).observe(document.getElementById("notices"), { childList: true });
        })"""
    )


def test_parts_that_cannot_be_fetched_come_by_themselves(meeting: MakeMeeting) -> None:
    made = meeting()
    page = made.enter("ink", path="attendance/", wait=False)
    parts = ("**/video/player.js*", "**/panels/documents.js*")

    def refuse(route: Route) -> None:
        route.abort()

    for part in parts:
        page.route(part, refuse)
    page.goto(f"{made.server.url}/meetings/{made.slug}/")
    expect(page.locator("#player")).to_contain_text("直播暂时打不开，正在自动重试")
    page.locator("#tab-documents").click()
    documents = page.locator("#panel-documents")
    expect(documents).to_contain_text("正在自动重试")
    assert_accessible(page)
    # Pressed, the button tries at once; after some tries, a reload is offered too.
    for _ in range(3):
        with page.expect_request("**/panels/documents.js*", timeout=60_000):
            documents.get_by_role("button", name="重试").click()
    expect(documents.get_by_role("button", name="重新载入")).to_be_visible()
    for part in parts:
        page.unroute(part, refuse)
    # Pressed if it is still there: the next try by itself may have come just now.
    documents.evaluate("panel => panel.querySelector('.missing-actions button')?.click()")
    expect(documents).to_contain_text("还没有发放文件", timeout=60_000)
    # Nobody presses anything for the picture.
    expect(page.locator("#player")).to_contain_text("目前没有直播", timeout=60_000)


def test_a_ballot_that_gets_no_proper_answer_says_so(meeting: MakeMeeting, wire: LayWire) -> None:
    made = meeting()
    line = wire(made.server.url)
    chair, ink = made.enter("administrator"), made.enter("ink", url=line.url)
    open_poll(chair)
    prepare(ink, "同意")
    # A proxy that lets no socket through, and answers all else with a page of its own.
    ink.route_web_socket("**/ws/meetings/**", lambda socket: socket.close())
    page_of_proxy = "<html><body>502 Bad Gateway</body></html>"
    for place in ("**/ballots/", "**/events/*"):
        ink.route(
            place,
            lambda route: route.fulfill(status=502, content_type="text/html", body=page_of_proxy),
        )
    line.cut()
    line.mend()
    expect(ink.locator("#line-text")).to_have_text("正在重连")
    ink.get_by_role("button", name="确认提交").click()
    sending = ink.locator(".sending")
    expect(sending).to_contain_text("还没有送达", timeout=90_000)
    expect(sending).to_contain_text("已保留")
    assert_accessible(ink)
    assert ballots(made) == []
    keep_notices(ink)
    # First pressed, then let through: what gets through by itself takes the button away.
    sending.get_by_role("button", name="重新载入").click()
    ink.unroute("**/ballots/")
    ink.wait_for_function(
        "() => window.noticed?.some((one) => one.includes('已记录您的表决：同意'))", timeout=60_000
    )
    assert ballots(made) == [[made.built["creditors"]["ink"], "for", True]]
