"""Sets the drafts of rulings and applications: as .docx to be edited, as PDF to be read."""

import io
from datetime import UTC, datetime
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from voting.papers.setting import set_paper
from voting.ruling_texts import Paper, Table

BODY_FONT, TITLE_FONT = "仿宋", "宋体"
# A document without a time of its own would be another one each time it is made.
MADE = datetime(2000, 1, 1, tzinfo=UTC)


def as_pdf(paper: Paper, at: datetime) -> bytes:
    """Return the paper as PDF."""
    data = {
        "court": paper.court,
        "title": paper.title,
        "number": paper.number,
        "body": [_block(one) for one in paper.body],
        "signature": list(paper.signature),
        "end": paper.end,
    }
    return set_paper("court", data, at)


def _block(one: str | Table) -> dict[str, Any]:
    if isinstance(one, Table):
        return {"head": list(one.head), "rows": [list(row) for row in one.rows]}
    return {"lines": one.split("\n")}


def as_docx(paper: Paper) -> bytes:
    """Return the paper as an editable document, set as papers of courts are."""
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.top_margin, section.bottom_margin = Cm(3.7), Cm(3.5)
    section.left_margin, section.right_margin = Cm(2.8), Cm(2.6)
    document.core_properties.author = paper.court or paper.signature[0]
    document.core_properties.title = f"{paper.title} {paper.number}"
    document.core_properties.created = document.core_properties.modified = MADE
    _font(document.styles["Normal"], BODY_FONT, 16)
    for text, size in ((paper.court, 22), (paper.title, 26)):
        if text:
            _line(document, text, align=WD_ALIGN_PARAGRAPH.CENTER, size=size, font=TITLE_FONT)
    _line(document, paper.number, align=WD_ALIGN_PARAGRAPH.RIGHT)
    for one in paper.body:
        if isinstance(one, Table):
            _table(document, one)
            continue
        for number, text in enumerate(one.split("\n")):
            _line(document, text, indent=number == 0)
    _line(document, "")
    for text in paper.signature:
        _line(document, text, align=WD_ALIGN_PARAGRAPH.RIGHT)
    footer = section.footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _run(footer, paper.end, 9, BODY_FONT)
    content = io.BytesIO()
    document.save(content)
    return content.getvalue()


def _font(style: Any, name: str, size: int) -> None:
    style.font.name, style.font.size = name, Pt(size)
    # Chinese characters take the font that is named for them alone.
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), name)


def _line(
    document: Any,
    text: str,
    *,
    align: Any = None,
    size: int = 16,
    font: str = BODY_FONT,
    indent: bool = False,
) -> None:
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.line_spacing = Pt(28)
    paragraph.paragraph_format.space_after = Pt(0)
    if align is not None:
        paragraph.alignment = align
    if indent:
        paragraph.paragraph_format.first_line_indent = Pt(32)
    _run(paragraph, text, size, font)


def _run(paragraph: Any, text: str, size: int, font: str) -> None:
    run = paragraph.add_run(text)
    run.font.size, run.font.name = Pt(size), font
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)


def _table(document: Any, table: Table) -> None:
    made = document.add_table(rows=1, cols=len(table.head), style="Table Grid")
    for row, values in ((made.rows[0], table.head), *((made.add_row(), v) for v in table.rows)):
        for number, (cell, value) in enumerate(zip(row.cells, values, strict=True)):
            paragraph = cell.paragraphs[0]
            if number >= len(table.head) - 2:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            _run(paragraph, value, 12, BODY_FONT)
