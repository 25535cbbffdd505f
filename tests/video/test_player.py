"""What viewers see in real browsers: several pictures, layouts, HLS, and a poor line."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.support.browser import OpenContext, TakeScreenshot, assert_accessible
from tests.support.databases import wait_until
from tests.support.media import FedMedia, read_frame, read_tone, write_tone
from tests.support.wire import Wire
from tests.video.conftest import House
from tests.video.test_browser import MOST_SECONDS, go_live, latency, seen, shows, watch

FAR_SECONDS = 9.0
"""How far behind a viewer by HLS may be."""

# Somebody on the way passes text, but no media.
_DEAF_SOCKET = """
const Real = WebSocket;
window.WebSocket = class extends Real {
  set onmessage(listen) {
    super.onmessage = event => typeof event.data === "string" && listen(event);
  }
};
"""


def tile(page: Page, name: str) -> Locator:
    """Find the tile of somebody."""
    return page.locator(".tile", has=page.locator(".tile-who", has_text=name))


def picture(page: Page, name: str) -> Locator:
    """Find the <video> of somebody."""
    return tile(page, name).locator("video")


def plays(video: Locator, media: FedMedia) -> bool:
    """Whether a <video> shows whole frames and sounds."""
    if read_frame(video) is None:
        return False
    heard = read_tone(video)
    return heard is not None and abs(heard - media.hz) < 40


def enter(context: BrowserContext) -> Page:
    page = context.new_page()
    page.goto("/meetings/m/")
    shows(page, "live")
    return page


def test_two_people_are_seen_and_heard_and_the_director_arranges_them(
    house: Callable[..., House],
    browser_context: OpenContext,
    fed_media: FedMedia,
    tmp_path: Path,
    screenshot: TakeScreenshot,
) -> None:
    made = house()
    url = made.server.url
    lower = replace(fed_media, audio=tmp_path / "lower.wav", hz=600)
    write_tone(lower.audio, lower.hz, 20)
    go_live(browser_context(person=made.sessions["administrator"], url=url, media=fed_media))
    judge = browser_context(person=made.sessions["judge"], url=url, media=lower)
    go_live(judge)

    context = browser_context(person=made.sessions["creditor"], url=url)
    viewer = enter(context)
    expect(viewer.locator(".tile")).to_have_count(2)
    wait_until(lambda: plays(picture(viewer, "administrator"), fed_media), what="one")
    wait_until(lambda: plays(picture(viewer, "judge"), lower), what="the other")
    for name in ("administrator", "judge"):
        expect(tile(viewer, name).get_by_text("正在发言")).to_be_visible()
    expect(viewer.get_by_text("录像中")).to_be_visible()
    expect(viewer.locator(".tiles")).to_have_attribute("data-mode", "main")
    expect(viewer.locator(".tile--main")).to_have_count(1)

    director = enter(judge)
    director.get_by_role("button", name="画面设置").click()
    everybody = director.get_by_role("group", name="为全体安排画面")
    everybody.get_by_label("所有画面一样大").check()
    expect(viewer.locator(".tiles")).to_have_attribute("data-mode", "equal")
    assert_accessible(director, ".video")
    screenshot(director, "director")
    assert picture(director, "judge").evaluate("v => v.muted"), "one's own voice is not played"

    viewer.get_by_role("button", name="放大：judge").click()
    expect(tile(viewer, "judge")).to_have_class("tile tile--main tile--speaks")
    viewer.reload()
    shows(viewer, "live")
    expect(tile(viewer, "judge")).to_have_class("tile tile--main tile--speaks")
    assert_accessible(viewer, ".video")
    screenshot(viewer, "own-choice")
    viewer.get_by_role("button", name="跟随会议画面").click()
    expect(viewer.locator(".tiles")).to_have_attribute("data-mode", "equal")

    viewer.set_viewport_size({"width": 390, "height": 844})
    viewer.get_by_role("button", name="画面设置").click()
    assert_accessible(viewer, ".video")
    screenshot(viewer, "phone")
    expect(viewer.get_by_role("group", name="为全体安排画面")).to_be_hidden()
    viewer.get_by_label("只听声音").check()
    expect(viewer.locator(".video")).to_have_attribute("data-rung", "audio")
    wait_until(lambda: (read_tone(picture(viewer, "judge")) or 0) > 0, what="sound alone")
    assert picture(viewer, "judge").evaluate("v => v.videoWidth") == 0
    screenshot(viewer, "phone-audio")


def test_a_line_that_carries_little_and_one_that_lets_no_socket_through(
    house: Callable[..., House],
    browser_context: OpenContext,
    fed_media: FedMedia,
    wire: Callable[[str], Wire],
) -> None:
    made = house()
    url = made.server.url
    publisher = go_live(
        browser_context(person=made.sessions["administrator"], url=url, media=fed_media)
    )
    deaf = browser_context(person=made.sessions["observer"], url=url)
    deaf.add_init_script(_DEAF_SOCKET)
    by_hls = watch(deaf)

    laid = wire(url)
    poor = watch(browser_context(person=made.sessions["creditor"], url=laid.url))
    shows(poor, "live")
    player = poor.locator(".video")
    expect(player).to_have_attribute("data-rung", "full")
    laid.slow(25_000)
    expect(player).to_have_attribute("data-rung", "low")
    expect(poor.get_by_text("网络较慢，已降低清晰度。")).to_be_visible()
    wait_until(lambda: seen(poor).evaluate("v => v.videoWidth") <= 320, what="the small picture")
    wait_until(lambda: plays(seen(poor), fed_media), what="the small picture and its sound")
    assert latency(publisher, poor, fed_media) < MOST_SECONDS + 2
    laid.slow(9_500)
    expect(player).to_have_attribute("data-rung", "audio")
    expect(poor.get_by_text("网络较慢，暂时只有声音")).to_be_visible()
    wait_until(
        lambda: abs((read_tone(seen(poor)) or 0) - fed_media.hz) < 40, what="sound on a poor line"
    )
    shows(poor, "live")

    expect(by_hls.locator(".video")).to_have_attribute("data-transport", "hls")
    shows(by_hls, "live")
    wait_until(lambda: plays(seen(by_hls), fed_media), what="picture and sound by HLS")
    assert latency(publisher, by_hls, fed_media) < FAR_SECONDS
    assert_accessible(by_hls)
