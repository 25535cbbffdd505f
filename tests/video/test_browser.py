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

MOST_SECONDS = 3.0


def go_live(context: BrowserContext) -> Page:
    page = context.new_page()
    page.goto("/meetings/m/video/")
    page.get_by_role("button", name="预览", exact=True).click()
    expect(page.get_by_text("这是预览，只有您能看到。")).to_be_visible()
    wait_until(lambda: page.locator("meter").evaluate("m => m.value") > 0.3, what="the level")
    page.get_by_role("button", name="开始直播").click()
    expect(page.get_by_text("正在直播，并在服务器上录像。")).to_be_visible(timeout=15_000)
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
    return page.locator(".video > video")


def shows(page: Page, state: str, timeout: float = 20_000) -> None:
    expect(page.locator(".video")).to_have_attribute("data-state", state, timeout=timeout)


def latency(publisher: Page, viewer: Page, media: FedMedia) -> float:
    """How far a viewer is behind the camera, in seconds: the middle of several looks."""
    found: list[float] = []

    def look() -> bool:
        shown = read_frame(seen(viewer))
        sent = read_frame(publisher.locator(".publisher-preview"))
        if shown is not None and sent is not None:
            found.append(media.behind(sent, shown))
        return len(found) >= 7

    wait_until(look, seconds=20, what="frames at both ends")
    return sorted(found)[3]


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
    assert latency(publisher, early, fed_media) < MOST_SECONDS
    assert abs((read_tone(seen(early)) or 0) - fed_media.hz) < 40

    late = watch(browser_context(person=made.sessions["observer"], url=url))
    began = time.monotonic()
    shows(late, "live")
    print("late viewer joined in", time.monotonic() - began)
    print("latency, late viewer:", latency(publisher, late, fed_media))
    assert latency(publisher, late, fed_media) < MOST_SECONDS
    assert_accessible(late)
    assert_accessible(publisher)

    laid.cut()
    shows(early, "reconnecting")
    laid.mend()
    shows(early, "live")
    assert latency(publisher, early, fed_media) < MOST_SECONDS

    publisher.get_by_role("button", name="停止直播").click()
    shows(late, "off")
    shows(early, "off")
    expect(publisher.get_by_text("这是预览，只有您能看到。")).to_be_visible()
    recording = downloaded(made, browser_context)
    assert frames_of(recording) > 60


def downloaded(made: House, browser_context: OpenContext) -> bytes:
    """Fetch the only recording as the clerk does, and check what the page says of it."""
    context = browser_context(person=made.sessions["clerk"], url=made.server.url)
    page = context.new_page()
    page.goto("/meetings/m/recordings/")
    assert_accessible(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="下载").click()
    data = download.value.path().read_bytes()
    assert page.locator(".recording-hash").inner_text() == hashlib.sha256(data).hexdigest()
    return data


def frames_of(data: bytes) -> int:
    """Decode a recording and count its pictures."""
    import io

    with av.open(io.BytesIO(data)) as container:
        return sum(1 for _ in container.decode(video=0))
