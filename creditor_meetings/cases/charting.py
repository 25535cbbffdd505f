"""Simple charts for any room: figures in, SVG out, drawn by a process of its own and kept.

matplotlib needs a second to load and holds the interpreter while it draws, which ballots and
sockets would feel. What was drawn lies under DATA_DIR by what it shows: the same figures are
drawn once.
"""

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.conf import settings
from django.utils.translation import gettext as _

from creditor_meetings.cases.errors import Refused

ROOT = Path(__file__).resolve().parents[2]
LONGEST_SECONDS = 60.0
FORM = 1
"""Goes up when the same figures are to look different."""

_turn = threading.Lock()


@dataclass(frozen=True)
class Part:
    """A piece of a bar: `style` is the place of its name in the legend.

    `width` is in thousandths of the whole bar; `label` is written into it where there is room.
    """

    style: int
    width: int
    label: str = ""


@dataclass(frozen=True)
class Bar:
    """A bar with what it is of above it, and at its end what it comes to."""

    name: str
    parts: Sequence[Part]
    end: str = ""


@dataclass(frozen=True)
class Chart:
    """Bars below each other, in groups with a heading; `legend` names the styles in their order.

    All text is ready to be read, in the reader's language.
    """

    title: str
    legend: Sequence[str]
    groups: Sequence[tuple[str, Sequence[Bar]]]
    note: str = ""


def draw(chart: Chart) -> bytes:
    """Return the chart as SVG, drawn now if nobody asked for it before; blocks meanwhile.

    Raises `Refused` with unavailable when it cannot be drawn.
    """
    order = json.dumps([FORM, asdict(chart)], ensure_ascii=False, sort_keys=True)
    kept = _directory() / f"{hashlib.sha256(order.encode()).hexdigest()}.svg"
    if kept.is_file():
        return kept.read_bytes()
    with _turn:
        if kept.is_file():
            return kept.read_bytes()
        drawn = _ordered(json.dumps(asdict(chart), ensure_ascii=False))
        with NamedTemporaryFile(dir=kept.parent, delete=False) as made:
            made.write(drawn)
        Path(made.name).replace(kept)
    return drawn


def _ordered(order: str) -> bytes:
    try:
        done = subprocess.run(  # nosec B603
            [sys.executable, "-m", "creditor_meetings.cases.charting_worker"],
            cwd=ROOT,
            env={**os.environ, "MPLCONFIGDIR": _library_cache()},
            input=order.encode(),
            capture_output=True,
            timeout=LONGEST_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as problem:
        raise Refused("unavailable", _("图表暂时画不出来，请稍后重试。")) from problem
    return done.stdout


def _directory() -> Path:
    directory = Path(settings.DATA_DIR) / "charts"
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def _library_cache() -> str:
    # The list of the machine's fonts is made once, not at every start.
    directory = Path(settings.DATA_DIR) / "matplotlib"
    directory.mkdir(parents=True, exist_ok=True)
    return str(directory)
