"""Those who publish, in real browsers: camera and screen together, reloads, the floor."""

import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from tests.support.browser import OpenContext, assert_accessible
from tests.support.databases import wait_until
from tests.support.media import FedMedia, read_frame, read_tone
from tests.video.conftest import House

_COMMAND = """([type, data]) => new Promise((done) => {
  const socket = new WebSocket(location.origin.replace("http", "ws") + "/ws/meetings/m/");
  socket.onmessage = (message) => {
    const frame = JSON.parse(message.data);
    if (frame.type === "snapshot") socket.send(JSON.stringify({ id: "1", type, data }));
    if (frame.type !== "reply") return;
    socket.close();
    done(JSON.stringify(frame));
  };
})"""


def command(page: Page, name: str, **data: Any) -> dict[str, Any]:
    """Send a command as the person of a page; returns the reply's data."""
    reply = json.loads(page.evaluate(_COMMAND, [name, data]))
    assert reply["ok"], reply
    answer: dict[str, Any] = reply["data"]
    return answer


def opened(context: BrowserContext, path: str) -> Page:
    page = context.new_page()
    # Leaving while live is warned of.
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(path)
    return page


def lane(page: Page, name: str) -> Any:
    return page.get_by_role("region", name=name)


def is_in(page: Page, name: str, state: str) -> None:
    expect(lane(page, name).locator(".publisher-state")).to_have_attribute("data-state", state)


# Chromium's stand-in for a screen is large: too much for a machine that does all at once.
_SMALL_SCREEN = """
if (navigator.mediaDevices) {
  const real = navigator.mediaDevices.getDisplayMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getDisplayMedia = (asked) =>
    real({ ...asked, video: { width: 640, height: 360, frameRate: 10 } });
}
"""


def both_are_seen(viewer: Page) -> bool:
    """Whether a viewer sees two moving pictures, the camera's frame counter in one."""
    tiles = viewer.locator(".tile > video")
    moving = "vs => vs.filter(v => v.readyState > 1 && !v.paused && v.videoWidth > 0).length"
    if tiles.evaluate_all(moving) != 2:
        return False
    return any(read_frame(tiles.nth(i)) is not None for i in range(2))


def hears(viewer: Page, hz: int) -> bool:
    """Whether a viewer hears a tone in the first picture's sound."""
    tile = viewer.locator(".tile > video").first
    sounding = "v => v.readyState > 1 && v.captureStream().getAudioTracks().length > 0"
    if not tile.count() or not tile.evaluate(sounding):
        return False
    return abs((read_tone(tile) or 0) - hz) < 40


def recorded(made: House) -> list[Any]:
    names = "'broadcast__source', 'broadcast_id', 'part'"
    return made.query(f"list(Recording.objects.order_by('id').values_list({names}))")


def test_camera_and_screen_together_changed_and_reloaded_without_an_end(
    house: Callable[..., House], browser_context: OpenContext, fed_media: FedMedia
) -> None:
    made = house()
    url = made.server.url
    context = browser_context(person=made.sessions["administrator"], url=url, media=fed_media)
    context.add_init_script(_SMALL_SCREEN)
    page = opened(context, "/meetings/m/video/")
    page.get_by_role("button", name="开始直播").click()
    is_in(page, "摄像头与麦克风", "live")
    page.get_by_role("button", name="共享屏幕", exact=True).click()
    is_in(page, "共享屏幕", "live")
    assert_accessible(page)
    viewer = opened(browser_context(person=made.sessions["observer"], url=url), "/meetings/m/")
    wait_until(lambda: both_are_seen(viewer), seconds=60, what="camera and screen at a viewer's")

    # Another microphone is a new part of the same broadcast.
    page.get_by_label("麦克风", exact=True).select_option(index=1)
    wait_until(lambda: ["camera", 1, 2] in recorded(made), seconds=60, what="the part with it")
    # A microphone that is pulled out: another takes its place, and it is said.
    page.evaluate(
        "() => { const [track] = document.querySelector('.publisher-preview').srcObject"
        ".getAudioTracks(); track.stop(); track.dispatchEvent(new Event('ended')); }"
    )
    expect(page.get_by_text("断开了，已换用")).to_be_visible()
    wait_until(lambda: ["camera", 1, 3] in recorded(made), seconds=60, what="the part after it")
    is_in(page, "摄像头与麦克风", "live")

    second = opened(context, "/meetings/m/video/")
    second.get_by_role("button", name="开始直播").click()
    expect(second.get_by_role("alert").filter(visible=True)).to_contain_text("另一个窗口")
    is_in(second, "摄像头与麦克风", "off")
    second.close()

    # The camera goes on by itself; for the screen the browser wants a click.
    # Both have 20 seconds for it.
    page.reload()
    page.get_by_role("button", name="继续共享屏幕").click()
    is_in(page, "摄像头与麦克风", "live")
    is_in(page, "共享屏幕", "live")
    wait_until(lambda: both_are_seen(viewer), seconds=60, what="both after the reload")
    assert {(source, number) for source, number, _part in recorded(made)} == {
        ("camera", 1),
        ("screen", 2),
    }
    page.get_by_role("button", name="停止共享").click()
    page.get_by_role("button", name="停止直播").click()
    is_in(page, "摄像头与麦克风", "off")
    expect(viewer.locator(".video")).to_have_attribute("data-state", "off")


_RATE = """async () => {
  const { Rate } = await import("/static/js/video/uplink_rate.js");
  const rate = new Rate("camera", 0);
  const said = [];
  const look = (from, until, waiting) => {
    for (let at = from; at < until; at += 500) {
      const verdict = rate.look(waiting, at);
      if (verdict) said.push([verdict, at, rate.bits]);
    }
  };
  look(0, 10000, 0);       // nothing waits: nothing changes
  look(10000, 12000, 3000); // it does not keep up
  look(12000, 80000, 0);    // and does again
  look(80000, 82000, 3000); // the rise did not hold: patience doubles
  look(82000, 130000, 0);
  look(130000, 130500, 11000);
  return [said.map(([verdict]) => verdict), said, rate.slow];
}"""


def test_the_floor_and_the_test_of_devices_before_it(
    house: Callable[..., House], browser_context: OpenContext, fed_media: FedMedia
) -> None:
    made = house()
    url = made.server.url
    context = browser_context(
        person=made.sessions["creditor"], url=url, media=fed_media, size="phone"
    )
    page = opened(context, "/meetings/m/device/")
    summary = page.locator("[data-summary]")
    expect(page.get_by_text("发言和直播的上传没有问题。")).to_be_visible()
    page.get_by_role("button", name="播放测试音").click()
    page.get_by_role("button", name="没听到").click()
    expect(summary).to_contain_text("需要处理：扬声器")
    page.get_by_role("button", name="播放测试音").click()
    page.get_by_role("button", name="听到了").click()
    expect(summary).to_contain_text("还没有测完：麦克风")
    page.get_by_role("button", name="测试麦克风").click()
    expect(page.get_by_text("听到您的声音了。")).to_be_visible()
    page.get_by_role("button", name="录 3 秒").click()
    page.get_by_role("button", name="听到了，清楚").click()
    page.get_by_role("button", name="打开摄像头").click()
    expect(page.get_by_text("摄像头正常。")).to_be_visible()
    expect(summary).to_have_text("全部正常，可以参加会议。")
    assert_accessible(page)
    verdicts, told, slow = page.evaluate(_RATE)
    assert verdicts == ["fall", "rise", "fall", "stuck"], told
    assert slow

    page.goto("/meetings/m/")
    asked = command(page, "raise_hand", topic="对债权确认有异议")["request"]
    judge = opened(browser_context(person=made.sessions["judge"], url=url), "/meetings/m/screen/")
    listener = opened(browser_context(person=made.sessions["observer"], url=url), "/meetings/m/")
    command(judge, "grant_floor", request=asked, seconds=600)
    bar = page.get_by_role("region", name="我的发言")
    expect(bar.get_by_text("听到您的声音了。")).to_be_visible()
    expect(bar).to_contain_text("请您发言：对债权确认有异议")
    expect(bar).to_contain_text("剩余 9:")
    assert_accessible(page, "#floor-live")
    bar.get_by_role("button", name="开始发言").click()
    expect(bar.get_by_text("大家正在听您发言。")).to_be_visible()
    wait_until(lambda: hears(listener, fed_media.hz), seconds=60, what="the creditor's voice")
    # After a reload the floor is the creditor's still, and the voice goes on by itself.
    page.reload()
    expect(bar.get_by_text("大家正在听您发言。")).to_be_visible()
    bar.get_by_role("button", name="结束发言").click()
    expect(bar).to_have_count(0)
    expect(listener.locator(".video")).to_have_attribute("data-state", "off")
    assert made.query("list(Broadcast.objects.values_list('has_video', 'state'))") == [
        [False, "ended"]
    ]
