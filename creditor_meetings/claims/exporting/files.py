"""Exported claims tables as files: .csv row by row, .xlsx cell by cell, neither whole in memory."""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any, cast
from xml.sax.saxutils import escape  # nosec B406

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from creditor_meetings.cases.money import yuan
from creditor_meetings.claims.exporting.columns import (
    AMOUNT,
    COLUMNS,
    NUMBER,
    Column,
    Values,
)
from creditor_meetings.claims.exporting.safety import guarded

ROWS_A_PIECE = 500
SHEET = "债权表"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
_PLACES = {one.field: place for place, one in enumerate(COLUMNS)}


@dataclass(frozen=True)
class Table:
    """A sheet to be written: its name, its columns, and rows with a value for each of them."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[Values]


def claims_table(columns: Sequence[Column], rows: Iterable[Values]) -> Table:
    """Make the sheet of a claims table out of rows that hold values for all of `COLUMNS`."""
    places = [_PLACES[one.field] for one in columns]
    return Table(SHEET, columns, ([row[place] for place in places] for row in rows))


def csv_pieces(table: Table) -> Iterator[bytes]:
    """Write a table as .csv in UTF-8, with the mark by which Excel knows it."""
    page = io.StringIO(newline="")
    # All quoted, so that no text is taken for the mark between cells.
    writer = csv.writer(page, quoting=csv.QUOTE_ALL)
    page.write("\ufeff")
    writer.writerow([one.heading for one in table.columns])
    for count, row in enumerate(table.rows, start=1):
        writer.writerow(map(_csv_cell, table.columns, row))
        if count % ROWS_A_PIECE == 0:
            yield page.getvalue().encode()
            page.seek(0)
            page.truncate()
    yield page.getvalue().encode()


def _csv_cell(column: Column, value: Any) -> str:
    if value is None:
        return ""
    if column.kind == AMOUNT:
        return yuan(value)
    return str(value) if column.kind == NUMBER else guarded(value)


def xlsx_pieces(*tables: Table) -> Iterator[bytes]:
    """Write tables as .xlsx, piece by piece: text is text by its type, amounts exact to the fen.

    openpyxl makes the file with its head and one empty row that shows the formats; the rows are
    put in its place as they come, twenty times as quickly as cell by cell.
    """
    out = _Outlet()
    with (
        zipfile.ZipFile(_pattern(tables)) as pattern,
        zipfile.ZipFile(cast(IO[bytes], out), "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        sheets = {f"xl/worksheets/sheet{at}.xml": one for at, one in enumerate(tables, start=1)}
        for part in pattern.namelist():
            content = pattern.read(part)
            if part not in sheets:
                archive.writestr(part, content)
                continue
            before, formats, after = _PATTERN_ROW.split(content.decode(), maxsplit=1)
            with archive.open(part, "w", force_zip64=True) as sheet:
                sheet.write(before.encode())
                for piece in _sheet_pieces(sheets[part], _FORMAT.findall(formats)):
                    sheet.write(piece.encode())
                    yield out.taken()
                sheet.write(after.encode())
    yield out.taken()


# The second row: its cells hold nothing but their formats.
_PATTERN_ROW = re.compile(r'(<row r="2".*?</row>)', re.DOTALL)
_FORMAT = re.compile(r'<c r="[A-Z]+2"(?: s="(\d+)")?')


class _Outlet(io.RawIOBase):
    """Takes what an archive writes, to be sent on; it is never gone back in."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        self._held += content
        return len(content)

    def taken(self) -> bytes:
        """Give what was written since it was last taken."""
        held, self._held = bytes(self._held), bytearray()
        return held


def _pattern(tables: Sequence[Table]) -> IO[bytes]:
    book = Workbook(write_only=True)
    for one in tables:
        sheet = book.create_sheet(one.name)
        prepare(sheet, one.columns)
        sheet.append(heading(sheet, one.columns))
        sheet.append([_blank(sheet, column) for column in one.columns])
    file = io.BytesIO()
    book.save(file)
    return file


def _sheet_pieces(table: Table, formats: Sequence[str]) -> Iterator[str]:
    columns = [
        (get_column_letter(at), f' s="{style}"' if style else "", one.kind)
        for at, (one, style) in enumerate(zip(table.columns, formats, strict=True), start=1)
    ]
    piece: list[str] = []
    for number, row in enumerate(table.rows, start=2):
        piece.append(f'<row r="{number}">')
        for (letter, style, kind), value in zip(columns, row, strict=True):
            if value is None or value == "":
                continue
            if kind == AMOUNT:
                piece.append(f'<c r="{letter}{number}"{style}><v>{yuan(value)}</v></c>')
            elif kind == NUMBER:
                piece.append(f'<c r="{letter}{number}"{style}><v>{value}</v></c>')
            else:
                piece.append(
                    f'<c r="{letter}{number}"{style} t="inlineStr"><is>'
                    f'<t xml:space="preserve">{escape(value)}</t></is></c>'
                )
        piece.append("</row>")
        if number % ROWS_A_PIECE == 0:
            yield "".join(piece)
            piece.clear()
    yield "".join(piece)


def prepare(sheet: Worksheet, columns: Sequence[Column], *, head_rows: int = 1) -> None:
    """Set a sheet up: widths, a head that stays, landscape pages as wide as the table."""
    for place, column in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = column.width
    sheet.freeze_panes = f"C{head_rows + 1}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = f"{head_rows}:{head_rows}"


def heading(sheet: Worksheet, columns: Sequence[Column]) -> list[Any]:
    """Return the cells of a table's head."""
    cells = []
    for column in columns:
        cell = WriteOnlyCell(sheet, column.heading)
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor="17365D")
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        cells.append(cell)
    return cells


def _blank(sheet: Worksheet, column: Column) -> Any:
    cell = WriteOnlyCell(sheet)
    cell.number_format = {AMOUNT: "#,##0.00", NUMBER: "0"}.get(column.kind, "@")
    return cell
