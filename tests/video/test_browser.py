"""The publisher's frames and tone reach viewers in real browsers, and come back after breaks."""

import hashlib
import time
from collections.abc import Callable

import av
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.support.browser import OpenContext, assert_accessible
from tests.support.databases import wait_until
from tests.support.media import FedMedia, read_frame, read_tone
from tests.support.wire import Wire
from tests.video.conftest import House

MOST_SECONDS = 6.0


def go_live(context: BrowserContext) -> Page:
    page = context.new_page()
    page.goto("/meetings/m/video/")
    page.get_by_role("button", name="预览", exact=True).click()
    expect(page.get_by_text("这是预览，只有您能看到。")).to_be_visible()
    wait_until(
        lambda: page.locator("meter").evaluate("m => m.value") > 0.3, seconds=60, what="the level"
    )
    page.get_by_role("button", name="开始直播").click()
    expect(page.get_by_text("正在直播，并在服务器上录像。")).to_be_visible()
    return page


_MOUNT = """async () => {
  document.documentElement.lang = "zh-Hans";
  document.title = "player";
  document.body.innerHTML = "<main><h1>player</h1><div id=p></div></main>";
  const add = (tag, props) => new Promise(done => {
    const node = Object.assign(document.createElement(tag), props, { onload: done });
    document.head.append(node);
  });
  await add("link", { rel: "stylesheet", href: "/static/css/tokens.css" });
  await add("link", { rel: "stylesheet", href: "/static/css/video.css" });
  await add("script", { src: "/jsi18n/" });
  const { mountPlayer } = await import("/static/js/video/player.js");
  window.states = [];
  const onState = told => states.push(told.state);
  window.player = mountPlayer(document.querySelector("#p"), { meeting: "m", onState });
}"""


def watch(context: BrowserContext) -> Page:
    """Open a page that holds a player, and nothing else."""
    page = context.new_page()
    page.goto("/healthz")
    page.evaluate(_MOUNT)
    return page


def seen(page: Page) -> Locator:
    return page.locator(".tile > video").first


def shows(page: Page, state: str) -> None:
    expect(page.locator(".video")).to_have_attribute("data-state", state)


def comes_near(shown: Locator, sent: Locator, media: FedMedia, most_seconds: float) -> float:
    """Wait until a viewer is so near behind the camera; returns how near, in seconds.

    It is the middle of seven looks that counts. Who has just come may be further behind at first.
    """
    found: list[float] = []

    def near() -> bool:
        began = time.monotonic()
        there = read_frame(shown)
        here = read_frame(sent)
        if there is None or here is None:
            return False
        # The second look came later than the first, on a busy machine much later.
        later = (time.monotonic() - began) / 2
        found.append(media.behind(here, there) - later)
        return len(found) >= 7 and sorted(found[-7:])[3] < most_seconds

    try:
        wait_until(near, seconds=60, what=f"frames less than {most_seconds} s old")
    except TimeoutError as late:
        raise AssertionError(f"{late}; behind: {found[-7:]}") from None
    return sorted(found[-7:])[3]


def latency(publisher: Page, viewer: Page, media: FedMedia) -> float:
    """Wait until a viewer is near behind the camera; returns how near, in seconds."""
    preview = publisher.locator(".publisher-preview")
    return comes_near(seen(viewer), preview, media, MOST_SECONDS)


def sounds(video: Locator, hz: int) -> bool:
    """Whether a <video> gives a tone now."""
    if not video.evaluate("v => v.readyState >= 2 && v.captureStream().getAudioTracks().length"):
        return False
    return abs((read_tone(video) or 0) - hz) < 40


def hears(video: Locator, hz: int) -> None:
    """Wait until a <video> gives a tone."""
    wait_until(lambda: sounds(video, hz), seconds=60, what=f"a tone of {hz} Hz", every=0)


def test_frames_and_sound_reach_every_viewer_and_the_recording(
    house: Callable[..., House],
    browser_context: OpenContext,
    fed_media: FedMedia,
    wire: Callable[[str], Wire],
) -> None:
    made = house()
    url = made.server.url
    laid = wire(url)
    early = watch(browser_context(person=made.sessions["creditor"], url=laid.url))
    shows(early, "off")
    publisher = go_live(
        browser_context(person=made.sessions["administrator"], url=url, media=fed_media)
    )
    shows(early, "live")
    print("latency, early viewer:", latency(publisher, early, fed_media))
    hears(seen(early), fed_media.hz)

    late = watch(browser_context(person=made.sessions["observer"], url=url))
    began = time.monotonic()
    shows(late, "live")
    print("late viewer joined in", time.monotonic() - began)
    print("latency, late viewer:", latency(publisher, late, fed_media))
    assert_accessible(late)
    assert_accessible(publisher)

    laid.cut()
    shows(early, "reconnecting")
    laid.mend()
    shows(early, "live")
    latency(publisher, early, fed_media)

    publisher.get_by_role("button", name="停止直播").click()
    shows(late, "off")
    shows(early, "off")
    expect(publisher.get_by_text("这是预览，只有您能看到。")).to_be_visible()
    assert sum(map(frames_of, downloaded(made, browser_context))) > 60


def downloaded(made: House, browser_context: OpenContext) -> list[bytes]:
    """Fetch the recordings as the clerk does, and check what the page says of them.

    It is one, unless the publisher's recorder was begun anew.
    """
    made.ended_recordings()
    context = browser_context(person=made.sessions["clerk"], url=made.server.url)
    page = context.new_page()
    page.goto("/meetings/m/recordings/")
    assert_accessible(page)
    found = []
    for part in page.locator(".recording-part", has=page.locator(".recording-hash")).all():
        with page.expect_download() as download:
            part.get_by_role("link", name="段原始文件").click()
        found.append(download.value.path().read_bytes())
        told = part.locator(".recording-hash").inner_text()
        assert told == hashlib.sha256(found[-1]).hexdigest()
    return found


def frames_of(data: bytes) -> int:
    """Decode a recording and count its pictures."""
    import io

    with av.open(io.BytesIO(data)) as container:
        return sum(1 for _ in container.decode(video=0))


def test_a_publisher_comes_back_by_itself(
    house: Callable[..., House],
    browser_context: OpenContext,
    fed_media: FedMedia,
    wire: Callable[[str], Wire],
) -> None:
    made = house()
    laid = wire(made.server.url)
    publisher = go_live(
        browser_context(person=made.sessions["judge"], url=laid.url, media=fed_media)
    )
    viewer = watch(browser_context(person=made.sessions["creditor"], url=made.server.url))
    shows(viewer, "live")
    laid.cut()
    expect(publisher.get_by_text("网络中断，正在自动恢复直播……")).to_be_visible()
    shows(viewer, "reconnecting")
    expect(viewer.get_by_text("主持人的网络中断，正在等待恢复……")).to_be_visible()
    laid.mend()
    shows(viewer, "live")
    expect(publisher.get_by_text("正在直播，并在服务器上录像。")).to_be_visible()
    latency(publisher, viewer, fed_media)
    hears(seen(viewer), fed_media.hz)

    # Worse than a broken network is one that is silent.
    laid.hang()
    shows(viewer, "reconnecting")
    laid.mend()
    shows(viewer, "live")
    publisher.get_by_role("button", name="停止直播").click()
    shows(viewer, "off")
    # A recorder that gave nothing at first, or too much for a busy machine, is begun anew: that
    # leaves recordings between these, which nothing interrupted.
    interrupted = [one["interrupted"] for one in made.ended_recordings()]
    assert interrupted.count(True) >= 2
    assert not interrupted[-1]


_REFUSE_SOUND = """
const play = HTMLMediaElement.prototype.play;
let touched = false;
addEventListener("click", () => { touched = true; }, true);
HTMLMediaElement.prototype.play = function () {
  if (this.muted || touched) return play.call(this);
  return Promise.reject(new DOMException("play() needs a gesture", "NotAllowedError"));
};
"""

_SCREEN = """
if (navigator.mediaDevices) navigator.mediaDevices.getDisplayMedia = async () => {
  const camera = await navigator.mediaDevices.getUserMedia({ video: true, audio: true });
  window.screenTrack = camera.getVideoTracks()[0];
  return camera;
};
"""


def test_a_screen_with_its_sound_and_a_viewer_whose_browser_refuses_sound(
    house: Callable[..., House], browser_context: OpenContext, fed_media: FedMedia
) -> None:
    made = house()
    url = made.server.url
    context = browser_context(person=made.sessions["administrator"], url=url, media=fed_media)
    context.add_init_script(_SCREEN)
    publisher = context.new_page()
    publisher.goto("/meetings/m/video/")
    publisher.get_by_role("button", name="共享屏幕", exact=True).click()
    expect(publisher.get_by_text("正在直播，并在服务器上录像。")).to_be_visible()

    quiet = browser_context(person=made.sessions["creditor"], url=url)
    quiet.add_init_script(_REFUSE_SOUND)
    viewer = watch(quiet)
    shows(viewer, "live")
    expect(viewer.get_by_text("administrator（管理人） · 屏幕")).to_be_visible()
    assert seen(viewer).evaluate("v => v.muted")
    wait_until(lambda: read_frame(seen(viewer)) is not None, seconds=60, what="the screen")
    viewer.get_by_role("button", name="打开声音").click()
    expect(viewer.get_by_role("button", name="打开声音")).to_be_hidden()
    assert not seen(viewer).evaluate("v => v.muted")
    hears(seen(viewer), fed_media.hz)

    # The browser's own "stop sharing" button ends the track.
    publisher.evaluate(
        "() => { screenTrack.stop(); screenTrack.dispatchEvent(new Event('ended')); }"
    )
    expect(publisher.get_by_text("屏幕共享已停止。")).to_be_visible()
    shows(viewer, "off")


_STILL_SCREEN = """
if (navigator.mediaDevices) navigator.mediaDevices.getDisplayMedia = async () => {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: 640, height: 360 });
  const paper = canvas.getContext("2d");
  const video = canvas.captureStream();
  let left = 10;
  const drawing = setInterval(() => {
    paper.fillStyle = `rgb(${left * 20}, 90, 90)`;
    paper.fillRect(0, 0, 640, 360);
    if (--left === 0) { clearInterval(drawing); window.still = true; }
  }, 300);
  const context = new AudioContext();
  await context.resume();
  const tone = context.createOscillator();
  tone.frequency.value = 700;
  const out = context.createMediaStreamDestination();
  tone.connect(out);
  tone.start();
  return new MediaStream([...video.getTracks(), ...out.stream.getTracks()]);
};
"""


def test_sound_goes_on_while_the_shared_screen_stands_still(
    house: Callable[..., House], browser_context: OpenContext
) -> None:
    made = house()
    url = made.server.url
    context = browser_context(person=made.sessions["administrator"], url=url)
    context.add_init_script(_STILL_SCREEN)
    publisher = context.new_page()
    publisher.goto("/meetings/m/video/")
    publisher.get_by_role("button", name="共享屏幕", exact=True).click()
    viewer = watch(browser_context(person=made.sessions["creditor"], url=url))
    shows(viewer, "live")
    wait_until(
        lambda: publisher.evaluate("window.still"), seconds=60, what="the screen standing still"
    )
    for _ in range(3):
        before = seen(viewer).evaluate("v => v.currentTime")
        hears(seen(viewer), 700)
        wait_until(
            lambda before=before: seen(viewer).evaluate("v => v.currentTime") > before,
            seconds=60,
            what="more of it",
        )
    publisher.get_by_role("button", name="停止共享").click()
    shows(viewer, "off")


def test_refusals_in_plain_words(house: Callable[..., House], browser_context: OpenContext) -> None:
    made = house()
    context = browser_context(person=made.sessions["judge"], url=made.server.url, size="phone")
    context.add_init_script(
        "if (navigator.mediaDevices) navigator.mediaDevices.getUserMedia = () => Promise.reject("
        "new DOMException('no', localStorage.why || 'NotAllowedError'));"
    )
    page = context.new_page()
    page.goto("/meetings/m/video/")
    for why, words in (
        ("NotAllowedError", "浏览器未获准使用摄像头或麦克风"),
        ("NotFoundError", "没有找到所选的摄像头或麦克风"),
        ("NotReadableError", "正被其他程序占用"),
    ):
        page.evaluate("why => localStorage.why = why", why)
        page.get_by_role("button", name="预览", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text(words)
    assert_accessible(page)


def test_a_browser_that_cannot_play_it_says_so(
    house: Callable[..., House], browser_context: OpenContext, fed_media: FedMedia
) -> None:
    made = house()
    url = made.server.url
    publisher = go_live(
        browser_context(person=made.sessions["administrator"], url=url, media=fed_media)
    )
    context = browser_context(person=made.sessions["creditor"], url=url, size="phone")
    context.add_init_script(
        "MediaSource.isTypeSupported = () => false;"
        "HTMLMediaElement.prototype.canPlayType = () => '';"
    )
    viewer = watch(context)
    shows(viewer, "unsupported")
    expect(viewer.get_by_text("您的浏览器不能播放本场直播的视频格式")).to_be_visible()
    publisher.get_by_role("button", name="停止直播").click()
    shows(viewer, "off")
