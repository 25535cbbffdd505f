"""People behind proxies that allow no WebSocket take part like everybody else."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.faults.client.conftest import MakeHouse, assert_counted, ballots_of
from tests.faults.client.proxy import Proxy
from tests.room.conftest import Meeting
from tests.support.browser import TakeScreenshot, assert_accessible
from tests.support.databases import wait_until

PutProxy = Callable[[str], Proxy]

# Each page notes by which ways it asked for the room: what reaches a proxy may still come from the
# page before it.
NOTE_WAYS = """
window.ways = [];
const Socket = window.WebSocket;
window.WebSocket = class extends Socket {
  constructor(url, ...more) {
    super(url, ...more);
    if (!String(url).includes("/video/")) window.ways.push("socket");
  }
};
const fetched = window.fetch;
window.fetch = (url, ...more) => {
  if (String(url).includes("/events/")) window.ways.push("http");
  return fetched(url, ...more);
};
"""


def way(page: Page, kind: str) -> None:
    """Wait until the page is connected by this way."""
    page.locator(f"#line[data-status=connected][data-way={kind}]").wait_for(timeout=90_000)


def choose(page: Page, choice: str) -> None:
    """Choose, and stop before sending."""
    page.locator("#tab-votes").click()
    page.get_by_role("radio", name=choice, exact=True).first.check()
    page.get_by_role("button", name="下一步：核对").first.click()


def ask(page: Page, text: str) -> None:
    """Ask a question."""
    page.locator("#tab-questions").click()
    page.get_by_role("textbox").and_(page.locator("#panel-questions textarea")).fill(text)
    page.locator("#panel-questions").get_by_role("button", name="提交提问").click()


def test_a_meeting_by_stream_beside_one_by_socket(
    house: MakeHouse, proxy: PutProxy, screenshot: TakeScreenshot
) -> None:
    made = house(2)
    office = proxy(made.server.url)
    office.sockets = False
    chair = made.enter("administrator")
    first = made.enter("1", "phone", url=office.url, wait=False)
    way(first, "stream")
    expect(first.locator(".toast")).to_contain_text("已改用普通方式")
    expect(first.locator("#line-text")).to_have_text("已连接")
    assert_accessible(first)
    screenshot(first, "fallback-390")

    # Each sees what the other does.
    choose(first, "同意")
    with first.expect_response("**/ballots/") as posted:
        first.get_by_role("button", name="确认提交").click()
    assert posted.value.status == 200
    expect(first.locator(".receipt")).to_contain_text("已投：同意")
    chair.locator("#tab-votes").click()
    expect(chair.locator(".participation-words:visible").first).to_contain_text("已投票 1 户")
    ask(first, "何时分配？")
    chair.locator("#tab-questions").click()
    expect(chair.locator("#panel-questions")).to_contain_text("何时分配？")
    chair.locator("#tab-agenda").click()
    chair.locator(".agenda-item", has_text="核查债权").get_by_role(
        "button", name="设为当前议程"
    ).click()
    expect(first.locator("#now-title")).to_have_text("核查债权")

    # A reply that is lost: the same id goes again, and gets the receipt that was made.
    first.locator("#tab-votes").click()
    first.get_by_role("button", name="更改表决").first.click()
    choose(first, "反对")
    office.loses = "/ballots/"
    first.get_by_role("button", name="确认提交").click()
    expect(first.locator(".receipt")).to_contain_text("已投：反对")
    assert office.lost == 1
    assert ballots_of(made, "1") == 2

    # Out of the network and in again; what was sent meanwhile arrives.
    first.context.set_offline(True)
    expect(first.locator("#line-text")).to_have_text("正在重连")
    first.get_by_role("button", name="更改表决").first.click()
    choose(first, "弃权")
    first.get_by_role("button", name="确认提交").click()
    first.locator(".sending").wait_for()
    first.context.set_offline(False)
    expect(first.locator(".receipt")).to_contain_text("已投：弃权")

    # The tab remembers: after a reload it does not ask for a socket first.
    first.add_init_script(NOTE_WAYS)
    first.reload()
    way(first, "stream")
    assert first.evaluate("window.ways")[0] == "http"
    # And where another network allows one, it takes it.
    office.sockets = True
    first.evaluate("window.dispatchEvent(new Event('online'))")
    way(first, "socket")
    assert_counted(made, n1="abstain")


def test_a_server_that_was_away_is_no_network_without_sockets(
    house: MakeHouse, proxy: PutProxy
) -> None:
    made = house(2)
    office = proxy(made.server.url)
    page = made.enter("1", url=office.url)
    way(page, "socket")

    # Refused for a moment only: nothing is said of the network, and the socket is back soon.
    before = len(office.asked)
    office.refuses = 2
    office.cut()
    wait_until(lambda: office.asked[before:].count("socket") > 2, seconds=60, what="a third socket")
    assert any("stream=1" in one for one in office.asked[before:])
    way(page, "socket")
    expect(page.locator(".toast")).to_have_count(0)
    # Refused again and again: then it is the network.
    office.sockets = False
    office.cut()
    way(page, "stream")
    expect(page.locator(".toast")).to_contain_text("已改用普通方式")
    assert "已改用普通方式" in page.locator("#line").get_attribute("title")
    office.sockets = True
    page.evaluate("window.dispatchEvent(new Event('online'))")
    way(page, "socket")
    expect(page.locator("#line")).to_have_attribute("title", "")


def test_a_proxy_that_holds_streams_back(
    house: MakeHouse, proxy: PutProxy, screenshot: TakeScreenshot
) -> None:
    made = house(2)
    office = proxy(made.server.url)
    office.sockets, office.holds = False, True
    second = made.enter("2", url=office.url, wait=False)
    way(second, "poll")
    screenshot(second, "fallback-1440")
    other = made.enter("1")
    choose(other, "反对")
    other.get_by_role("button", name="确认提交").click()
    other.locator(".receipt").wait_for()
    expect(second.locator(".participation-words:visible").first).to_contain_text("已投票 1 户")
    choose(second, "同意")
    second.get_by_role("button", name="确认提交").click()
    expect(second.locator(".receipt")).to_contain_text("已投：同意")
    expect(other.locator(".participation-words:visible").first).to_contain_text("已投票 2 户")
    # The tab remembers which way it was.
    second.reload()
    way(second, "poll")
    expect(second.locator(".receipt")).to_contain_text("已投：同意")
    expect(second.locator("#player")).to_contain_text("目前没有直播")
    close_by_chair(made)
    expect(second.locator(".stamp:visible").first).to_be_visible()
    assert_counted(made, n1="against", n2="for")


def close_by_chair(made: Meeting) -> None:
    """Close the poll."""
    made.run(
        "from tests.support import world\n"
        "from voting.models import Resolution\n"
        "from creditor_meetings.cases.models import Person\n"
        f"poll = Resolution.objects.get(pk={made.built['poll']})\n"
        "judge = Person.objects.get(case_roles__case=poll.meeting.case, case_roles__role='judge')\n"
        "world.close_poll(poll, judge)\n"
    )
