"""Somebody who shows video for as long as a test lasts, at the cost of no browser.

What is sent is H.264 and opus as a browser's recorder would: the frame counter and a tone, made
once and repeated, slice by slice as the time comes.
"""

import io
import json
import threading
import time
from fractions import Fraction
from functools import cache
from types import TracebackType
from typing import Any, Self

import av
import numpy as np
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from tests.support.media import HEIGHT, WIDTH, picture
from tests.video.conftest import House

FPS = 15
RATE = 48_000
SECONDS = 8
"""After so long the counter begins again."""
LONGEST_SECONDS = 240
MIME = "video/x-matroska;codecs=avc1,opus"


@cache
def recorded(hz: int) -> tuple[bytes, ...]:
    """Record the frame counter with a tone: what a file grows by with each frame."""
    out = io.BytesIO()
    container = av.open(
        out, "w", format="matroska", options={"live": "1", "cluster_time_limit": "100"}
    )
    video = container.add_stream("libx264", rate=FPS, options=_PICTURE)
    video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    video.gop_size = FPS
    audio = container.add_stream("libopus", rate=RATE)
    pictures = [list(video.encode(_frame(number))) for number in range(SECONDS * FPS)]
    sounds = [list(audio.encode(_tone(number, hz))) for number in range(SECONDS * FPS)]
    slices: list[bytes] = []
    for number in range(LONGEST_SECONDS * FPS):
        turn, at = divmod(number, SECONDS * FPS)
        for packet in (*pictures[at], *sounds[at]):
            container.mux(_later(packet, turn * SECONDS))
        slices.append(out.getvalue())
        out.seek(0)
        out.truncate()
    return tuple(slices)


_PICTURE = {"preset": "ultrafast", "tune": "zerolatency", "profile": "baseline", "crf": "18"}


def _later(packet: av.Packet, seconds: int) -> av.Packet:
    moved = av.Packet(bytes(packet))
    moved.stream, moved.time_base = packet.stream, packet.time_base
    moved.is_keyframe = packet.is_keyframe
    shift = int(seconds / packet.time_base)
    moved.pts, moved.dts = (packet.pts or 0) + shift, (packet.dts or 0) + shift
    moved.duration = packet.duration
    return moved


def _frame(number: int) -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(np.stack([picture(number)] * 3, axis=-1), format="rgb24")
    frame.pts, frame.time_base = number, Fraction(1, FPS)
    return frame


def _tone(number: int, hz: int) -> av.AudioFrame:
    count = RATE // FPS
    at = (np.arange(count) + number * count) / RATE
    samples = (np.sin(2 * np.pi * hz * at) * 12_000).astype(np.int16)[None, :]
    frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = RATE, number * count, Fraction(1, RATE)
    return frame


class Feeder:
    """Shows a frame counter and a tone to a meeting, as somebody in it, until it is left."""

    def __init__(self, house: House, role: str, *, hz: int = 1000, source: str = "camera") -> None:
        self.stream: int | None = None
        self.hz = hz
        self._house, self._role, self._source = house, role, source
        self._slices = recorded(hz)
        self._sent = 0
        self._wanted = True
        self._anew = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._wanted = False
        self._thread.join(10)

    def behind(self, seen: int) -> float:
        """How many seconds the frame `seen` lies behind the one sent last."""
        return ((self._sent - seen) % (SECONDS * FPS)) / FPS

    def begin_part(self) -> None:
        """Begin a new part, as a publisher does that changes its camera."""
        self._anew.set()

    def _run(self) -> None:
        headers = self._house.headers(self._role)
        origin = Origin(headers.pop("Origin"))
        url = self._house.socket("publish")
        with connect(url, additional_headers=headers, origin=origin, open_timeout=60) as connection:
            try:
                self._publish(connection)
            except ConnectionClosed:
                pass

    def _publish(self, connection: ClientConnection) -> None:
        _heard(connection, "ready")
        begin = {"type": "start", "source": self._source, "mime": MIME, "resume": None}
        _say(connection, begin | {"video": True})
        self.stream = _heard(connection, "started")["stream"]
        while self._wanted:
            self._send_part(connection)
        _say(connection, {"type": "stop"})
        _heard(connection, "stopped")

    def _send_part(self, connection: ClientConnection) -> None:
        """Send a file from its beginning, until the server asks for a new one."""
        began = time.monotonic()
        for number, piece in enumerate(self._slices):
            time.sleep(max(0.0, began + number / FPS - time.monotonic()))
            if not self._wanted:
                return
            if piece:
                connection.send(piece)
            self._sent = number
            if number % FPS == 0:
                _say(connection, {"type": "alive"})
            if self._is_to_restart(connection) or self._anew.is_set():
                break
        self._anew.clear()
        _say(connection, {"type": "part", "mime": MIME, "video": True})
        _heard(connection, "started")

    def _is_to_restart(self, connection: ClientConnection) -> bool:
        while True:
            try:
                frame = json.loads(connection.recv(timeout=0))
            except TimeoutError:
                return False
            if frame["type"] == "restart":
                return True


def _say(connection: ClientConnection, frame: dict[str, Any]) -> None:
    connection.send(json.dumps(frame))


def _heard(connection: ClientConnection, kind: str) -> dict[str, Any]:
    while True:
        frame = json.loads(connection.recv(timeout=60))
        if frame["type"] == kind:
            return frame
        if frame["type"] == "error":
            raise AssertionError(f"the server refused to let somebody publish: {frame['error']}")
