"""Loading all that media will need, while files may still be opened."""

import io
from collections.abc import Iterator
from fractions import Fraction

import av
import av.subtitles.stream
import numpy as np

from creditor_meetings.video.media import BadMedia
from creditor_meetings.video.worker.matroska import MatroskaSource
from creditor_meetings.video.worker.packets import AUDIO, VIDEO
from creditor_meetings.video.worker.pipeline import Pipeline

_SIZE = 16


class _Bytes:
    """An inlet of bytes that are there."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        yield 0, self._data


def warm_up() -> None:
    """Send a moment of picture and sound through all parts."""
    source = MatroskaSource(_Bytes(_recording()))
    pipeline = Pipeline(source.tracks(), _drop, _drop, _drop)
    for packet in source.packets():
        pipeline.take(packet)
    pipeline.idle()
    pipeline.finish()
    try:
        MatroskaSource(_Bytes(b"nothing")).tracks()
    except BadMedia:
        return


def _drop(*_: object) -> None:
    return


def _recording() -> bytes:
    out = io.BytesIO()
    container = av.open(out, "w", format="matroska")
    video = container.add_stream("libx264", rate=30, options={"preset": "ultrafast"})
    video.width = video.height = _SIZE
    video.thread_count = 1
    audio = container.add_stream("libopus", rate=48_000, layout="mono")
    picture = av.VideoFrame.from_ndarray(np.zeros((_SIZE, _SIZE, 3), np.uint8), format="rgb24")
    picture.pts, picture.time_base = 0, Fraction(1, 30)
    sound = av.AudioFrame.from_ndarray(np.zeros((1, 960), np.int16), format="s16", layout="mono")
    sound.sample_rate, sound.pts, sound.time_base = 48_000, 0, Fraction(1, 48_000)
    coded = {VIDEO: video.encode(picture) + video.encode(), AUDIO: audio.encode(sound)}
    container.mux(coded[VIDEO] + coded[AUDIO] + audio.encode())
    container.close()
    return out.getvalue()
