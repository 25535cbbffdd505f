"""Sets a report: as .docx to be finished by hand, as PDF to be read."""

import io
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_COLOR_INDEX
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from creditor_meetings.cases.files.typesetting import typeset
from creditor_meetings.estate.report_blocks import Heading, Report, Table, day

SOURCE = Path(__file__).resolve().parent / "sources" / "report.typ"
BODY_FONT, TITLE_FONT, HEADING_FONT = "仿宋", "宋体", "黑体"
NUMERALS = "一二三四五六七八九十"
# A document without a time of its own would be another one each time it is made.
MADE = datetime(2000, 1, 1, tzinfo=UTC)
_BLANK = re.compile(r"(【[^】]*】)")
WIDE = 6
"""From how many columns on a table is set smaller."""
SHORT = 12
"""Up to which width (half characters) a column is not broken."""
TEXT_WIDTH = 15.6
"""How wide the text of a page is (cm)."""
# What XML, and with it a document, cannot hold.
_UNWRITABLE = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_pdf(report: Report, at: datetime) -> bytes:
    """Return the report as PDF; `at` is its date."""
    return typeset(
        SOURCE,
        {
            "head": {
                "court": report.debtor,
                "number": report.case_number,
                "debtor": report.debtor,
                "author": report.author,
            },
            "footer": {"left": report.case_number, "right": day(at)},
            "title": report.title,
            "subtitle": report.case_number,
            "to": report.to,
            "body": [_block(one) for one in report.body],
            "signature": [_parts(one) for one in report.signature],
        },
        at,
    )


def _block(one: Any) -> dict[str, Any]:
    if isinstance(one, Heading):
        return {"heading": one.text}
    if isinstance(one, Table):
        rows = [list(row) for row in one.rows]
        return {
            "head": list(one.head),
            "rows": rows[:-1] if one.total else rows,
            "total": rows[-1] if one.total else None,
            "figures": list(one.figures),
            "tight": [_tight(one, column) for column in range(len(one.head))],
        }
    return {"parts": _parts(one)}


def _length(text: str) -> int:
    """How wide a text is, in half characters."""
    return sum(2 if ord(one) > 0x2E7F else 1 for one in text)


def _lengths(table: Table) -> list[int]:
    """How wide the widest text of each column is."""
    columns = zip(table.head, *table.rows, strict=True)
    return [max(_length(text) for text in column) for column in columns]


def _tight(table: Table, column: int) -> bool:
    """Whether a column is just as wide as what stands in it: figures, and what is short."""
    lengths = _lengths(table)
    fixed = [n in table.figures or length <= SHORT for n, length in enumerate(lengths)]
    # Somebody has to take the room that is left.
    return fixed[column] and not (column == 0 and all(fixed))


def _widths(table: Table, size: int) -> list[float]:
    """Give the columns their widths (cm): figures are never broken, the rest shares the room."""
    half = size * 0.6 / 28.35
    lengths = _lengths(table)
    fixed = {
        column: lengths[column] * half + 0.45
        for column in range(len(lengths))
        if column in table.figures or lengths[column] <= SHORT
    }
    free = {column: min(length, 40) for column, length in enumerate(lengths) if column not in fixed}
    room = TEXT_WIDTH - sum(fixed.values())
    if not free or room < 2 * len(free):
        whole = sum(lengths) or 1
        return [TEXT_WIDTH * length / whole for length in lengths]
    shared = sum(free.values())
    return [
        fixed[column] if column in fixed else room * free[column] / shared
        for column in range(len(lengths))
    ]


def _parts(text: str) -> list[list[Any]]:
    """Part a text into what is said and what is to be written: [text, whether it is a blank]."""
    return [[part, part.startswith("【")] for part in _BLANK.split(text) if part]


def as_docx(report: Report) -> bytes:
    """Return the report as an editable document, set as papers in China are."""
    document = Document()
    section = document.sections[0]
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.top_margin, section.bottom_margin = Cm(3.7), Cm(3.5)
    section.left_margin, section.right_margin = Cm(2.8), Cm(2.6)
    properties = document.core_properties
    properties.author = _clean(report.author)[:255]
    properties.title = _clean(f"{report.debtor} {report.title}")[:255]
    properties.created = properties.modified = MADE
    _font(document.styles["Normal"], BODY_FONT, 16)
    for text, size in ((report.debtor, 22), (report.title, 22)):
        _line(document, text, align=WD_ALIGN_PARAGRAPH.CENTER, size=size, font=TITLE_FONT)
    _line(document, report.case_number, align=WD_ALIGN_PARAGRAPH.CENTER)
    _line(document, report.to)
    headings = 0
    for one in report.body:
        if isinstance(one, Heading):
            headings += 1
            words = f"{NUMERALS[headings - 1]}、{one.text}"
            _line(document, words, font=HEADING_FONT, indent=True, level=1)
        elif isinstance(one, Table):
            _table(document, one)
        else:
            _line(document, one, indent=True)
    _line(document, "")
    for text in report.signature:
        _line(document, text, align=WD_ALIGN_PARAGRAPH.RIGHT)
    _page_numbers(section.footer.paragraphs[0])
    content = io.BytesIO()
    document.save(content)
    return content.getvalue()


def _clean(text: str) -> str:
    return _UNWRITABLE.sub("〓", text)


def _font(style: Any, name: str, size: int) -> None:
    style.font.name, style.font.size = name, Pt(size)
    # Chinese characters take the font that is named for them alone.
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), name)


def _line(
    document: Any, text: str, *, align: Any = None, size: int = 16, font: str = BODY_FONT,
    indent: bool = False, level: int = 0,
) -> None:  # fmt: skip
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.line_spacing = Pt(28)
    paragraph.paragraph_format.space_after = Pt(0)
    paragraph.paragraph_format.keep_with_next = bool(level)
    if level:
        # A heading of the outline, so that readers can go from one to the next.
        outline = OxmlElement("w:outlineLvl")
        outline.set(qn("w:val"), str(level - 1))
        paragraph._p.get_or_add_pPr().append(outline)
    if align is not None:
        paragraph.alignment = align
    if indent:
        paragraph.paragraph_format.first_line_indent = Pt(size * 2)
    _runs(paragraph, text, size, font)


def _runs(paragraph: Any, text: str, size: float, font: str, *, bold: bool = False) -> None:
    for part, is_blank in _parts(_clean(text)):
        run = paragraph.add_run(part)
        run.font.size, run.font.name, run.font.bold = Pt(size), font, bold or None
        run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
        if is_blank:
            run.font.highlight_color = WD_COLOR_INDEX.YELLOW


def _table(document: Any, table: Table) -> None:
    columns = len(table.head)
    rows = (table.head, *table.rows)
    made = document.add_table(rows=len(rows), cols=columns, style="Table Grid")
    size = 9 if columns >= WIDE else 12
    made.autofit = False
    made_widths = [Cm(width) for width in _widths(table, size)]
    for one, width in zip(made.columns, made_widths, strict=True):
        one.width = width
    # Asking for one cell at a time would go through the whole table each time.
    cells: list[Any] = list(made._cells)
    for number, row in enumerate(rows):
        strong = number == 0 or (table.total and number == len(rows) - 1)
        for column, text in enumerate(row):
            cell = cells[number * columns + column]
            cell.width = made_widths[column]
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_after = Pt(0)
            if column in table.figures:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            _runs(paragraph, text, size, BODY_FONT, bold=strong)
    # The heading stands again on each page.
    mark = OxmlElement("w:tblHeader")
    made.rows[0]._tr.get_or_add_trPr().append(mark)
    _space(document)


def _space(document: Any) -> None:
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.space_after = Pt(0)
    paragraph.paragraph_format.line_spacing = Pt(14)


def _page_numbers(paragraph: Any) -> None:
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        run = paragraph.add_run()
        run.font.size = Pt(10)
        run._r.append(_field(kind, text))


def _field(kind: str, text: str) -> Any:
    if kind:
        field = OxmlElement("w:fldChar")
        field.set(qn("w:fldCharType"), kind)
        return field
    field = OxmlElement("w:instrText")
    field.set(qn("xml:space"), "preserve")
    field.text = text
    return field


def file_name(report: Report, ending: str) -> str:
    """Name the file of a report."""
    return f"{report.debtor}{report.title}.{ending}"
