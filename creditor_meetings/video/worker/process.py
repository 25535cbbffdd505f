"""The worker's main function: from its standard input to its standard output."""

import os
import signal
import sys

import av.logging

from creditor_meetings.video.media import RTP, BadMedia, Fragment, Init
from creditor_meetings.video.worker import limits, wire
from creditor_meetings.video.worker.inlet import Pipe
from creditor_meetings.video.worker.matroska import MatroskaSource
from creditor_meetings.video.worker.packets import Source
from creditor_meetings.video.worker.pipeline import Pipeline
from creditor_meetings.video.worker.rtp import RtpSource
from creditor_meetings.video.worker.warm import warm_up


class _Outlet:
    """Frames to the server."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def send(self, frame: bytes) -> None:
        rest = memoryview(frame)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]

    def init(self, rendition: str, made: Init) -> None:
        self.send(wire.init(rendition, made))

    def fragment(self, rendition: str, made: Fragment) -> None:
        self.send(wire.fragment(rendition, made))

    def pcm(self, samples: bytes) -> None:
        self.send(wire.pcm(samples))

    def taken(self, frames: int) -> None:
        self.send(wire.taken(frames))


def main() -> int:
    """Serve one part. Returns the status to exit with: 0, or 1 when the media were bad."""
    limits.die_with(int(sys.argv[1]))
    # The server ends us when it has what it fed, also when a terminal or a service manager
    # signals the whole group.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    av.logging.set_level(None)
    outlet = _Outlet(1)
    pipe = Pipe(0, outlet.taken)
    warm_up()
    limits.confine()
    try:
        job = pipe.first()
        if job is None:
            return 0
        source: Source = RtpSource(pipe) if job.kind == RTP else MatroskaSource(pipe)
        pipeline = Pipeline(
            source.tracks(),
            outlet.init,
            outlet.fragment,
            outlet.pcm if job.pcm else None,
            slices=job.kind != RTP,
        )
        pipe.idle = pipeline.idle
        try:
            for packet in source.packets():
                pipe.barren = 0
                pipeline.take(packet)
        finally:
            pipeline.finish()
    except BadMedia as problem:
        outlet.send(wire.failed(str(problem)))
        return 1
    except BrokenPipeError:
        return 0
    except MemoryError:
        outlet.send(wire.failed("the media want more memory than they may have"))
        return 1
    except Exception as problem:
        outlet.send(wire.failed(f"the media cannot be read: {type(problem).__name__}: {problem}"))
        raise
    return 0
