"""A whole first meeting in real browsers, as four people live it; and its vote on two processes.

The administrator publishes a fed camera and microphone whose frames and tone are read back at
the creditors'. One creditor loses its network half way through its ballot.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser import OpenContext
from tests.support.databases import wait_until
from tests.support.media import FedMedia, read_frame, read_tone
from tests.support.people import Person
from tests.support.servers import Server, StartServer
from tests.support.wire import Wire

LayWire = Callable[[str], Wire]

PLAN = "破产财产变价方案"
MOST_SECONDS_BEHIND = 3.0


@dataclass
class Room:
    """The demo's room as one person has it open."""

    page: Page
    person: Person

    def tab(self, name: str) -> Locator:
        """Switch to a tab and return its panel."""
        self.page.get_by_role("tab", name=re.compile(f"^{name}")).click()
        return self.page.get_by_role("tabpanel", name=re.compile(f"^{name}"))

    def resolution(self, title: str) -> Locator:
        """Return a resolution's part of the votes tab."""
        return (
            self.tab("表决")
            .get_by_role("article")
            .filter(has=self.page.get_by_role("heading", name=re.compile(f"^{title}"), level=3))
        )

    def connected(self) -> None:
        """Wait until the room says that it is connected; between tries it rests up to 15 s."""
        expect(self.page.locator("#line-text")).to_have_text("已连接", timeout=60_000)


def enter(
    open_context: OpenContext,
    person: Person,
    url: str,
    *,
    size: str = "desktop",
    media: FedMedia | None = None,
) -> Room:
    """Open the demo's room as a person."""
    page = open_context(size=size, person=person, url=url, media=media).new_page()
    page.goto("/meetings/demo/")
    room = Room(page, person)
    room.connected()
    return room


def two_creditors(server: Server) -> tuple[Person, Person]:
    """Return two creditors with ordinary claims: those stand in the middle of the table."""
    everybody = server.people.all("creditor")
    return everybody[0], everybody[len(everybody) // 2]


def sign_in_all(rooms: list[Room], judge: Room) -> None:
    """Let creditors sign in; the judge sees each arrive."""
    for number, room in enumerate(rooms, start=1):
        room.page.get_by_role("button", name="签到", exact=True).click()
        expect(judge.page.get_by_role("region", name="会议概况")).to_contain_text(
            f"{number} / 326 户"
        )
        expect(room.page.get_by_role("region", name="我的身份")).to_contain_text("签到")
        expect(room.page.get_by_role("button", name="签到", exact=True)).to_have_count(0)


def open_the_meeting(judge: Room, others: list[Room]) -> None:
    """Open the meeting as the judge does; everybody's room follows."""
    judge.tab("议程")
    judge.page.get_by_role("button", name="开始会议").click()
    judge.page.get_by_role("group").get_by_role("button", name="开始会议").click()
    for room in [judge, *others]:
        expect(room.page.get_by_role("region", name="当前议程")).to_contain_text("进行中")


def start_poll(chair: Room, title: str) -> None:
    """Open a poll that is closed by hand."""
    part = chair.resolution(title)
    head = part.get_by_role("button", name=re.compile(f"^{title}"))
    if head.get_attribute("aria-expanded") != "true":
        head.click()
    part.get_by_role("button", name="开始表决").click()
    part.get_by_label("截止方式").select_option(label="由主持人手动截止")
    part.get_by_role("button", name="确认开始").click()
    expect(chair.page.get_by_role("region", name="正在进行的表决")).to_contain_text(title)


def choose(room: Room, choice: str) -> None:
    """Go to the open poll and make a choice, no more."""
    room.page.get_by_role("button", name=re.compile("^去表决")).click()
    room.page.get_by_role("radio", name=choice, exact=True).check()


def submit(room: Room, choice: str) -> None:
    """Check the choice that was made, and send it; wait for the receipt."""
    room.page.get_by_role("button", name="下一步：核对").click()
    check = room.page.locator(".check")
    expect(check).to_contain_text(room.person.creditor)
    expect(check).to_contain_text(choice)
    room.page.get_by_role("button", name="确认提交").click()
    expect(room.page.locator(".receipt")).to_contain_text(f"已投：{choice}", timeout=30_000)


def end_poll(chair: Room, title: str) -> None:
    """Close the poll by hand."""
    part = chair.resolution(title)
    part.get_by_role("button", name="截止表决").click()
    part.get_by_role("button", name="确认截止").click()
    expect(part.locator(".stamp")).to_be_visible()


def go_live(administrator: Room) -> None:
    """Publish camera and microphone."""
    page = administrator.page
    page.get_by_text("直播控制：摄像头、麦克风与共享屏幕").click()
    page.get_by_role("button", name="预览", exact=True).click()
    expect(page.get_by_text("这是预览，只有您能看到。")).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="开始直播").click()
    expect(page.get_by_text("正在直播，并在服务器上录像。")).to_be_visible(timeout=30_000)


def watches(room: Room, administrator: Room, media: FedMedia) -> None:
    """Assert that a viewer sees the camera's frames, not long after, and hears its tone."""
    video = room.page.locator(".tile > video").first
    preview = administrator.page.locator(".publisher-preview")

    def is_live() -> bool:
        shown, sent = read_frame(video), read_frame(preview)
        if shown is None or sent is None:
            return False
        return media.behind(sent, shown) < MOST_SECONDS_BEHIND

    wait_until(is_live, seconds=90, what="the camera's present frames")
    wait_until(lambda: abs((read_tone(video) or 0) - media.hz) < 40, seconds=30, what="the tone")


def hand_out(administrator: Room, readers: list[Room]) -> None:
    """Hand out the one paper that is not yet; creditors are told, open it, and are on record."""
    panel = administrator.tab("文件")
    waiting = panel.get_by_role("button", name=re.compile("^发放“"))
    title = re.findall("“(.+)”", waiting.get_attribute("aria-label") or "")[0]
    waiting.click()
    for room in readers:
        expect(room.page.get_by_role("region", name="通知")).to_contain_text(title)
        room.tab("文件").get_by_role("button", name=re.compile(f"^{title}")).click()
        first_page = room.page.locator("#panel-documents img").first
        expect(first_page).to_be_visible(timeout=40_000)
        wait_until(
            lambda image=first_page: image.evaluate("one => one.complete && one.naturalWidth > 0"),
            seconds=40,
            what="the first page's picture",
        )
    expect(panel.get_by_role("button", name=re.compile(f"^{title}"))).to_contain_text(
        f"{len(readers)} 人已阅"
    )


def verify_claims(first: Room, second: Room, administrator: Room) -> None:
    """One creditor confirms its claim; the other objects to its own and is answered live."""
    first.tab("债权").get_by_role("button", name="确认无异议").first.click()
    expect(first.page.get_by_text(re.compile("^已于 .+ 确认无异议。$"))).to_be_visible()
    own = second.tab("债权").get_by_role("region", name="我的债权")
    own.get_by_role("button", name="提出异议").first.click()
    own.get_by_label("异议理由").fill("利息少计算三个月，见对账单。")
    own.get_by_role("button", name="提交异议").click()
    objections = administrator.tab("债权").get_by_role("region", name="异议")
    new = objections.get_by_role("listitem").filter(has_text="利息少计算三个月")
    new.get_by_role("button", name="答复").click()
    new.get_by_label("管理人答复").fill("经复核，利息计算至受理日，维持原审查意见。")
    new.get_by_role("button", name="发布答复").click()
    expect(second.tab("债权").get_by_role("region", name="异议", exact=True)).to_contain_text(
        "维持原审查意见"
    )


def address(room: Room, link: str) -> str:
    """Return where a link of the plan's result leads."""
    return room.resolution(PLAN).get_by_role("link", name=link).get_attribute("href") or ""


def shows_the_chart(room: Room, title: str) -> None:
    """Assert that the tally's drawing is on the page and really drawn."""
    picture = room.resolution(title).locator("img[src*='chart.svg']")
    expect(picture).to_be_visible(timeout=40_000)
    wait_until(
        lambda: picture.evaluate("one => one.complete && one.naturalWidth > 200"),
        seconds=40,
        what="the chart",
    )


def test_a_first_meeting_from_sign_in_to_the_confirmed_result(
    daphne_server: StartServer,
    browser_context: OpenContext,
    fed_media: FedMedia,
    wire: LayWire,
) -> None:
    server = daphne_server(demo=True)
    people = server.people
    line = wire(server.url)
    mobile, office = two_creditors(server)
    judge = enter(browser_context, people.one("judge"), server.url)
    administrator = enter(browser_context, people.one("administrator"), server.url, media=fed_media)
    first = enter(browser_context, mobile, line.url, size="phone")
    second = enter(browser_context, office, server.url)

    sign_in_all([first, second], judge)
    open_the_meeting(judge, [administrator, first, second])

    go_live(administrator)
    watches(first, administrator, fed_media)
    watches(second, administrator, fed_media)

    administrator.tab("议程").get_by_role("listitem").filter(has_text="核查债权").first.get_by_role(
        "button", name="设为当前议程"
    ).click()
    for room in (judge, first, second):
        expect(room.page.get_by_role("region", name="当前议程")).to_contain_text("核查债权")

    hand_out(administrator, [first, second])
    verify_claims(first, second, administrator)

    start_poll(judge, PLAN)
    choose(first, "反对")
    line.cut()
    expect(first.page.locator("#line-text")).to_have_text("正在重连", timeout=30_000)
    # The meeting goes on without it.
    choose(second, "同意")
    submit(second, "同意")
    administrator.tab("议程").get_by_role("listitem").filter(
        has_text=f"审议并表决{PLAN}"
    ).get_by_role("button", name="设为当前议程").click()
    line.mend()
    first.connected()
    expect(first.page.get_by_role("region", name="当前议程")).to_contain_text(PLAN)
    expect(first.page.get_by_role("radio", name="反对", exact=True)).to_be_checked()
    expect(first.resolution(PLAN)).to_contain_text("已投票 1 户")
    watches(first, administrator, fed_media)
    submit(first, "反对")
    shows_the_chart(judge, PLAN)

    end_poll(judge, PLAN)
    for room in (administrator, first, second):
        part = room.resolution(PLAN)
        expect(part.locator(".stamp")).to_have_text("未通过")
        expect(part.locator(".tests")).to_contain_text("同意 1 户")
        expect(part.locator(".tests")).to_contain_text("2 户 = 50.00%，须过半数：未达到")
    shows_the_chart(first, PLAN)

    part = judge.resolution(PLAN)
    part.get_by_role("button", name="确认结果").click()
    part.locator(".confirm").get_by_role("button", name="确认结果").click()
    for room in (administrator, first, second):
        expect(room.resolution(PLAN)).to_contain_text("确认本次表决结果")

    result = second.page.context.new_page()
    result.goto(address(second, "结果页"))
    expect(result.locator("main")).to_contain_text("1 / 2 户")
    expect(result.locator("main")).to_contain_text("638,774,886.51")
    evidence = judge.page.context.new_page()
    evidence.goto(address(judge, "登记册与表决票"))
    expect(evidence.locator("main")).to_contain_text(mobile.creditor)
    expect(evidence.locator("main")).to_contain_text(office.creditor)


@pytest.mark.parametrize("processes", [2])
def test_the_same_vote_on_two_processes(
    daphne_server: StartServer,
    browser_context: OpenContext,
    postgres_url: str,
    redis_url: str,
    processes: int,
) -> None:
    server = daphne_server(
        demo=True, processes=processes, database_url=postgres_url, redis_url=redis_url
    )
    mobile, office = two_creditors(server)
    here, there = server.urls
    judge = enter(browser_context, server.people.one("judge"), here)
    first = enter(browser_context, mobile, here, size="phone")
    second = enter(browser_context, office, there)
    sign_in_all([first, second], judge)
    open_the_meeting(judge, [first, second])
    start_poll(judge, PLAN)
    for room, choice in ((first, "同意"), (second, "同意")):
        choose(room, choice)
        submit(room, choice)
    for room in (judge, first, second):
        expect(room.resolution(PLAN)).to_contain_text("已投票 2 户")
    end_poll(judge, PLAN)
    for room in (first, second):
        part = room.resolution(PLAN)
        expect(part.locator(".tests")).to_contain_text("2 户 = 100.00%，须过半数：已达到")
        expect(part.locator(".stamp")).to_have_text("未通过")  # two small claims are not half of T
    shows_the_chart(second, PLAN)
