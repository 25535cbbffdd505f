"""Reading an .xlsx in one pass a sheet: values, formulas without values, joined cells.

openpyxl opens the workbook and understands its styles and strings. Its own way through a sheet
gives either values or formulas, fills each row up to its width with objects, and turns inline
strings into trees: this one reads both at once in less time. It uses names that openpyxl calls
its own; openpyxl is pinned, and tests read a workbook in both ways.
"""

import contextlib
import io
import warnings
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any
from xml.etree.ElementTree import Element, iterparse  # nosec B405

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.formula.translate import Translator
from openpyxl.utils.cell import column_index_from_string, range_boundaries
from openpyxl.utils.datetime import from_excel, from_ISO8601
from openpyxl.xml.constants import SHEET_MAIN_NS

from creditor_meetings.claims.importing.cells import ErrorCell, Uncalculated, Value, is_blank
from creditor_meetings.claims.importing.findings import Unreadable
from creditor_meetings.claims.importing.formulas import Calculator

MAX_ROWS = 100_000
MAX_COLUMNS = 120
MAX_UNPACKED_BYTES = 96 * 1024 * 1024
MAX_PARTS = 500
MAX_MERGES = 200_000
MAX_TEXT = 4000
"""Characters of a cell that are looked at: no field holds so many, so longer ones are problems."""
PROGRESS_EVERY = 250
"""Rows between two words on how far reading has come."""

Merge = tuple[int, int, int, int]
"""Joined cells: first row, last row, first column, last column."""
Progress = Callable[[str, int, int], None]
"""Hears the stage ("opening", "rows", "checking"), the rows done, and the rows in all."""

_ROW, _CELL, _V, _F, _IS, _T, _R, _MERGE = (
    f"{{{SHEET_MAIN_NS}}}{name}" for name in ("row", "c", "v", "f", "is", "t", "r", "mergeCell")
)


@dataclass
class Grid:
    """A sheet as it was read: the rows that hold something, by their number from 1."""

    name: str
    hidden: bool
    rows: list[tuple[int, list[Value]]] = field(default_factory=list)
    merges: list[Merge] = field(default_factory=list)
    # Whether there are formulas without a value.
    waits: bool = False


def read_workbook(content: bytes, progress: Progress) -> tuple[list[Grid], list[str]]:
    """Read every sheet; return them with remarks for people. Raises `Unreadable`."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            progress("opening", 0, 0)
            total = _refuse_traps(archive)
            remarks = []
            if any(name.endswith("vbaProject.bin") for name in archive.namelist()):
                remarks.append(_("文件含有宏，宏没有读取，也不会运行。"))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return _grids(content, archive, progress, total), remarks
    except Unreadable:
        raise
    except Exception as error:
        # Whatever a broken archive or broken XML makes the libraries raise, which is anything.
        damaged = _("文件不是有效的 .xlsx 表格，可能已损坏或不完整。")
        raise Unreadable(damaged) from error


def too_long() -> Unreadable:
    """Return the refusal of a table with more rows than any case has."""
    return Unreadable(_("表格过长，最多 %(n)s 行。") % {"n": MAX_ROWS})


# --- what is no table, or a trap --------------------------------------------------------------


def _refuse_traps(archive: zipfile.ZipFile) -> int:
    """Raise `Unreadable` for what no program for tables writes; return how many rows there are."""
    parts = archive.infolist()
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
        raise Unreadable(
            _("文件解压后过大，最多 %(n)s MB。") % {"n": MAX_UNPACKED_BYTES // 1024 // 1024}
        )
    if any(part.flag_bits & 1 for part in parts):
        raise Unreadable(_("文件已加密，请取消密码后重新保存为 .xlsx。"))
    if "xl/workbook.bin" in archive.namelist():
        raise Unreadable(_("这是 .xlsb 二进制表格，请另存为 .xlsx。"))
    if "xl/workbook.xml" not in archive.namelist():
        raise Unreadable(_("文件不是 .xlsx 表格；请在表格软件中另存为 .xlsx。"))
    rows = 0
    for part in parts:
        if part.filename.endswith((".xml", ".rels")):
            with archive.open(part) as opened:
                rows += _look_through(opened)
    return rows


def _look_through(opened: IO[bytes]) -> int:
    """Refuse a document type: Office writes none, and entities make XML explode. Count rows."""
    kept = b""
    rows = 0
    while chunk := opened.read(1024 * 1024):
        # UTF-16 is ASCII with zeros between, as far as these words go.
        seen = kept + chunk.replace(b"\x00", b"")
        if b"<!DOCTYPE" in seen or b"<!ENTITY" in seen:
            raise Unreadable(_("文件含有不允许的 XML 声明，请在表格软件中另存为 .xlsx。"))
        rows += seen.count(b"<row ") - kept.count(b"<row ")
        kept = seen[-10:]
    return rows


# --- sheets -----------------------------------------------------------------------------------


def _grids(content: bytes, archive: zipfile.ZipFile, progress: Progress, total: int) -> list[Grid]:
    with contextlib.closing(
        load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    ) as book:
        # Cut once, not for each cell that names one.
        strings = [str(one)[:MAX_TEXT] for one in getattr(book, "shared_strings", None) or ()]
        grids: list[Grid] = []
        done = 0
        sheets: list[Any] = book.worksheets
        for sheet in sheets:
            strings = strings or [str(one)[:MAX_TEXT] for one in sheet._shared_strings]
            grid = Grid(sheet.title, sheet.sheet_state != "visible")

            def tell(rows: int, before: int = done) -> None:
                progress("rows", min(before + rows, total), total)

            with archive.open(sheet._worksheet_path.lstrip("/")) as opened:
                done += _Reader(book, strings, grid).read(opened, tell)
            grids.append(grid)
            progress("rows", min(done, total), total)
    if any(grid.waits for grid in grids):
        _compute(grids)
    for grid in grids:
        grid.rows = [row for row in grid.rows if not all(is_blank(one) for one in row[1])]
    return grids


class _Reader:
    """Reads one sheet."""

    def __init__(self, book: Any, strings: list[str], grid: Grid) -> None:
        self._book = book
        self._strings = strings
        self._grid = grid
        self._columns: dict[str, int] = {}
        self._shared: dict[str, Translator] = {}

    def read(self, opened: IO[bytes], tell: Callable[[int], None]) -> int:
        """Take every row and every joined cell; return how many rows there were."""
        number = count = 0
        in_order = True
        # Parts that declare entities were refused before: see _look_through.
        for _event, element in iterparse(opened):  # nosec B314
            if element.tag == _ROW:
                count += 1
                before, number = number, int(element.get("r") or number + 1)
                in_order = in_order and number > before
                try:
                    row = self._row(element, number)
                except (ValueError, OverflowError) as error:
                    raise Unreadable(
                        _("工作表“%(sheet)s”第 %(row)s 行有无法读取的单元格。")
                        % {"sheet": self._grid.name, "row": number}
                    ) from error
                element.clear()
                # Formatted but empty rows reach to a sheet's end in many a file.
                if row:
                    if number > MAX_ROWS:
                        raise too_long()
                    self._grid.rows.append((number, row))
                if count % PROGRESS_EVERY == 0:
                    tell(count)
            elif element.tag == _MERGE:
                self._join(element)
        if not in_order:
            self._grid.rows.sort(key=lambda one: one[0])
        return count

    def _join(self, element: Element) -> None:
        left, top, right, bottom = range_boundaries(element.get("ref", ""))
        if left and top and right and bottom:
            self._grid.merges.append((top, bottom, left, right))
        if len(self._grid.merges) > MAX_MERGES:
            raise Unreadable(_("表格的合并单元格过多。"))

    def _row(self, element: Element, number: int) -> list[Value]:
        row: list[Value] = []
        column = 0
        for cell in element:
            if cell.tag != _CELL:
                continue
            place = cell.get("r")
            column = self._column(place) if place else column + 1
            if column > MAX_COLUMNS or not len(cell):
                continue
            value = self._value(cell, place or "")
            if value is None:
                continue
            while len(row) < column:
                row.append(None)
            row[column - 1] = value
        return row

    def _column(self, place: str) -> int:
        letters = place.rstrip("0123456789")
        known = self._columns.get(letters)
        if known is None:
            known = self._columns[letters] = int(column_index_from_string(letters))
        return known

    def _value(self, cell: Element, place: str) -> Value:
        written = formula = None
        for child in cell:
            if child.tag == _V:
                written = child.text
            elif child.tag == _F:
                formula = child
            elif child.tag == _IS:
                return _inline(child)
        if formula is not None:
            found = self._formula(formula, place, needed=written is None)
            if written is None:
                self._grid.waits = True
                return found
        if written is None:
            return None
        kind = cell.get("t", "n")
        if kind == "n":
            return self._number(written, cell.get("s"))
        if kind == "s":
            return self._strings[int(written)]
        if kind == "b":
            return bool(int(written))
        if kind == "e":
            return ErrorCell(written[:40])
        if kind == "d":
            moment: Value = from_ISO8601(written)
            return moment
        return written[:MAX_TEXT]

    def _number(self, written: str, style: str | None) -> Value:
        number: int | float
        number = float(written) if "." in written or "E" in written.upper() else int(written)
        if style and int(style) in self._book._date_formats:
            try:
                moment: Value = from_excel(
                    number,
                    self._book.epoch,
                    timedelta=int(style) in self._book._timedelta_formats,
                )
            except (OverflowError, ValueError):
                return ErrorCell("#VALUE!")
            return moment
        return number

    def _formula(self, formula: Element, place: str, *, needed: bool) -> Value:
        """Return a formula that has no value; remember those that other cells share."""
        text = f"={formula.text or ''}"
        shared = formula.get("si") if formula.get("t") == "shared" else None
        if shared is not None:
            if len(text) > 1:
                self._shared.setdefault(shared, Translator(text, place))
            elif needed and shared in self._shared:
                text = self._shared[shared].translate_formula(place)
        return Uncalculated(text)


def _inline(element: Element) -> str:
    parts = []
    for child in element:
        if child.tag == _T:
            parts.append(child.text or "")
        elif child.tag == _R:
            parts += [one.text or "" for one in child if one.tag == _T]
    return "".join(parts)[:MAX_TEXT]


def _compute(grids: list[Grid]) -> None:
    """Put what formulas come to in their place."""
    by_name = {grid.name.casefold(): grid for grid in grids}

    def load(name: str) -> Mapping[tuple[int, int], Value]:
        return dict(_cells(by_name[name.casefold()]))

    calculator = Calculator(load)
    for grid in grids:
        if grid.waits:
            for number, row in grid.rows:
                for column, value in enumerate(row):
                    if isinstance(value, Uncalculated):
                        row[column] = calculator.value(grid.name, number, column + 1)


def _cells(grid: Grid) -> Iterator[tuple[tuple[int, int], Value]]:
    for number, row in grid.rows:
        for column, value in enumerate(row, start=1):
            if value is not None:
                yield (number, column), value
