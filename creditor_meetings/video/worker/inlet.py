"""Reading what the server feeds, with something to do while nothing comes."""

import os
import select
from collections.abc import Callable, Iterator

from creditor_meetings.video.media import BadMedia
from creditor_meetings.video.worker import wire

MAX_BARREN = 6 * 1024 * 1024
"""So many bytes without a packet are not media, whatever their heads promise."""


class Pipe:
    """Frames from a pipe.

    `idle` is called whenever there is nothing to read; it returns after how many seconds it wants
    to be called again if still nothing came, or None. `taken` hears how many frames were read.
    """

    def __init__(self, descriptor: int, taken: Callable[[int], None]) -> None:
        self.idle: Callable[[], float | None] = lambda: None
        self.barren = 0
        self._descriptor = descriptor
        self._taken = taken
        self._rest = bytearray()
        self._count = 0

    def first(self) -> wire.Job | None:
        """Wait for the job; None when the server went away."""
        frame = self._frame()
        return None if frame is None else wire.read_begin(frame[2])

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        """Give track and data of each frame until the end of the part."""
        while (frame := self._frame()) is not None:
            self._count += 1
            self._taken(self._count)
            self.barren += len(frame[2])
            if self.barren > MAX_BARREN:
                raise BadMedia(f"{self.barren} bytes without a picture or a sound in them")
            yield frame[1], frame[2]

    def _frame(self) -> tuple[int, int, bytes] | None:
        while (frame := wire.read_in(self._rest)) is None:
            while not select.select([self._descriptor], [], [], 0)[0]:
                wanted = self.idle()
                select.select([self._descriptor], [], [], wanted)
            read = os.read(self._descriptor, 1 << 18)
            if not read:
                return None
            self._rest += read
        return frame
