"""What viewers see in real browsers: several pictures, layouts, HLS, and a poor line."""

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.support.browser import OpenContext, TakeScreenshot, assert_accessible
from tests.support.databases import wait_until
from tests.support.media import read_frame
from tests.support.wire import Wire
from tests.video.conftest import House
from tests.video.feeding import Feeder
from tests.video.test_browser import hears, seen, shows, watch

NEAR_SECONDS = 3.0
FAR_SECONDS = 7.0
"""How far behind a viewer by HLS may be; the counter starts over after eight seconds."""

# Somebody on the way passes text, but no media.
_DEAF_SOCKET = """
const Real = WebSocket;
window.WebSocket = class extends Real {
  set onmessage(listen) {
    super.onmessage = event => typeof event.data === "string" && listen(event);
  }
};
"""


_CUT_SOCKET = """
const Real = WebSocket;
window.WebSocket = class extends Real {
  constructor(url) { super(url.replace("/video/watch/", "/nowhere/")); }
};
"""

_SAY = """text => new Promise(done => {
  const socket = new WebSocket(location.origin.replace("http", "ws") + "/ws/meetings/m/");
  const data = { text, speaker: "王法官" };
  socket.onopen = () => socket.send(JSON.stringify({ id: "a-caption", type: "caption", data }));
  socket.onmessage = ({ data }) => {
    if (JSON.parse(data).type === "reply") { socket.close(); done(); }
  };
})"""

# Looks at every picture that the page draws and every jump, and notes those without one.
_LOOK_FOR_BLACK = """tile => {
  window.black = 0;
  const video = tile.querySelector("video");
  const still = tile.querySelector(".tile-still");
  window.jumps = 0;
  const see = () => {
    if ((video.readyState < 2 || video.seeking) && still.hidden) window.black += 1;
  };
  video.addEventListener("seeking", () => { window.jumps += video.currentTime > 1; see(); });
  const look = () => {
    see();
    requestAnimationFrame(look);
  };
  look();
}"""

_BE_BUSY = """() => {
  window.jumps = 0;
  for (const until = performance.now() + 4000; performance.now() < until;);
}"""


def tile(page: Page, name: str) -> Locator:
    """Find the tile of somebody."""
    return page.locator(".tile", has=page.locator(".tile-who", has_text=name))


def picture(page: Page, name: str) -> Locator:
    """Find the <video> of somebody."""
    return tile(page, name).locator("video")


def arrives(video: Locator, feeder: Feeder, most_seconds: float) -> None:
    """Wait until a <video> shows the feeder's frames soon enough, and sounds."""
    lags: list[float] = []

    def soon() -> bool:
        frame = read_frame(video)
        if frame is not None:
            lags.append(feeder.behind(frame))
        return frame is not None and lags[-1] < most_seconds

    # A line that took trouble for too little of it tries the better rendition after 20 seconds.
    wait_until(soon, seconds=90, what=f"a picture less than {most_seconds} s old")
    print(f"behind: {lags[-1]:.2f} s")
    hears(video, feeder.hz)


def enter(context: BrowserContext) -> Page:
    """Open the room, and see live video in it."""
    page = context.new_page()
    page.goto("/meetings/m/")
    shows(page, "live")
    return page


def test_two_people_are_seen_and_heard_and_the_director_arranges_them(
    house: Callable[..., House], browser_context: OpenContext, screenshot: TakeScreenshot
) -> None:
    made = house()
    url = made.server.url
    with Feeder(made, "administrator") as report, Feeder(made, "judge", hz=600) as court:
        viewer = enter(browser_context(person=made.sessions["creditor"], url=url))
        expect(viewer.locator(".tile")).to_have_count(2)
        arrives(picture(viewer, "administrator"), report, NEAR_SECONDS)
        arrives(picture(viewer, "judge"), court, NEAR_SECONDS)
        for name in ("administrator", "judge"):
            expect(tile(viewer, name).get_by_text("正在发言")).to_be_visible()
        expect(viewer.get_by_text("录像中")).to_be_visible()
        expect(viewer.locator(".tiles")).to_have_attribute("data-mode", "main")
        expect(viewer.locator(".tile--main")).to_have_count(1)

        director = enter(browser_context(person=made.sessions["judge"], url=url))
        director.get_by_role("button", name="画面设置").click()
        everybody = director.get_by_role("group", name="为全体安排画面")
        everybody.get_by_label("所有画面一样大").check()
        expect(viewer.locator(".tiles")).to_have_attribute("data-mode", "equal")
        assert_accessible(director, ".video")
        screenshot(director, "director")
        assert picture(director, "judge").evaluate("v => v.muted"), "one hears oneself"
        director.evaluate(_SAY, "现在宣读重整计划草案。")
        expect(viewer.locator(".video-captions")).to_have_text("王法官：现在宣读重整计划草案。")
        director.close()

        viewer.get_by_role("button", name="放大：judge").click()
        expect(viewer.locator(".tile--main", has_text="judge")).to_be_visible()
        viewer.reload()
        shows(viewer, "live")
        expect(viewer.locator(".tile--main", has_text="judge")).to_be_visible()
        assert_accessible(viewer, ".video")
        screenshot(viewer, "own-choice")
        viewer.get_by_role("button", name="跟随会议画面").click()
        expect(viewer.locator(".tiles")).to_have_attribute("data-mode", "equal")

        # A publisher changes its camera: the last picture stays until the new one is there.
        arrives(picture(viewer, "administrator"), report, NEAR_SECONDS)
        tile(viewer, "administrator").evaluate(_LOOK_FOR_BLACK)
        source = picture(viewer, "administrator").get_attribute("src")
        report.begin_part()
        wait_until(
            lambda: picture(viewer, "administrator").get_attribute("src") != source,
            seconds=60,
            what="the next part",
        )
        arrives(picture(viewer, "administrator"), report, NEAR_SECONDS)
        assert viewer.evaluate("window.black") == 0
        # A page that was busy jumps to what is new; nor is it black while it does.
        viewer.evaluate(_BE_BUSY)
        wait_until(lambda: viewer.evaluate("window.jumps") > 0, seconds=60, what="a jump")
        arrives(picture(viewer, "administrator"), report, NEAR_SECONDS)
        assert viewer.evaluate("window.black") == 0

        viewer.set_viewport_size({"width": 390, "height": 844})
        viewer.get_by_role("button", name="画面设置").click()
        assert_accessible(viewer, ".video")
        screenshot(viewer, "phone")
        expect(viewer.get_by_role("group", name="为全体安排画面")).to_be_hidden()
        viewer.get_by_label("只听声音").check()
        expect(viewer.locator(".video")).to_have_attribute("data-rung", "audio")
        voice = picture(viewer, "judge")
        no_picture = "v => v.videoWidth === 0"
        wait_until(lambda: voice.evaluate(no_picture), seconds=60, what="no picture")
        hears(voice, court.hz)
        screenshot(viewer, "phone-audio")


def test_a_line_that_carries_little_and_one_that_lets_no_socket_through(
    house: Callable[..., House], browser_context: OpenContext, wire: Callable[[str], Wire]
) -> None:
    made = house()
    url = made.server.url
    with Feeder(made, "administrator") as report:
        deaf = browser_context(person=made.sessions["observer"], url=url)
        deaf.add_init_script(_DEAF_SOCKET)
        by_hls = watch(deaf)
        cut = browser_context(person=made.sessions["clerk"], url=url)
        cut.add_init_script(_CUT_SOCKET)
        without_socket = watch(cut)

        laid = wire(url)
        poor = watch(browser_context(person=made.sessions["creditor"], url=laid.url))
        shows(poor, "live")
        player = poor.locator(".video")
        # A busy machine is a poor line, too: 20 good seconds later it is taken for a good one.
        expect(player).to_have_attribute("data-rung", "full", timeout=120_000)
        laid.slow(20_000)
        expect(player).to_have_attribute("data-rung", "low")
        expect(poor.get_by_text("网络较慢，已降低清晰度。")).to_be_visible()
        small = "v => v.videoWidth <= 320"
        wait_until(lambda: seen(poor).evaluate(small), seconds=60, what="a small picture")
        arrives(seen(poor), report, NEAR_SECONDS)
        laid.slow(9_500)
        expect(player).to_have_attribute("data-rung", "audio")
        expect(poor.get_by_text("网络较慢，暂时只有声音")).to_be_visible()
        hears(seen(poor), report.hz)
        shows(poor, "live")

        expect(by_hls.locator(".video")).to_have_attribute("data-transport", "hls")
        shows(by_hls, "live")
        arrives(seen(by_hls), report, FAR_SECONDS)
        assert_accessible(by_hls)
        expect(without_socket.locator(".video")).to_have_attribute("data-transport", "hls")
        arrives(seen(without_socket), report, FAR_SECONDS)
