"""The pictures of README.md, taken from the running demo: `make screenshots` renews them."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import OpenContext, TakeScreenshot
from tests.support.servers import MakeInstallation, Server

pytestmark = pytest.mark.screenshots

# The administrator's shared screen: a slide on a canvas, since a test has no screen to share.
_SLIDE = """
if (navigator.mediaDevices) navigator.mediaDevices.getDisplayMedia = async () => {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: 1280, height: 720 });
  const paper = canvas.getContext("2d");
  const lines = [
    "厂房及土地使用权：网络司法拍卖，首次起拍价为评估价",
    "机器设备与厂房分别评估，可以整体竞买",
    "应收账款先催收、诉讼一年，再打包拍卖",
    "易损耗存货先行变卖，价款存入管理人账户",
  ];
  const draw = () => {
    paper.fillStyle = "#fbfaf6"; paper.fillRect(0, 0, 1280, 720);
    paper.fillStyle = "#17365d"; paper.fillRect(0, 0, 16, 720);
    paper.font = "700 58px 'Noto Serif CJK SC', serif";
    paper.fillText("破产财产变价方案", 96, 150);
    paper.fillStyle = "#26303d"; paper.font = "36px 'Noto Sans CJK SC', sans-serif";
    lines.forEach((line, row) => paper.fillText("·  " + line, 96, 260 + row * 84));
    paper.fillStyle = "#6b7482"; paper.font = "26px 'Noto Sans CJK SC', sans-serif";
    paper.fillText("示例律师事务所 · " + new Date().toLocaleTimeString("zh-CN"), 96, 660);
  };
  draw();
  setInterval(draw, 200);
  return canvas.captureStream(5);
};
"""


@pytest.fixture(scope="module")
def staged(installation: MakeInstallation) -> Iterator[Server]:
    """Serve the demo in the middle of a vote."""
    made = installation(demo=True)
    made.python("-m", "tests.demo.stage")
    with Server(made) as server:
        yield server


@pytest.fixture
def opened(staged: Server, browser_context: OpenContext):
    """Open a page of the demo as a role."""

    def open_page(role: str, path: str, size: str = "desktop") -> Page:
        person = staged.people.one(role)
        page = browser_context(size=size, person=person, url=staged.url).new_page()
        page.set_default_timeout(60_000)
        page.goto(path)
        return page

    return open_page


@pytest.fixture
def slide(staged: Server, browser_context: OpenContext) -> None:
    """Let the administrator share a slide with the room, live."""
    person = staged.people.one("administrator")
    context = browser_context(person=person, url=staged.url)
    context.add_init_script(_SLIDE)
    page = context.new_page()
    page.goto("/meetings/demo/video/")
    page.get_by_role("button", name="共享屏幕", exact=True).click()
    expect(page.get_by_text("正在直播，并在服务器上录像。")).to_be_visible(timeout=30_000)


def in_the_room(page: Page) -> None:
    """Wait until the room is connected and its picture moves, then show its votes."""
    page.locator("#line[data-status=connected]").wait_for()
    page.wait_for_function(
        """() => {
            const video = document.querySelector("#player video");
            return video && video.readyState >= 3 && video.videoWidth > 0 && video.currentTime > 1;
        }""",
        timeout=60_000,
    )
    page.locator(".poll-bar button").click()
    page.evaluate("scrollTo(0, 0)")


def test_the_administrators_room_in_the_middle_of_a_vote(
    slide: None, opened, screenshot: TakeScreenshot
) -> None:
    page = opened("administrator", "/meetings/demo/")
    in_the_room(page)
    expect(page.locator(".poll-bar")).to_contain_text("破产财产变价方案")
    expect(page.locator(".tally-table")).to_be_visible()
    screenshot(page, "administrator-room")


def test_a_creditor_votes_on_a_phone(slide: None, opened, screenshot: TakeScreenshot) -> None:
    page = opened("creditor", "/meetings/demo/", "phone")
    in_the_room(page)
    page.get_by_role("radio", name="同意", exact=True).check()
    expect(page.get_by_role("button", name="下一步：核对")).to_be_enabled()
    screenshot(page, "creditor-vote-phone")


def test_the_judges_evidence_page(opened, staged: Server, screenshot: TakeScreenshot) -> None:
    page = opened("judge", f"/meetings/demo-held/resolutions/{_held(staged)}/evidence/")
    expect(page.get_by_text("破产财产变价方案").first).to_be_visible(timeout=30_000)
    screenshot(page, "judge-evidence")


def test_the_result_page(opened, staged: Server, screenshot: TakeScreenshot) -> None:
    page = opened("creditor", f"/meetings/demo-held/resolutions/{_held(staged)}/result/")
    expect(page.get_by_text("破产财产变价方案").first).to_be_visible(timeout=30_000)
    screenshot(page, "result")


def test_the_big_screen(opened, screenshot: TakeScreenshot) -> None:
    page = opened("clerk", "/meetings/demo/screen/", "screen")
    expect(page.get_by_text("破产财产变价方案").first).to_be_visible(timeout=30_000)
    screenshot(page, "screen")


def test_preparing_a_meeting(opened, screenshot: TakeScreenshot) -> None:
    page = opened("administrator", "/meetings/demo/prepare/")
    expect(page.get_by_role("heading", name="筹备情况")).to_be_visible()
    screenshot(page, "prepare")


def _held(server: Server) -> int:
    code = (
        "import django; django.setup()\n"
        "from voting.models import Resolution\n"
        "print(Resolution.objects.get(meeting__slug='demo-held', power=9).pk)"
    )
    return int(server.installation.python("-c", code).stdout)
