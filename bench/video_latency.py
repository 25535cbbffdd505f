"""How far a viewer in a browser is behind the camera, over the socket and over HLS.

Chromium's camera shows a frame counter; both ends are read in the same instant. The reference is
the same browser's recorder feeding its own player in one page, with no server between.
"""

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from bench.fanout import ROOT, _session
from bench.hall import Hall, make
from bench.report import Measure
from tests.support.browser import ARGUMENTS, chromium
from tests.support.databases import free_port, wait_until
from tests.support.media import FedMedia, make_media, read_frame

LOOKS = 40 if os.environ.get("BENCH_PERCENT", "100") == "100" else 6

_LOOP = """async () => {
  const source = document.querySelector("video").srcObject;
  const mime = "video/webm;codecs=vp8,opus";
  const media = new MediaSource();
  const video = Object.assign(document.createElement("video"), { muted: true, id: "loop" });
  video.src = URL.createObjectURL(media);
  document.body.append(video);
  await new Promise(done => media.addEventListener("sourceopen", done, { once: true }));
  const buffer = media.addSourceBuffer(mime);
  const waiting = [];
  const flush = () => waiting.length && !buffer.updating && buffer.appendBuffer(waiting.shift());
  buffer.addEventListener("updateend", flush);
  const options = { mimeType: mime, videoKeyFrameIntervalDuration: 1000 };
  const recorder = new MediaRecorder(source, options);
  recorder.ondataavailable = async ({ data }) => {
    waiting.push(await data.arrayBuffer());
    flush();
  };
  recorder.start(100);
  setInterval(() => {
    const { buffered } = video;
    if (!buffered.length) return;
    const edge = buffered.end(buffered.length - 1);
    if (edge - video.currentTime > 0.6) video.currentTime = edge - 0.2;
  }, 100);
  await video.play();
}"""


def measure() -> list[Measure]:
    """Publish from one browser, watch in others."""
    hall = make(10)
    sessions = {"publisher": _session(hall.judge.pk), "viewer": _session(hall.voters[0][0].pk)}
    with tempfile.TemporaryDirectory(prefix="latency-") as directory, sync_playwright() as play:
        media = make_media(Path(directory), seconds=20)
        port = free_port()
        server = subprocess.Popen(
            [sys.executable, "-m", "daphne", "-v", "0", "-b", "127.0.0.1", "-p", str(port),
             "creditor_meetings.config.asgi:application"],
            cwd=ROOT, env=dict(os.environ), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        browser = play.chromium.launch(
            executable_path=chromium(whole=True), args=[*ARGUMENTS, *media.arguments]
        )
        try:
            return _measured(browser, f"http://127.0.0.1:{port}", hall, sessions, media)
        finally:
            browser.close()
            server.send_signal(signal.SIGTERM)
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _measured(
    browser: Browser, url: str, hall: Hall, sessions: dict[str, str], media: FedMedia
) -> list[Measure]:
    publisher = _page(browser, url, sessions["publisher"])
    wait_until(
        lambda: _reached(publisher, f"/meetings/{hall.meeting.slug}/video/"),
        seconds=120,
        what="a page",
    )
    publisher.get_by_role("button", name="预览", exact=True).first.click()
    preview = publisher.locator("video").first
    wait_until(lambda: read_frame(preview) is not None, seconds=60, what="the camera")
    publisher.evaluate(_LOOP)
    floor = _behind(lambda: (read_frame(preview), read_frame(publisher.locator("#loop"))), media)
    publisher.locator("#loop").evaluate("video => video.remove()")
    publisher.get_by_role("button", name="开始直播").first.click()
    found = []
    for way, blocked in (("socket", False), ("HLS", True)):
        viewer = _page(browser, url, sessions["viewer"])
        if blocked:
            viewer.route_web_socket("**/video/watch/", lambda socket: socket.close())
        began = time.monotonic()
        viewer.goto(f"/meetings/{hall.meeting.slug}/")
        shown = viewer.locator("#player video").first
        wait_until(
            lambda shown=shown: shown.count() and read_frame(shown) is not None,
            seconds=60,
            what=way,
        )
        joined = time.monotonic() - began
        if way == "socket":
            found.append(Measure("from opening the room to a picture", "s", joined, 2.0,
                                 "what was promised", False))  # fmt: skip
        time.sleep(5)
        behind = _behind(lambda shown=shown: (read_frame(preview), read_frame(shown)), media)
        found += [
            Measure(f"camera to viewer over {way}, {name}", "ms", at(behind), at(floor),
                    "recorder and player in one page", False)
            for name, at in (("p50", _median), ("p95", _late))
        ]  # fmt: skip
        viewer.context.close()
    return found


def _page(browser: Browser, url: str, session: str) -> Page:
    context = browser.new_context(base_url=url, locale="zh-CN")
    context.add_cookies([{"name": "sessionid", "value": session, "url": url}])
    return context.new_page()


def _reached(page: Page, path: str) -> bool:
    try:
        answer = page.goto(path)
    except Exception:
        return False
    return answer is not None and answer.ok


def _behind(look: Callable[[], tuple[int | None, int | None]], media: FedMedia) -> list[float]:
    found: list[float] = []

    def looked() -> bool:
        sent, shown = look()
        if sent is not None and shown is not None:
            found.append(media.behind(sent, shown) * 1000)
        return len(found) >= LOOKS

    wait_until(looked, seconds=60, what="frames at both ends")
    return sorted(found)


def _median(values: list[float]) -> float:
    return max(statistics.median(values), 1.0)


def _late(values: list[float]) -> float:
    return max(values[min(len(values) - 1, round(len(values) * 0.95))], 1.0)
