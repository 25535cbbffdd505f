"""Orders charts from the process that draws them, and keeps that process alive.

Not multiprocessing: its children import the parent's main module, and daphne's starts a server.
"""

import atexit
import json
import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

from django.conf import settings

from voting.chart_figures import Drawing, as_json

log = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parents[1]
LONGEST_SECONDS = 60.0
"""A drawing that takes longer is given up; the first one loads the library."""


class ChartProcess:
    """One process that draws; any thread may order, one is served at a time."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._turn = threading.Lock()

    def warm_up(self) -> None:
        """Start the process if there is none, without waiting until it has loaded its library."""
        if self._process is None and self._turn.acquire(blocking=False):
            try:
                self._running()
            finally:
                self._turn.release()

    def draw(self, drawing: Drawing) -> dict[str, str]:
        """Return the chart as SVG by language ("zh", "en"); blocks until it is drawn.

        Raises RuntimeError when it cannot be drawn, twice over.
        """
        order = json.dumps(as_json(drawing), ensure_ascii=False) + "\n"
        with self._turn:
            for _attempt in range(2):
                drawn = self._ordered(order)
                if drawn is not None:
                    return drawn
                self._end()
        raise RuntimeError(f"the chart of {drawing.title!r} could not be drawn")

    def _ordered(self, order: str) -> dict[str, str] | None:
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        late = threading.Timer(LONGEST_SECONDS, process.kill)
        late.start()
        try:
            process.stdin.write(order)
            process.stdin.flush()
            answer = process.stdout.readline()
        except OSError:
            answer = ""
        finally:
            late.cancel()
        if not answer:
            log.error("the process that draws charts ended, starting another")
            return None
        drawn: dict[str, str] = json.loads(answer)
        return drawn

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = subprocess.Popen(  # nosec B603
                [sys.executable, "-m", "voting.chart_worker"],
                cwd=ROOT,
                env={**os.environ, "MPLCONFIGDIR": _library_cache(), "PYTHONIOENCODING": "utf-8"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                encoding="utf-8",
            )
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    pass
        process.kill()
        process.wait()

    def close(self) -> None:
        """End the process; the next order starts another."""
        with self._turn:
            self._end()


def _library_cache() -> str:
    # The list of the machine's fonts is made once, not at every start.
    directory = Path(settings.DATA_DIR) / "matplotlib"
    directory.mkdir(parents=True, exist_ok=True)
    return str(directory)


process = ChartProcess()
atexit.register(process.close)
