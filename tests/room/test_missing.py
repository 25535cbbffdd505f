"""What does not arrive: parts of the room come by themselves later, ballots are not lost."""

from collections.abc import Callable

from playwright.sync_api import Route, expect

from tests.room.conftest import Meeting, open_poll
from tests.room.test_break import ballots, prepare
from tests.support.browser import assert_accessible
from tests.support.wire import Wire

MakeMeeting = Callable[..., Meeting]
LayWire = Callable[[str], Wire]


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
        with page.expect_request("**/panels/documents.js*"):
            documents.get_by_role("button", name="重试").click()
    expect(documents.get_by_role("button", name="重新载入")).to_be_visible()
    for part in parts:
        page.unroute(part, refuse)
    documents.get_by_role("button", name="重试").click()
    expect(documents).to_contain_text("还没有发放文件", timeout=20_000)
    # Nobody presses anything for the picture.
    expect(page.locator("#player")).to_contain_text("目前没有直播", timeout=40_000)


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
    expect(sending).to_contain_text("还没有送达", timeout=40_000)
    expect(sending).to_contain_text("已保留")
    assert_accessible(ink)
    assert ballots(made) == []
    ink.unroute("**/ballots/")
    sending.get_by_role("button", name="重新载入").click()
    expect(ink.locator(".toast")).to_contain_text("已记录您的表决：同意", timeout=30_000)
    assert ballots(made) == [[made.built["creditors"]["ink"], "for", True]]
