"""The curves of growth in docs/performance/, and the table of their figures in the page."""

import os
import platform
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager

from bench.growth import Curve

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE = DOCS / "performance.md"
PICTURES = DOCS / "performance"
FONT = DOCS.parent / "static/fonts/NotoSansCJKsc-Regular.otf"
BEGIN, END = "<!-- growth: written by python -m bench growth --docs -->", "<!-- /growth -->"

# The colours of static/css/tokens.css; a mark each as well, since colour alone tells nobody.
PAPER, SHEET, INK, INK_2, LINE = "#f6f4ef", "#ffffff", "#1c2430", "#566070", "#dfdbd1"
STYLES = (
    ("#17365d", "o", "-"), ("#0b6b8a", "s", "-"), ("#c2571a", "^", "-"),
    ("#1d6b45", "D", "-"), ("#7a8190", "v", "-"),
)  # fmt: skip
PICTURE_OF = {
    "room": ("A full room", ("join", "event", "ballots", "tally")),
    "poll": ("A poll", ("open", "record", "close", "snapshot", "grid")),
}


def write(curves: Sequence[Curve]) -> None:
    """Draw the curves and write the table between its marks in docs/performance.md."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    by_name = {one.name: one for one in curves}
    for picture, (title, names) in PICTURE_OF.items():
        draw(PICTURES / f"{picture}.svg", title, [by_name[name] for name in names])
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(BEGIN)
    _old, after = rest.split(END)
    PAGE.write_text(f"{before}{BEGIN}\n\n{table(curves)}\n{END}{after}", encoding="utf-8")


def draw(path: Path, title: str, curves: Sequence[Curve]) -> None:
    """Draw curves on double logarithmic paper, with a line that grows as the hall does."""
    fontManager.addfont(str(FONT))
    matplotlib.rcParams.update(
        {
            "svg.fonttype": "none",
            "svg.hashsalt": "creditors-meeting",
            "font.family": "Noto Sans CJK SC",
        }
    )
    figure = Figure(figsize=(8.4, 5.2), facecolor=PAPER)
    FigureCanvasSVG(figure)
    axes: Axes = figure.add_axes((0.09, 0.11, 0.56, 0.76), facecolor=SHEET)
    axes.set_xscale("log")
    axes.set_yscale("log")
    for curve, (colour, mark, dash) in zip(curves, STYLES, strict=False):
        axes.plot(
            [n for n, _t in curve.points], [t for _n, t in curve.points],
            color=colour, marker=mark, linestyle=dash, linewidth=1.8, markersize=5.5,
        )  # fmt: skip
    _linear(axes, curves)
    axes.grid(visible=True, which="major", color=LINE, linewidth=0.8)
    axes.grid(visible=False, which="minor")
    axes.tick_params(colors=INK_2, labelsize=9, which="both", length=0)
    for side in axes.spines.values():
        side.set_color(LINE)
    axes.set_xlabel("creditors", color=INK_2, fontsize=10)
    axes.set_ylabel("seconds", color=INK_2, fontsize=10)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.yaxis.set_major_formatter("{x:g}")
    figure.text(0.09, 0.92, title, color=INK, fontsize=14)
    for row, (curve, (colour, mark, _dash)) in enumerate(zip(curves, STYLES, strict=False)):
        high = 0.83 - row * 0.115
        axes.plot(
            [0.685], [high + 0.008], marker=mark, color=colour, markersize=7,
            transform=figure.transFigure, clip_on=False,
        )  # fmt: skip
        figure.text(0.705, high, _broken(curve.title), color=INK, fontsize=9.5, va="center")
        figure.text(
            0.705, high - 0.052, f"exponent {curve.exponent:.2f}", color=INK_2, fontsize=8.5,
            va="center",
        )  # fmt: skip
    figure.text(0.705, 0.14, "dashed: linear", color=INK_2, fontsize=8.5)
    figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})
    # Whoever reads the page need not have our font: names of others come after it.
    text = path.read_text(encoding="utf-8")
    path.write_text(
        re.sub(r"'Noto Sans CJK SC'", "system-ui, 'Noto Sans CJK SC', sans-serif", text),
        encoding="utf-8",
    )


def _linear(axes: Axes, curves: Sequence[Curve]) -> None:
    """Draw where a line of exponent 1 would go, from the middle of what was measured first."""
    sizes = sorted({n for curve in curves for n, _t in curve.points})
    starts = sorted(curve.points[0][1] for curve in curves)
    start = starts[len(starts) // 2]
    axes.plot(
        [sizes[0], sizes[-1]], [start, start * sizes[-1] / sizes[0]],
        color=INK_2, linestyle=(0, (4, 4)), linewidth=1.0, zorder=0.5,
    )  # fmt: skip


def _broken(text: str) -> str:
    """Break a title in two lines where it is long."""
    words, first = text.split(), ""
    while words and len(first) + len(words[0]) < 30:
        first = f"{first} {words.pop(0)}".strip()
    return f"{first}\n{' '.join(words)}" if words else first


def table(curves: Sequence[Curve]) -> str:
    """Write the figures: seconds at each size, each one's share at the largest, the exponent."""
    sizes = sorted({n for curve in curves for n, _t in curve.points})
    head = ["| Seconds for", *(f"{n:,}" for n in sizes), "at most each", "exponent", "last step"]
    lines = [" | ".join(head) + " |", "|---" + "|---:" * (len(sizes) + 3) + "|"]
    for curve in curves:
        kept = dict(curve.points)
        largest = max(kept)
        cells = [f"{kept[n]:.3f}" if n in kept else "" for n in sizes]
        each = f"{curve.each(largest):.3f} ms {curve.per}"
        row = [curve.title, *cells, each, f"{curve.exponent:.2f}", f"{curve.tail:.2f}"]
        lines.append("| " + " | ".join(row) + " |")
    return "\n".join(
        [
            "![A full room: joining, an event, ballots](performance/room.svg)",
            "",
            "![A poll: opening, ballots, closing, snapshot, claims](performance/poll.svg)",
            "",
            *lines,
            "",
            f"Measured {datetime.now(UTC):%Y-%m-%d}: {machine()}.",
            "",
        ]
    )


def machine() -> str:
    """Describe the machine: what a reader needs to compare, and nothing of whose it is."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    kernel = platform.release().split("-")[0]
    cores = os.cpu_count()
    return (
        f"{cores} cores ({platform.machine()}), {memory:.0f} GB, Linux {kernel}, "
        f"Python {platform.python_version()}, SQLite, one server process"
    )
