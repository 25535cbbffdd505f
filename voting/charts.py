"""Draws the tally of a resolution: two tests as two bars, each with its denominator and its line.

Pure: figures in, SVG out, the same bytes for the same figures. Text stays text (`svg.fonttype`
none): a tenth of the size of drawn outlines, quicker, and sharp on every screen, since whoever
reads Chinese has a Chinese font; the font beside this code only measures, and says when it
lacks a character.
"""

import io
from html import escape
from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import FancyBboxPatch, Patch, Rectangle

from voting import chart_words
from voting.chart_figures import Bar, Drawing, Group, Part

FONT = Path(__file__).resolve().parents[1] / "static/fonts/NotoSansCJKsc-Regular.otf"
FAMILY = "Noto Sans CJK SC"
# What the reader's machine is asked for, first to last.
FAMILIES = (
    "system-ui, 'PingFang SC', 'Noto Sans CJK SC', 'Noto Sans SC', 'Source Han Sans SC', "
    "'Microsoft YaHei', sans-serif"
)

matplotlib.rcParams.update(
    {"svg.fonttype": "none", "svg.hashsalt": "creditors-meeting", "hatch.linewidth": 1.1}
)

# The colours of static/css/tokens.css, and a pattern each: colour alone tells nobody anything.
INK, INK_2, LINE, SHEET, OK = "#1c2430", "#566070", "#dfdbd1", "#ffffff", "#1d6b45"
COLOUR = {
    "for": "#0b6b8a",
    "against": "#c2571a",
    "abstain": "#7a8190",
    "not_voted": "#c9cdd4",
    "absent": "#f1efe9",
}
HATCH = {"against": ("///", "#d98a58"), "abstain": ("--", "#a3a9b6"), "absent": ("\\\\", "#dcd8cd")}
ON_COLOUR = {"not_voted": INK, "absent": INK_2}

# In SVG units: drawn for the width of a phone, where most creditors look.
WIDTH, PAD = 420.0, 14.0
INNER = WIDTH - 2 * PAD
HEAD, BAR, FOOT, GAP = 31.0, 38.0, 24.0, 14.0
GROUP_HEAD, LEGEND_ROW = 34.0, 26.0


class Sheet:
    """A figure kept from chart to chart, measured in SVG units from the top left."""

    def __init__(self) -> None:
        self.figure = Figure(figsize=(1, 1), dpi=72)
        FigureCanvasSVG(self.figure)
        self.axes: Axes = self.figure.add_axes((0, 0, 1, 1))
        self.final = True

    def begin(self, height: float, *, final: bool) -> None:
        """Take a blank sheet, for a result or for how a vote stands so far."""
        self.final = final
        for artist in [*self.axes.patches, *self.axes.texts, *self.axes.lines]:
            artist.remove()
        self.figure.set_size_inches(WIDTH / 72, height / 72)
        self.figure.patch.set_alpha(0)
        self.axes.set_axis_off()
        self.axes.set_xlim(0, WIDTH)
        self.axes.set_ylim(height, 0)
        self.box(0, 0, WIDTH, height, SHEET, radius=10)

    def box(
        self, x: float, y: float, width: float, height: float, colour: str, *, radius: float
    ) -> Patch:
        """Put a box with round corners."""
        return self.axes.add_patch(
            FancyBboxPatch(
                (x, y), width, height, boxstyle=f"round,pad=0,rounding_size={radius}",
                facecolor=colour, edgecolor="none", linewidth=0,
            )
        )  # fmt: skip

    def text(
        self, x: float, y: float, words: str, *,
        size: float = 14, colour: str = INK, align: str = "left", bold: bool = False,
    ) -> None:  # fmt: skip
        """Write words with their baseline at `y`; a dollar in a name is a dollar."""
        font = FontProperties(family=FAMILY, fname=str(FONT), size=size)
        font.set_weight("bold" if bold else "normal")
        self.axes.text(
            x, y, words, color=colour, ha=align, va="baseline", fontproperties=font,
            parse_math=False,
        )  # fmt: skip

    def save(self) -> str:
        """Give what was drawn, as SVG without a date or a maker."""
        page = io.StringIO()
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        self.figure.savefig(page, format="svg", transparent=True, metadata=nothing)
        return page.getvalue()


_sheet: Sheet | None = None


def draw(drawing: Drawing, lang: str = "zh") -> bytes:
    """Draw the chart with labels in `lang` ("zh" or "en")."""
    global _sheet
    _sheet = _sheet or Sheet()
    legend = _legend_rows(drawing, lang)
    _sheet.begin(_height(drawing, len(legend)), final=drawing.final)
    y = PAD
    for group in drawing.groups:
        y = _group(_sheet, group, y, lang, named=_is_named(drawing))
    for row in legend:
        _legend(_sheet, row, y, lang)
        y += LEGEND_ROW
    return _told(_sheet.save(), drawing, lang).encode()


def _is_named(drawing: Drawing) -> bool:
    return [group.name for group in drawing.groups] != ["all"]


def _height(drawing: Drawing, legend_rows: int) -> float:
    heads = GROUP_HEAD * len(drawing.groups) if _is_named(drawing) else 0
    bars = sum(max(1, len(group.bars)) for group in drawing.groups)
    return 2 * PAD + heads + bars * (HEAD + BAR + FOOT + GAP) + legend_rows * LEGEND_ROW - 6


def _group(sheet: Sheet, group: Group, y: float, lang: str, *, named: bool) -> float:
    if named:
        sheet.text(PAD, y + 20, chart_words.group_name(group.name, lang), size=17, bold=True)
        sheet.text(
            WIDTH - PAD, y + 20, chart_words.verdict(group, lang),
            colour=OK if group.passed else INK_2, align="right",
        )  # fmt: skip
        y += GROUP_HEAD
    for bar in group.bars:
        _bar(sheet, bar, y, lang)
        y += HEAD + BAR + FOOT + GAP
    if not group.bars:
        sheet.text(PAD, y + 20, chart_words.WORDS[lang]["none"], colour=INK_2)
        y += HEAD + BAR + FOOT + GAP
    return y


def _bar(sheet: Sheet, bar: Bar, y: float, lang: str) -> None:
    words = chart_words.WORDS[lang]
    sheet.text(PAD, y + 18, words[bar.test], size=16, bold=True)
    figures = chart_words.figures(bar, lang)
    room = INNER - _width(words[bar.test], 16) - 8
    size = min(14.0, 14.0 * room / max(_width(figures, 14), 1))
    sheet.text(WIDTH - PAD, y + 18, figures, size=round(size, 1), align="right")
    top = y + HEAD
    sheet.box(PAD, top, INNER, BAR, COLOUR["absent"], radius=6)
    if bar.whole <= 0:
        sheet.text(WIDTH / 2, top + 24, words["none"], colour=INK_2, align="center")
        return
    frame = sheet.box(PAD, top, INNER, BAR, "none", radius=6)
    x = PAD
    for part in bar.parts:
        width = INNER * part.value / bar.whole
        _part(sheet, bar, part, (x, top, width), frame, lang)
        x += width
    _line(sheet, bar, top, lang)


def _part(
    sheet: Sheet, bar: Bar, part: Part, place: tuple[float, float, float], frame: Patch, lang: str
) -> None:
    x, top, width = place
    patch = sheet.axes.add_patch(_swatch(part.choice, x, top, width, BAR))
    patch.set_clip_path(frame)
    label, middle = _label(bar, part, (x, x + width), lang)
    if not label:
        return
    if part.choice in HATCH:
        plate = _width(label, 13) + 8
        sheet.box(middle - plate / 2, top + BAR / 2 - 10, plate, 20, COLOUR[part.choice], radius=4)
    sheet.text(
        middle, top + BAR / 2 + 5, label,
        size=13, colour=ON_COLOUR.get(part.choice, SHEET), align="center", bold=True,
    )  # fmt: skip


def _label(bar: Bar, part: Part, span: tuple[float, float], lang: str) -> tuple[str, float]:
    """Choose the longest label that has room beside the line to be reached, and its middle."""
    word = chart_words.WORDS[lang][part.choice]
    figure = chart_words.figure(bar, part.value, lang)
    line = threshold_at(bar)
    for label in (f"{word} {figure}", figure, word):
        needed = _width(label, 13) + 14
        middle = sum(span) / 2
        if abs(middle - line) > needed / 2 and needed <= span[1] - span[0]:
            return label, middle
        sides = [(span[0], min(span[1], line)), (max(span[0], line), span[1])]
        left, right = max(sides, key=lambda side: side[1] - side[0])
        if needed <= right - left:
            return label, (left + right) / 2
    return "", 0


def _swatch(choice: str, x: float, y: float, width: float, height: float) -> Rectangle:
    patch = Rectangle((x, y), width, height, facecolor=COLOUR[choice], edgecolor="none")
    if choice in HATCH:
        pattern, colour = HATCH[choice]
        patch.set_hatch(pattern)
        patch.set_hatchcolor(colour)
    patch.set_linewidth(0)
    return patch


def _line(sheet: Sheet, bar: Bar, top: float, lang: str) -> None:
    """Draw the line to be reached, where it falls, and say what it is."""
    x = threshold_at(bar)
    # White beneath, so that the dashes show on every colour.
    for colour, width, dashes in ((SHEET, 3.4, "solid"), (INK, 1.8, (0, (3.2, 2.2)))):
        sheet.axes.plot(
            [x, x], [top - 5, top + BAR + 5], color=colour, linewidth=width, linestyle=dashes,
            solid_capstyle="butt", dash_capstyle="butt",
        )  # fmt: skip
    _named_line(sheet, bar, x, top + BAR + 19, lang)


def _named_line(sheet: Sheet, bar: Bar, x: float, y: float, lang: str) -> None:
    label = chart_words.threshold(bar.threshold, lang)
    state = chart_words.reached(bar, lang, final=sheet.final)
    before, after = _width(label, 13), _width(state, 13)
    # Both start from one joint, so that the gap between them is right in every font.
    joint = x + (before - after) / 2
    joint = min(max(joint, PAD + before), WIDTH - PAD - after - 10)
    sheet.text(joint, y, label, size=13, colour=INK_2, align="right")
    good = bar.met if bar.test != "veto" else not bar.met
    sheet.text(joint + 8, y, state, size=13, colour=OK if good else INK_2, bold=True)


def threshold_at(bar: Bar) -> float:
    """Return where the line falls, in units from the left edge of the chart."""
    return PAD + INNER * bar.threshold.numerator / bar.threshold.denominator


def _legend_rows(drawing: Drawing, lang: str) -> list[list[str]]:
    shown = {part.choice for group in drawing.groups for bar in group.bars for part in bar.parts}
    rows: list[list[str]] = [[]]
    used = 0.0
    for choice in COLOUR:
        if choice not in shown:
            continue
        width = _legend_width(choice, lang)
        if rows[-1] and used + width > INNER:
            rows.append([])
            used = 0.0
        rows[-1].append(choice)
        used += width
    return rows if rows[0] else []


def _legend_width(choice: str, lang: str) -> float:
    return 22 + _width(chart_words.WORDS[lang][choice], 13) + 14


def _legend(sheet: Sheet, row: list[str], y: float, lang: str) -> None:
    x = PAD
    for choice in row:
        swatch = sheet.axes.add_patch(_swatch(choice, x, y + 2, 16, 16))
        if choice in ON_COLOUR:
            swatch.set_edgecolor(INK_2)
            swatch.set_linewidth(0.6)
        sheet.text(x + 22, y + 15, chart_words.WORDS[lang][choice], size=13, colour=INK_2)
        x += _legend_width(choice, lang)


def _width(words: str, size: float) -> float:
    """Estimate the width of words in whatever font the reader has."""
    return size * sum(1.0 if ord(one) > 0x2E7F else 0.6 for one in words)


def _told(svg: str, drawing: Drawing, lang: str) -> str:
    """Name the picture for those who hear it, and ask for the reader's own font."""
    title = escape(f"{drawing.title}{chart_words.WORDS[lang]['desc']}")
    heard = escape(chart_words.description(drawing, lang))
    start = svg.index("<svg")
    end = svg.index(">", start)
    head = svg[start:end].replace('pt"', 'px"')
    language = "zh-Hans" if lang == "zh" else "en"
    body = svg[end + 1 :].replace(f"'{FAMILY}'", FAMILIES)
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n{head} role="img" xml:lang="{language}">'
        f"<title>{title}</title><desc>{heard}</desc>{body}"
    )
