"""Writing spreadsheets: text that is never run as a formula, amounts that can be summed up."""

import io
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

_HEAD = PatternFill("solid", fgColor="E8EEF6")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class Yuan(int):
    """An amount of fen that a spreadsheet shows as yuan."""


class Book:
    """A workbook that is written row by row, however long it is."""

    def __init__(self) -> None:
        self._book = Workbook(write_only=True)

    def sheet(self, title: str, widths: Sequence[int], *, frozen: str = "") -> "Rows":
        """Begin a sheet; widths are in characters."""
        sheet: Any = self._book.create_sheet(title[:31])
        for number, width in enumerate(widths, start=1):
            sheet.column_dimensions[get_column_letter(number)].width = width
        if frozen:
            sheet.freeze_panes = frozen
        return Rows(sheet)

    def save(self) -> bytes:
        """Return the file."""
        made = io.BytesIO()
        self._book.save(made)
        return made.getvalue()


class Rows:
    """The rows of a sheet."""

    def __init__(self, sheet: Any) -> None:
        self.sheet = sheet

    def title(self, text: str) -> None:
        """Write the title of a sheet."""
        cell = self._cell(text)
        cell.font = Font(bold=True, size=14)
        self.sheet.append([cell])

    def head(self, words: Iterable[str]) -> None:
        """Write the heading of the columns."""
        cells = [self._cell(one) for one in words]
        for cell in cells:
            cell.font, cell.fill = Font(bold=True), _HEAD
            cell.alignment = Alignment(wrap_text=True, vertical="center")
        self.sheet.append(cells)

    def row(self, values: Iterable[Any], *, bold: bool = False) -> None:
        """Write a row."""
        cells = [self._cell(one) for one in values]
        if bold:
            for cell in cells:
                cell.font = Font(bold=True)
        self.sheet.append(cells)

    def _cell(self, value: Any) -> Any:
        if isinstance(value, Yuan):
            cell: Any = _any_cell(self.sheet, Decimal(int(value)).scaleb(-2))
            cell.number_format = "#,##0.00"
            return cell
        if isinstance(value, date):
            cell = _any_cell(self.sheet, value)
            cell.number_format = "yyyy-mm-dd"
            return cell
        if isinstance(value, str):
            cell = WriteOnlyCell(self.sheet, value=value)
            # openpyxl takes what begins with "=" for a formula: it is somebody's text.
            cell.data_type = "s"
            if value.startswith(_FORMULA):
                cell.quotePrefix = True
            return cell
        return WriteOnlyCell(self.sheet, value=value)


def _any_cell(sheet: Any, value: Any) -> Any:
    # The library's types know less than it takes: decimals and days.
    return WriteOnlyCell(sheet, value=value)
