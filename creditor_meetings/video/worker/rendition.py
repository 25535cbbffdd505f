"""One rendition: pictures and sounds laid side by side, cut into fragments."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from creditor_meetings.video.media import Fragment, Init
from creditor_meetings.video.worker import boxes
from creditor_meetings.video.worker.boxes import AAC_UNIT, RATE, Sample
from creditor_meetings.video.worker.h264 import Parameters
from creditor_meetings.video.worker.packets import TICKS
from creditor_meetings.video.worker.sound import Unit

LONGEST = TICKS * 150 // 1000
"""Of a fragment when media come in a burst; recorders' slices of 100 ms are not split by it."""
ENOUGH = TICKS * 70 // 1000
"""Of a fragment when nothing more is there to read, but will be any moment."""
ENOUGH_OF_A_SLICE = TICKS * 30 // 1000
"""Where media come in slices, so that the next is far when one was read."""
WAIT_SECONDS = 0.07
KEEP_SOUND = RATE * 5

_MILLISECOND = TICKS // 1000
_CATCH_UP = TICKS


@dataclass(frozen=True)
class Picture:
    """A coded picture of H.264 as MP4 holds it, and when it is to be seen, in ticks."""

    at: int
    key: bool
    data: bytes
    parameters: Parameters
    lasts: int = 0
    """How long it is shown, where that is known; else it is estimated."""


class Line:
    """Decoding times that never leave a hole.

    A player that finds a picture decoded much later than the one before was to last takes it for
    a loss, and drops all up to the next keyframe. How long the newest picture lasts is not known
    when it has to go out. So its length is estimated, the next one is decoded exactly then, and
    when it is shown is written separately.
    """

    def __init__(self) -> None:
        self._next: int | None = None
        self._last: int | None = None
        self._steps: list[int] = [TICKS // 30]

    def lay(self, picture: Picture) -> Sample:
        """Give a picture its place."""
        if self._last is not None:
            step = min(max(picture.at - self._last, TICKS // 120), TICKS // 2)
            self._steps = [*self._steps[-4:], step]
        self._last = picture.at
        at = max(0, picture.at) if self._next is None else self._next
        if picture.key and picture.at - at > _CATCH_UP:
            # Players begin anew at a keyframe, so nothing is lost by the hole.
            at = picture.at
        shown = max(picture.at, at)
        # A little too short, so that the next is not shown before it is decoded.
        step = picture.lasts or int(min(median(self._steps), self._steps[-1] * 2) * 0.85)
        duration = max(_MILLISECOND, min(picture.at + step - at, 2 * step))
        self._next = at + duration
        return Sample(at, shown, duration, picture.key, picture.data)


class Rendition:
    """Collects what belongs to a rendition; hands out its head and its fragments."""

    def __init__(
        self,
        name: str,
        video: bool,
        audio: bytes | None,
        on_init: Callable[[str, Init], None],
        on_fragment: Callable[[str, Fragment], None],
        enough: int = ENOUGH,
    ) -> None:
        self.name = name
        self._video = video
        self._audio = audio
        self._on_init = on_init
        self._on_fragment = on_fragment
        self._enough = enough
        self._parameters: Parameters | None = None
        self._line = Line()
        self._pictures: list[Sample] = []
        self._sounds: list[Unit] = []
        self._since = 0.0
        self._number = 0
        self._begun = self._end = 0
        if not video:
            self._begin()

    def picture(self, picture: Picture) -> None:
        """Add a picture."""
        if picture.key:
            self._cut()
            if picture.parameters != self._parameters:
                self._parameters = picture.parameters
                self._begin()
        elif self._parameters is None:
            return
        self._touch()
        self._pictures.append(self._line.lay(picture))
        if self._span() >= LONGEST:
            self._cut()

    def sound(self, unit: Unit) -> None:
        """Add a unit of sound, which follows the one before."""
        if unit.at < 0:
            # What an encoder begins with, before the first sound.
            return
        self._touch()
        self._sounds.append(unit)
        if self._video and self._parameters is None:
            # No picture yet, so nothing can be shown; sound long before it serves nobody.
            del self._sounds[: -KEEP_SOUND // AAC_UNIT]
        elif self._span() >= LONGEST:
            self._cut()

    def idle(self, now: float) -> float | None:
        """Hand out what is worth it; return after how many seconds to ask again."""
        if not self._pictures and not self._sounds:
            return None
        if self._video and self._parameters is None:
            return None
        waited = now - self._since
        if self._span() >= self._enough or waited >= WAIT_SECONDS:
            self._cut()
            return None
        return WAIT_SECONDS - waited

    def finish(self) -> None:
        """Hand out what is left."""
        self._cut()

    def _touch(self) -> None:
        if not self._pictures and not self._sounds:
            self._since = time.monotonic()

    def _span(self) -> int:
        pictures = self._pictures
        seen = pictures[-1].shown - pictures[0].shown + pictures[-1].duration if pictures else 0
        return max(seen, len(self._sounds) * AAC_UNIT * TICKS // RATE)

    def _begin(self) -> None:
        codecs = []
        if self._parameters is not None:
            codecs.append(self._parameters.codec)
        if self._audio is not None:
            codecs.append(boxes.AAC_CODEC)
        kind = "video" if self._video else "audio"
        mime = f'{kind}/mp4; codecs="{",".join(codecs)}"'
        self._on_init(self.name, Init(mime, boxes.head(self._parameters, self._audio)))

    def _cut(self) -> None:
        if (not self._pictures and not self._sounds) or (self._video and self._parameters is None):
            return
        pictures, self._pictures = self._pictures, []
        sounds, self._sounds = self._sounds, []
        begins, ends = [], [self._end]
        if pictures:
            begins.append(pictures[0].shown)
            ends.append(pictures[-1].shown + pictures[-1].duration)
        if sounds:
            begins.append(sounds[0].at * TICKS // RATE)
            ends.append((sounds[-1].at + AAC_UNIT) * TICKS // RATE)
        # A picture says where a fragment begins; sound alone goes on where the last one ended.
        begin = max(begins[0], self._begun if pictures else self._end)
        self._begun, self._end = begin, max(ends)
        self._number += 1
        data = boxes.fragment(
            self._number,
            pictures,
            [one.data for one in sounds],
            sounds[0].at if sounds else 0,
        )
        fragment = Fragment(
            data,
            pictures[0].key if pictures else not self._video,
            begin // _MILLISECOND,
            max(0, self._end - begin) // _MILLISECOND,
            max((one.level for one in sounds), default=0),
        )
        self._on_fragment(self.name, fragment)
