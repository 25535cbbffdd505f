"""Through the real Janus: pictures and sound for every viewer, and for those who converse."""

import hashlib
from collections.abc import Callable

import av
from playwright.sync_api import BrowserContext, Locator, Page, expect

from creditor_meetings.video.worker import rtp
from tests.support.browser import OpenContext
from tests.support.databases import wait_until
from tests.support.janus import Janus
from tests.support.media import FedMedia
from tests.video.conftest import House
from tests.video.test_browser import comes_near, hears

ALLOWED = "/meetings/m/video/nothing/"
"""A page with nothing on it, where camera and microphone are allowed."""

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
    page.goto(ALLOWED)
    page.evaluate(_SEND)
    return page


def says(page: Page, state: str) -> None:
    told = "() => window.told?.at(-1)"

    def now() -> bool:
        last = page.evaluate(told)
        return last is not None and last["state"] == state

    try:
        wait_until(now, seconds=60, what=f"the publisher's {state}")
    except TimeoutError as late:
        raise AssertionError(f"{late}: {page.evaluate('() => window.told')}") from None


def watch(context: BrowserContext, *, talks: bool = False) -> Page:
    """Open a page that shows the meeting's video, to one who converses (`talks`) or not."""
    page = context.new_page()
    page.on("console", lambda one: print("viewer:", one.text))
    page.goto("/healthz")
    page.evaluate(_WATCH, talks)
    return page


def converses(page: Page) -> Locator:
    """Wait until a page shows a stream by WebRTC; returns its <video>."""
    video = page.locator("video").first
    direct = "() => document.querySelector('video')?.srcObject instanceof MediaStream"
    wait_until(lambda: page.evaluate(direct), seconds=60, what="the conversation")
    return video


def test_viewers_and_those_who_converse_see_what_comes_by_webrtc(
    start_janus: Callable[[], Janus],
    house: Callable[..., House],
    redis_url: str,
    browser_context: OpenContext,
    fed_media: FedMedia,
) -> None:
    """The publisher is at one process; viewer and partner are at the other."""
    janus = start_janus()
    made = house(processes=2, redis_url=redis_url, env=janus.env)
    here, there = made.server.urls
    publisher = send(
        browser_context(person=made.sessions["administrator"], url=here, media=fed_media)
    )
    says(publisher, "live")
    viewer = watch(browser_context(person=made.sessions["creditor"], url=there))
    partner = watch(browser_context(person=made.sessions["judge"], url=there), talks=True)
    seen = viewer.locator("video").first
    own = publisher.locator("#own")
    print("fragments behind:", comes_near(seen, own, fed_media, 3))
    hears(seen, fed_media.hz)
    spoken = converses(partner)
    print("conversation behind:", comes_near(spoken, own, fed_media, 0.4))
    hears(spoken, fed_media.hz)
    # The tone swells: at one moment or other it is loud.
    level = "() => talk.level([...talk.heard.keys()][0])"
    wait_until(lambda: partner.evaluate(level) > 10, seconds=60, what="how loud it is")
    # Who may not speak hears nothing of it by the short way.
    assert viewer.evaluate("talk.heard.size") == 0

    janus.kill()
    expect(viewer.locator(".video")).to_have_attribute("data-state", "reconnecting")
    janus.start()
    says(publisher, "live")
    expect(viewer.locator(".video")).to_have_attribute("data-state", "live")
    comes_near(seen, own, fed_media, 3)
    comes_near(converses(partner), own, fed_media, 3)

    publisher.evaluate("() => uplink.stop()")
    says(publisher, "ended")
    expect(viewer.locator(".video")).to_have_attribute("data-state", "off")
    before, after = made.ended_recordings()
    assert before["interrupted"]
    for one in (before, after):
        kept = (made.installation.data_dir / "recordings" / one["path"]).read_bytes()
        assert hashlib.sha256(kept).hexdigest() == one["sha256"]
        assert pictures_in(kept) > 15  # a second


def pictures_in(kept: bytes) -> int:
    """Decode what a recording holds, by itself; returns how many pictures come out."""
    session = rtp.Session()
    frames = [
        frame
        for number, (track, datagram) in enumerate(rtp.frames_of_file(kept))
        for frame in session.push(track, datagram, number * 1000)
    ]
    frames += session.flush()
    video = [frame for frame in frames if frame.track in (rtp.VP8, rtp.H264)]
    decoder = av.CodecContext.create(rtp.CODECS[video[0].track], "r")
    shown = sum(len(decoder.decode(av.Packet(frame.data))) for frame in video)
    print("recorded:", rtp.CODECS[video[0].track], shown, "pictures")
    return shown
