"""A sheet as rows of plain values, read from .xlsx or .csv within limits."""

import contextlib
import csv
import io
import re
import warnings
import zipfile
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import iterparse  # nosec B405

from django.conf import settings
from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.cell import column_index_from_string, range_boundaries

from creditor_meetings.claims.exporting.safety import plain
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

Progress = Callable[[str, int, int], None]
"""Hears the stage ("opening", "rows", "checking"), the rows done, and the rows in all."""

_OLD_OFFICE = bytes.fromhex("d0cf11e0a1b11ae1")
_ZIP = b"PK\x03\x04"


@dataclass
class Sheet:
    """The rows of a sheet that hold something, by their number from 1."""

    name: str
    rows: list[tuple[int, list[Value]]]
    # Cells joined over several rows: (first row, last row, first column, last column).
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    # A .csv knows no joined cells: what is blank there may belong to the row above.
    knows_merges: bool = True
    hidden: bool = False
    # What people should know of the file that this sheet is the first of.
    remarks: tuple[str, ...] = ()

    def joined_downwards(self, column: int) -> "Joined":
        """Tell, for a column from 1, which rows belong to a cell that begins above them."""
        return Joined(
            sorted(
                (first, last)
                for first, last, left, right in self.merges
                if left <= column <= right and last > first
            )
        )


@dataclass(frozen=True)
class Joined:
    """The rows of a column that are joined with what stands above."""

    ranges: Sequence[tuple[int, int]]

    def __contains__(self, row: int) -> bool:
        index = bisect_right(self.ranges, (row, 0)) - 1
        return index >= 0 and self.ranges[index][0] < row <= self.ranges[index][1]


def read_sheets(file: Path | bytes, name: str, progress: Progress | None = None) -> list[Sheet]:
    """Read every sheet of a file. Raises `Unreadable` with one line for people."""
    content = file if isinstance(file, bytes) else content_of(file)
    if len(content) > settings.CLAIMS_TABLE_MAX_BYTES:
        raise too_large()
    if not content.strip(b"\x00 \t\r\n"):
        raise Unreadable(_("文件是空的。"))
    if content.startswith(_OLD_OFFICE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise Unreadable(_("文件已加密，请取消密码后重新保存为 .xlsx。"))
        raise Unreadable(_("这是旧版 .xls 或其他 Office 文件，请另存为 .xlsx。"))
    if content.startswith(_ZIP):
        return _read_workbook(content, progress or _nobody)
    if name.lower().endswith((".xlsx", ".xlsm")):
        raise Unreadable(_("文件不是有效的 .xlsx 表格，可能已损坏或不完整。"))
    return [_read_csv(content, name)]


def _nobody(_stage: str, _done: int, _total: int) -> None:
    """Hear nothing."""


def unpacked_bytes(content: bytes) -> int:
    """Say how much there is to read in a file: of a workbook, once unpacked, as it says itself."""
    if not content.startswith(_ZIP):
        return len(content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        return 0  # unreadable, which is found at once


def content_of(file: Path) -> bytes:
    """Read a file as far as a claims table may reach. Raises `Unreadable`."""
    limit = settings.CLAIMS_TABLE_MAX_BYTES
    try:
        if not file.is_file():
            raise Unreadable(_("没有这个文件：%(name)s") % {"name": file})
        with file.open("rb") as opened:
            content = opened.read(limit + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise Unreadable(_("文件无法打开：%(why)s") % {"why": why}) from error
    if len(content) > limit:
        raise too_large()
    return content


def too_large() -> Unreadable:
    """Return the refusal of a file beyond the limit."""
    megabytes = settings.CLAIMS_TABLE_MAX_BYTES // 1024 // 1024
    return Unreadable(_("文件过大，最多 %(n)s MB。") % {"n": megabytes})


# --- .xlsx ----------------------------------------------------------------------------------


def _read_workbook(content: bytes, progress: Progress) -> list[Sheet]:
    damaged = _("文件不是有效的 .xlsx 表格，可能已损坏或不完整。")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            progress("opening", 0, 0)
            _refuse_traps(archive)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                with contextlib.closing(_Workbook(content, archive)) as workbook:
                    sheets = list(workbook.sheets(progress))
            if sheets and any(part.endswith("vbaProject.bin") for part in archive.namelist()):
                sheets[0].remarks = (_("文件含有宏，宏没有读取，也不会运行。"),)
            return sheets
    except Unreadable:
        raise
    except Exception as error:
        # Whatever a broken archive or broken XML makes the libraries raise, which is anything.
        raise Unreadable(damaged) from error


def _refuse_traps(archive: zipfile.ZipFile) -> None:
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
    for part in parts:
        if part.filename.endswith((".xml", ".rels")) and _declares_types(archive, part):
            raise Unreadable(_("文件含有不允许的 XML 声明，请在表格软件中另存为 .xlsx。"))


def _declares_types(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Whether a part has a document type: Office writes none; entities make XML explode."""
    kept = b""
    with archive.open(part) as opened:
        while chunk := opened.read(1024 * 1024):
            # UTF-16 is ASCII with zeros between, as far as these words go.
            seen = kept + chunk.replace(b"\x00", b"")
            if b"<!DOCTYPE" in seen or b"<!ENTITY" in seen:
                return True
            kept = seen[-10:]
    return False


class _Workbook:
    """An .xlsx that is open: its values, its formulas where some are needed, and what computes."""

    def __init__(self, content: bytes, archive: zipfile.ZipFile) -> None:
        self._content = content
        self._archive = archive
        self._opened: dict[bool, Any] = {}
        self._calculator = Calculator(self._cells)

    def close(self) -> None:
        """Close what was opened."""
        for one in self._opened.values():
            one.close()

    def _book(self, *, data_only: bool) -> Any:
        if data_only not in self._opened:
            self._opened[data_only] = load_workbook(
                io.BytesIO(self._content), read_only=True, data_only=data_only, keep_links=False
            )
        return self._opened[data_only]

    def sheets(self, progress: Progress) -> Iterator[Sheet]:
        """Read the sheets one after the other."""
        found = self._book(data_only=True).worksheets
        outlines = [_outline(self._archive, sheet._worksheet_path) for sheet in found]
        total = sum(one.rows for one in outlines)
        done = 0
        for sheet, outline in zip(found, outlines, strict=True):
            before = done

            def tell(row: int, before: int = before) -> None:
                progress("rows", min(before + row, total), total)

            yield Sheet(
                name=sheet.title,
                rows=self._rows(sheet, outline, tell),
                merges=outline.merges,
                hidden=sheet.sheet_state != "visible",
            )
            done += outline.rows
            progress("rows", done, total)

    def _rows(
        self, values: Any, outline: "_Outline", tell: Callable[[int], None]
    ) -> list[tuple[int, list[Value]]]:
        rows = []
        number = 0
        try:
            for number, row in enumerate(self._read(values, outline), start=1):
                if not all(value is None or is_blank(value) for value in row):
                    rows.append((number, row))
                if number % PROGRESS_EVERY == 0:
                    tell(number)
        except (ValueError, OverflowError) as error:
            raise Unreadable(
                _("工作表“%(sheet)s”第 %(row)s 行有无法读取的单元格。")
                % {"sheet": values.title, "row": number + 1}
            ) from error
        return rows

    def _read(self, values: Any, outline: "_Outline") -> Iterator[list[Value]]:
        """Give the values of each row; of formulas what they come to."""
        within = {"max_col": max(1, outline.columns), "max_row": MAX_ROWS}
        # What the file says of its own size may be wrong: rows are counted as they come.
        values.reset_dimensions()
        if not outline.has_formulas:
            for row in values.iter_rows(**within):
                yield [_value(cell) for cell in row]
            return
        # A second pass costs as much as the first: only where there is something to see.
        formulas = self._book(data_only=False)[values.title]
        formulas.reset_dimensions()
        pairs = zip(values.iter_rows(**within), formulas.iter_rows(**within), strict=True)
        for number, (shown, written) in enumerate(pairs, start=1):
            yield [
                self._computed(values.title, number, column, cell, source)
                for column, (cell, source) in enumerate(zip(shown, written, strict=True), start=1)
            ]

    def _computed(self, sheet: str, row: int, column: int, cell: Any, source: Any) -> Value:
        if cell.value is None and source.data_type == "f":
            return self._calculator.value(sheet, row, column)
        return _value(cell)

    def _cells(self, name: str) -> Mapping[tuple[int, int], Value]:
        """Return the cells of a sheet for formulas to refer to, whatever the width of its name."""
        titles = {one.title.casefold(): one for one in self._book(data_only=True).worksheets}
        values = titles[name.casefold()]
        formulas = self._book(data_only=False)[values.title]
        found: dict[tuple[int, int], Value] = {}
        within = {"max_col": MAX_COLUMNS, "max_row": MAX_ROWS}
        for one in (values, formulas):
            one.reset_dimensions()
        pairs = zip(values.iter_rows(**within), formulas.iter_rows(**within), strict=True)
        for number, (shown, written) in enumerate(pairs, start=1):
            for column, (cell, source) in enumerate(zip(shown, written, strict=True), start=1):
                if cell.value is not None:
                    found[number, column] = _value(cell)
                elif source.data_type == "f":
                    found[number, column] = Uncalculated(_formula(source))
        return found


def _formula(source: Any) -> str:
    return str(getattr(source.value, "text", source.value))


def _value(cell: Any) -> Value:
    value: Value = cell.value
    if value is None:
        return None
    if cell.data_type == "e":
        return ErrorCell(str(value))
    if isinstance(value, str) and len(value) > MAX_TEXT:
        return value[:MAX_TEXT]
    return value


@dataclass(frozen=True)
class _Outline:
    """What a sheet holds besides the values of its cells, and how far its content reaches."""

    merges: list[tuple[int, int, int, int]]
    has_formulas: bool
    rows: int
    columns: int


def _outline(archive: zipfile.ZipFile, path: str) -> _Outline:
    """Go through a sheet for its joined cells, formulas, and cells beyond the last row read.

    Formatted but empty rows reach to the sheet's end in many a file: only content counts.
    """
    merges = []
    has_formulas = False
    rows = 0
    columns: set[str] = set()
    with archive.open(path.lstrip("/")) as opened:
        # Parts that declare entities were refused before: see _refuse_traps.
        for _event, element in iterparse(opened):  # nosec B314
            tag = element.tag
            if tag.endswith("}c"):
                if not len(element):
                    continue  # formatted, but nothing in it
                place = element.get("r", "")
                number = place.lstrip(_LETTERS)
                columns.add(place[: len(place) - len(number)])
                if number.isdigit() and int(number) > MAX_ROWS and "".join(element.itertext()):
                    raise too_long()
            elif tag.endswith("}f"):
                has_formulas = True
            elif tag.endswith("}row"):
                rows += 1
                element.clear()
            elif tag.endswith("}mergeCell"):
                left, top, right, bottom = range_boundaries(element.get("ref", ""))
                if left and top and right and bottom:
                    merges.append((top, bottom, left, right))
                if len(merges) > MAX_MERGES:
                    raise Unreadable(_("表格的合并单元格过多。"))
    return _Outline(merges, has_formulas, rows, _width(columns))


_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _width(columns: set[str]) -> int:
    """Return how many columns hold something, as far as columns are read at all."""
    if "" in columns:  # cells that do not say where they stand are counted as they come
        return MAX_COLUMNS
    known = [column_index_from_string(one) for one in columns if len(one) <= 3]
    return max([one for one in known if one <= MAX_COLUMNS], default=0)


def too_long() -> Unreadable:
    """Return the refusal of a table with more rows than any case has."""
    return Unreadable(_("表格过长，最多 %(n)s 行。") % {"n": MAX_ROWS})


# --- .csv -----------------------------------------------------------------------------------


def _read_csv(content: bytes, name: str) -> Sheet:
    text = _decoded(content)
    delimiter = _delimiter(text)
    rows: list[tuple[int, list[Value]]] = []
    number = 0
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        for number, row in enumerate(reader, start=1):
            if all(not cell.strip() for cell in row):
                continue
            if number > MAX_ROWS:
                raise too_long()
            # Excel writes ="0123" to keep digits as text.
            rows.append((number, [_unquoted(cell)[:MAX_TEXT] for cell in row[:MAX_COLUMNS]]))
    except csv.Error as error:
        raise Unreadable(_("文件第 %(row)s 行不是有效的 CSV。") % {"row": number + 1}) from error
    return Sheet(name=Path(name).name, rows=rows, knows_merges=False)


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not re.search(r"[\x00-\x08\x0e-\x1f]", text):
            return text
    raise Unreadable(_("文件既不是 .xlsx 表格，也不是 UTF-8 或 GB18030 编码的 CSV。"))


def _delimiter(text: str) -> str:
    # What stands in quotation marks is somebody's text, semicolons and all.
    head = re.sub(r'"(?:[^"]|"")*"', "", "\n".join(text.splitlines()[:30]))
    return max(",\t;", key=head.count)


def _unquoted(cell: str) -> str:
    match = re.fullmatch(r'="(.*)"', cell)
    return match[1] if match else plain(cell)
