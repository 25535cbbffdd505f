"""Through the real Janus: pictures and sound for every viewer, and for those who converse."""

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Locator, Page

from tests.support.browser import OpenContext
from tests.support.databases import wait_until
from tests.support.janus import Janus
from tests.support.media import FedMedia, read_frame, read_tone
from tests.video.conftest import House

_SEND = """async () => {
  document.body.innerHTML = "<video id=own muted autoplay playsinline></video>";
  await new Promise(done => document.head.append(
    Object.assign(document.createElement("script"), { src: "/jsi18n/", onload: done })));
  const { Uplink } = await import("/static/js/video/uplink.js");
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { width: 640, height: 360, frameRate: 30 },
    audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
  });
  const own = document.querySelector("#own");
  own.muted = true;
  own.srcObject = stream;
  window.told = [];
  window.uplink = new Uplink({ meeting: "m", stream, source: "camera",
    onState: one => told.push(one) });
}"""

_WATCH = """async (talks) => {
  document.body.innerHTML = "<div id=p></div>";
  await new Promise(done => document.head.append(
    Object.assign(document.createElement("script"), { src: "/jsi18n/", onload: done })));
  const { mountPlayer } = await import("/static/js/video/player.js");
  const { Talk } = await import("/static/js/video/talk.js");
  window.talk = new Talk("m");
  talk.allow(talks);
  window.player = mountPlayer(document.querySelector("#p"), { meeting: "m", talk });
}"""


def send(context: BrowserContext) -> Page:
    """Open a page that publishes, and nothing else."""
    page = context.new_page()
    page.on("console", lambda one: print("publisher:", one.text))
    page.goto("/healthz")
    page.evaluate(_SEND)
    return page


def says(page: Page, state: str) -> None:
    told = "() => window.told?.at(-1)"

    def now() -> bool:
        last = page.evaluate(told)
        return last is not None and last["state"] == state

    try:
        wait_until(now, seconds=25, what=f"the publisher's {state}")
    except TimeoutError as late:
        raise AssertionError(f"{late}: {page.evaluate('() => window.told')}") from None


def watch(context: BrowserContext, *, talks: bool = False) -> Page:
    """Open a page that shows the meeting's video, to one who converses (`talks`) or not."""
    page = context.new_page()
    page.on("console", lambda one: print("viewer:", one.text))
    page.goto("/healthz")
    page.evaluate(_WATCH, talks)
    return page


def latency(publisher: Page, seen: Locator, media: FedMedia) -> float:
    """How far a viewer is behind the camera, in seconds: the middle of several looks."""
    found: list[float] = []

    def look() -> bool:
        shown = read_frame(seen)
        sent = read_frame(publisher.locator("#own"))
        if shown is not None and sent is not None:
            found.append(media.behind(sent, shown))
        return len(found) >= 7

    wait_until(look, seconds=30, what="frames at both ends")
    return sorted(found)[3]


def test_viewers_see_what_comes_by_webrtc(
    janus: Janus,
    house: Callable[..., House],
    browser_context: OpenContext,
    fed_media: FedMedia,
) -> None:
    made = house(env=janus.env)
    url = made.server.url
    publisher = send(
        browser_context(person=made.sessions["administrator"], url=url, media=fed_media)
    )
    says(publisher, "live")
    viewer = watch(browser_context(person=made.sessions["creditor"], url=url))
    partner = watch(browser_context(person=made.sessions["judge"], url=url), talks=True)
    fragments = viewer.locator("video").first
    print("fragments behind:", latency(publisher, fragments, fed_media))
    assert abs((read_tone(fragments) or 0) - fed_media.hz) < 40

    spoken = partner.locator("video").first
    by_webrtc = "video => video.srcObject instanceof MediaStream"
    wait_until(lambda: spoken.evaluate(by_webrtc), seconds=20, what="the conversation")
    print("conversation behind:", latency(publisher, spoken, fed_media))
    assert abs((read_tone(spoken) or 0) - fed_media.hz) < 40
    assert partner.evaluate("talk.level([...talk.heard.keys()][0])") > 10
    print(made.recordings())
    publisher.evaluate("() => uplink.stop()")
    says(publisher, "ended")
