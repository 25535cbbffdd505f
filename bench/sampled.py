"""Daphne, looked at a few hundred times a second: what its threads are at.

    python -m bench.sampled DIRECTORY DAPHNE-ARGUMENTS…

begins to look at the signal USR1, and writes DIRECTORY/<pid>.txt when the server ends: for each
thread how often it was seen at all, and in which functions (itself, and whatever they called).
A thread that waits is not counted.
"""

import os
import signal
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from types import FrameType

EVERY = 0.003
WAITING = ("select.py", "threading.py", "queue.py", "selectors.py", "epollreactor.py")
IDLE = ("_worker", "_write_on", "_ordered")
"""Functions that wait for a queue or a pipe, where waiting shows in no frame of its own."""


class Looks:
    """What was seen."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()
        self.itself: dict[str, Counter[str]] = {}
        self.within: dict[str, Counter[str]] = {}

    def look_on(self) -> None:
        """Look for as long as the process lives."""
        own = threading.get_ident()
        while True:
            time.sleep(EVERY)
            names = {one.ident: one.name.rpartition("_")[0] or one.name
                     for one in threading.enumerate()}  # fmt: skip
            for ident, frame in sys._current_frames().items():
                if ident != own:
                    self._note(names.get(ident, "?"), frame)

    def _note(self, thread: str, frame: FrameType | None) -> None:
        assert frame is not None
        if frame.f_code.co_filename.endswith(WAITING) or frame.f_code.co_name in IDLE:
            return
        self.seen[thread] += 1
        itself = self.itself.setdefault(thread, Counter())
        within = self.within.setdefault(thread, Counter())
        itself[_name(frame)] += 1
        names = set()
        while frame is not None:
            names.add(_name(frame))
            frame = frame.f_back
        within.update(names)

    def write(self, path: Path) -> None:
        """Write down what was seen."""
        lines = []
        for thread, number in self.seen.most_common():
            lines.append(f"=== {thread}: seen at work {number} times")
            for title, counted in (("itself", self.itself), ("with all it called", self.within)):
                lines.append(f"--- {title}")
                lines += [
                    f"{100 * n / number:6.1f} %  {name}"
                    for name, n in counted[thread].most_common(45)
                ]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _name(frame: FrameType) -> str:
    code = frame.f_code
    return f"{'/'.join(code.co_filename.split('/')[-3:])}:{code.co_name}"


def main() -> None:
    """Serve as Daphne does."""
    directory = Path(sys.argv[1])
    directory.mkdir(parents=True, exist_ok=True)
    looks = Looks()
    begin = threading.Thread(target=looks.look_on, name="looks", daemon=True).start
    signal.signal(signal.SIGUSR1, lambda *_: begin())
    sys.argv = ["daphne", *sys.argv[2:]]
    from daphne.cli import CommandLineInterface

    try:
        CommandLineInterface.entrypoint()
    finally:
        looks.write(directory / f"{os.getpid()}.txt")


if __name__ == "__main__":
    main()
