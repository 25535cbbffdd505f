"""A creditor who was absent watches the meeting while extended voting runs, in a real browser."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.support.browser import OpenContext, assert_accessible
from tests.support.databases import wait_until
from tests.support.media import _READ_FRAME
from tests.video.conftest import House
from tests.video.streams import FPS

_HELD = """
import django; django.setup()
from datetime import UTC, datetime, timedelta
from creditor_meetings.cases.models import Person
from creditor_meetings.meetings.models import Caption, ItemTurn, Meeting
from creditor_meetings.video import copies
from tests.support import world
from tests.video import kept
at = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
meeting = Meeting.objects.get(slug="m")
judge = Person.objects.get(name="judge")
mkv = "video/x-matroska;codecs=avc1,opus"
camera = kept.make_broadcast(meeting, judge, at)
screen = kept.make_broadcast(meeting, judge, at, "screen")
later = at + timedelta(minutes=10)
kept.make_recording(camera, kept.h264(3), at, mime=mkv, seconds=3)
second = at + timedelta(seconds=1)
kept.make_recording(screen, kept.h264(2, first=2000), second, mime=mkv, seconds=2)
kept.make_recording(camera, kept.h264(20, first=600), later, mime=mkv, seconds=20, part=2)
for position, moment in ((1, at), (2, later), (3, later + timedelta(seconds=8))):
    item = meeting.items.get(position=position)
    ItemTurn.objects.create(meeting=meeting, item=item, at=moment, by=judge)
said = later + timedelta(seconds=8)
words = {"text": "现在开始表决", "speaker": "审判长"}
Caption.objects.create(meeting=meeting, said_at=said, at=said, **words)
world.open_poll(world.make_resolution(meeting), judge)
copies.make_waiting()
"""

# Notes what the <video> shows, as it goes by: a look from outside may come when it is over.
_NOTE_FRAMES = f"""video => {{
  const read = {_READ_FRAME};
  window.seenFrames = [];
  setInterval(() => {{
    const frame = read(video);
    if (frame !== null && frame !== seenFrames.at(-1)) seenFrames.push(frame);
  }}, 50);
}}"""


def test_a_creditor_watches_what_was_missed(
    house: Callable[..., House], browser_context: OpenContext
) -> None:
    made = house()
    made.installation.python("-c", _HELD)
    context = browser_context(person=made.sessions["creditor"], url=made.server.url, size="phone")
    page = context.new_page()
    page.goto("/meetings/m/")
    page.get_by_role("link", name="回看会议").click()
    expect(page.get_by_text("会记入会议记录")).to_be_visible()
    expect(page.locator("#replay")).to_have_attribute("data-state", "paused")
    camera = page.locator(".replay-tile").first.locator("video")

    camera.evaluate(_NOTE_FRAMES)

    def shows(first: int, end: int, what: str) -> None:
        inside = f"() => seenFrames.some(one => {first} <= one && one < {end})"
        wait_until(lambda: page.evaluate(inside), seconds=120, what=what)

    page.get_by_role("button", name="播放", exact=True).click()
    # It moves.
    shows(1, 3 * FPS, "the first part")
    # The second part follows by itself, over ten minutes of which there is nothing.
    expect(page.get_by_text("跳过了没有录像的 09:5")).to_be_visible()
    shows(600, 600 + 20 * FPS, "the second part")
    page.evaluate("() => { seenFrames.length = 0; }")
    page.locator(".replay-chapter", has_text="表决").click()
    expect(page.get_by_text("审判长：现在开始表决")).to_be_visible()
    jumped = 600 + 8 * FPS
    shows(jumped - 2, jumped + 6 * FPS, "the chapter")
    page.get_by_label("播放速度").select_option("2")
    page.evaluate("() => { seenFrames.length = 0; }")
    page.get_by_role("button", name="管理人执行职务工作报告").click()
    shows(0, 3 * FPS, "the first chapter")
    page.get_by_role("button", name="暂停").click()
    expect(page.get_by_role("button", name="播放", exact=True)).to_be_visible()
    assert_accessible(page)
    clerk = browser_context(person=made.sessions["clerk"], url=made.server.url).new_page()

    def watched() -> int:
        clerk.goto("/meetings/m/recordings/")
        return clerk.get_by_text("1 人回看过").count()

    wait_until(lambda: watched() >= 2, seconds=60, what="what was watched")
    clerk.get_by_text("1 人回看过").first.click()
    expect(clerk.get_by_role("cell", name="甲公司").first).to_be_visible()
    assert_accessible(clerk)
