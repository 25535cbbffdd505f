"""The process that draws a simple chart: JSON of `charting.Chart` in, SVG out.

Text stays text, in the reader's own Chinese font; the font beside this code only measures.
"""

import io
import json
import os
import sys
from pathlib import Path
from typing import Any

FONT = Path(__file__).resolve().parents[2] / "static/fonts/NotoSansCJKsc-Regular.otf"
FAMILY = "Noto Sans CJK SC"
# What the reader's machine is asked for, first to last.
FAMILIES = (
    "system-ui, 'PingFang SC', 'Noto Sans CJK SC', 'Noto Sans SC', 'Source Han Sans SC', "
    "'Microsoft YaHei', sans-serif"
)

# The colours of static/css/tokens.css, and a pattern each: colour alone tells nobody anything.
INK, INK_2, LINE, SHEET = "#1c2430", "#515b6b", "#dfdbd1", "#ffffff"
STYLES = (
    ("#17365d", "", "#17365d", "#ffffff"),
    ("#0b6b8a", "///", "#4c9bb5", "#ffffff"),
    ("#e0b45c", "..", "#b98a2d", INK),
    ("#e9e6de", "\\\\", "#cfcabd", INK),
    ("#c2571a", "--", "#d98a58", "#ffffff"),
    ("#7a8190", "xx", "#a3a9b6", "#ffffff"),
)

# In SVG units: drawn for the width of a phone, enlarged on wide windows.
WIDTH, PAD = 460.0, 16.0
INNER = WIDTH - 2 * PAD
TITLE, HEADING, NAME, BAR, GAP, LEGEND_ROW, NOTE = 34.0, 34.0, 24.0, 26.0, 12.0, 24.0, 24.0


def main() -> None:
    """Draw what comes in."""
    os.nice(10)
    sys.stdout.buffer.write(draw(json.load(sys.stdin.buffer)).encode())


def draw(chart: dict[str, Any]) -> str:
    """Draw a chart; see `charting.Chart` for what it holds."""
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties
    from matplotlib.patches import Rectangle

    matplotlib.rcParams.update(
        {"svg.fonttype": "none", "svg.hashsalt": "creditors-meeting", "hatch.linewidth": 1.1}
    )
    bars = sum(len(group[1]) for group in chart["groups"])
    headings = sum(bool(group[0]) for group in chart["groups"])
    rows = -(-len(chart["legend"]) // 2)
    height = (
        2 * PAD + TITLE + headings * HEADING + bars * (NAME + BAR + GAP)
        + rows * LEGEND_ROW + (NOTE if chart["note"] else 0)
    )  # fmt: skip
    figure = Figure(figsize=(WIDTH / 72, height / 72), dpi=72)
    FigureCanvasSVG(figure)
    figure.patch.set_alpha(0)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(height, 0)
    axes.add_patch(Rectangle((0, 0), WIDTH, height, facecolor=SHEET, edgecolor="none"))

    def font(size: float, *, bold: bool) -> FontProperties:
        made = FontProperties(family=FAMILY, fname=str(FONT), size=size)
        made.set_weight("bold" if bold else "normal")
        return made

    def text(x: float, y: float, words: str, size: float, **more: Any) -> None:
        values = {"color": INK, "ha": "left", "bold": False, **more}
        bold = values.pop("bold")
        axes.text(
            x, y, words, va="baseline", fontproperties=font(size, bold=bold), parse_math=False,
            **values,
        )  # fmt: skip

    def box(x: float, y: float, width: float, tall: float, style: int) -> None:
        colour, hatch, hatched, _on = STYLES[style % len(STYLES)]
        axes.add_patch(Rectangle((x, y), width, tall, facecolor=colour, edgecolor="none"))
        if hatch:
            axes.add_patch(
                Rectangle(
                    (x, y), width, tall, fill=False, edgecolor=hatched, hatch=hatch, linewidth=0
                )
            )

    y = PAD + 18
    text(PAD, y, fitted(chart["title"], INNER, 17), 17, bold=True)
    y += TITLE - 18
    for index, name in enumerate(chart["legend"]):
        x = PAD + (index % 2) * INNER / 2
        top = y + (index // 2) * LEGEND_ROW
        box(x, top, 16, 14, index)
        text(x + 24, top + 12, fitted(name, INNER / 2 - 30, 13), 13, color=INK_2)
    y += rows * LEGEND_ROW
    for heading, members in chart["groups"]:
        if heading:
            y += HEADING
            text(PAD, y - 8, fitted(heading, INNER, 14), 14, bold=True)
        for bar in members:
            end = bar["end"]
            text(PAD, y + 16, fitted(bar["name"], INNER - 13 * wide(end) - 10, 13), 13)
            text(WIDTH - PAD, y + 16, end, 13, ha="right", color=INK_2)
            y += NAME
            box_of_bar(axes, y)
            x = PAD
            for part in bar["parts"]:
                width = INNER * part["width"] / 1000
                if width <= 0:
                    continue
                box(x, y, width, BAR, part["style"])
                label = part["label"]
                if label and 13 * wide(label) + 8 < width:
                    colour = STYLES[part["style"] % len(STYLES)][3]
                    text(x + width / 2, y + 18, label, 13, ha="center", color=colour, bold=True)
                x += width
            y += BAR + GAP
    if chart["note"]:
        text(PAD, y + 14, fitted(chart["note"], INNER, 12), 12, color=INK_2)
    page = io.StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.savefig(page, format="svg", transparent=True, metadata=nothing)
    return page.getvalue().replace(f"'{FAMILY}'", FAMILIES)


def box_of_bar(axes: Any, y: float) -> None:
    """Draw the frame that a bar lies in, so that an empty one is seen too."""
    from matplotlib.patches import Rectangle

    axes.add_patch(
        Rectangle((PAD, y), INNER, BAR, facecolor="#f6f4ef", edgecolor=LINE, linewidth=1)
    )


def wide(words: str) -> float:
    """Say about how many characters wide words are; a Latin letter is little more than half."""
    return sum(1.0 if ord(one) > 0x2E7F else 0.58 for one in words)


def fitted(words: str, room: float, size: float) -> str:
    """Cut words that have no room, and say so."""
    if wide(words) * size <= room:
        return words
    kept = words
    while kept and wide(kept) * size > room - size:
        kept = kept[:-1]
    return kept.rstrip() + "…"


if __name__ == "__main__":
    main()
