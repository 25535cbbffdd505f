"""Opening files in a process of their own: measuring their pages, drawing them, reading them."""

import json
import subprocess  # nosec B404
import sys
import threading
from pathlib import Path
from typing import Any

from creditor_meetings.cases.files import pages_process
from creditor_meetings.cases.files.drawers import drawers

SECONDS = 60

turns = threading.BoundedSemaphore(2)
"""Take a turn to draw or read: two at once leave the other core to the meeting."""


class Failed(Exception):
    """The page process could not do it: the code says why."""


def measure(path: Path, kind: str) -> list[list[int]]:
    """Open a file (`kind` is "pdf" or "image"); return width and height of each page."""
    return ask("inspect", str(path), kind)["pages"]


def draw(
    path: Path,
    kind: str,
    page: int,
    width: int,
    output: Path,
    *,
    format_: str = "webp",
    calm: bool = False,
) -> None:
    """Draw a page (from 1) into `output`, `width` pixels wide, as "webp" or "jpeg".

    `calm`: nobody waits for it, others go first. Raises `Failed`.
    """
    _done(
        drawers.ask(
            ["render", str(path), kind, str(page), str(width), str(output), format_], calm=calm
        )
    )


def read(path: Path) -> list[str]:
    """Read the text of each page of a PDF. Raises `Failed`."""
    return _done(drawers.ask(["text", str(path)]))["pages"]


def places(path: Path, wanted: dict[int, list[tuple[int, int]]]) -> dict[int, list[Any]]:
    """Say where runs of characters of a PDF stand (`pages_process.places`). Raises `Failed`."""
    order = json.dumps({str(page): runs for page, runs in wanted.items()})
    found = _done(drawers.ask(["places", str(path), order]))["pages"]
    return {int(page): rectangles for page, rectangles in found.items()}


def _done(answer: dict[str, Any]) -> dict[str, Any]:
    if "error" in answer:
        raise Failed(answer["error"])
    return answer


def ask(verb: str, *arguments: str) -> dict[str, Any]:
    """Let the page process do something. Raises `Failed`."""
    try:
        done = subprocess.run(  # nosec B603
            [sys.executable, "-I", pages_process.__file__, verb, *arguments],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Failed("too_heavy") from None
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        raise Failed("damaged") from None
    return _done(answer)
