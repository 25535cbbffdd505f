"""A sheet as rows of plain values, read from .xlsx or .csv within limits."""

import contextlib
import csv
import io
import re
import warnings
import zipfile
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import iterparse  # nosec B405

from django.conf import settings
from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.cell import range_boundaries

from creditor_meetings.claims.exporting.safety import plain
from creditor_meetings.claims.importing.cells import ErrorCell, Uncalculated, Value, is_blank
from creditor_meetings.claims.importing.findings import Unreadable

MAX_ROWS = 100_000
MAX_COLUMNS = 120
MAX_UNPACKED_BYTES = 96 * 1024 * 1024
MAX_PARTS = 500
MAX_MERGES = 200_000

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


def read_sheets(file: Path | bytes, name: str) -> list[Sheet]:
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
        return _read_workbook(content)
    if name.lower().endswith((".xlsx", ".xlsm")):
        raise Unreadable(_("文件不是有效的 .xlsx 表格，可能已损坏或不完整。"))
    return [_read_csv(content, name)]


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


def _read_workbook(content: bytes) -> list[Sheet]:
    damaged = _("文件不是有效的 .xlsx 表格，可能已损坏或不完整。")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _refuse_traps(archive)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return list(_sheets(content, archive))
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


def _sheets(content: bytes, archive: zipfile.ZipFile) -> Iterator[Sheet]:
    with contextlib.ExitStack() as opened:

        def workbook(data_only: bool) -> Any:
            return opened.enter_context(
                contextlib.closing(
                    load_workbook(
                        io.BytesIO(content), read_only=True, data_only=data_only, keep_links=False
                    )
                )
            )

        formulas = None
        for sheet in workbook(data_only=True).worksheets:
            outline = _outline(archive, sheet._worksheet_path)
            # A second pass costs as much as the first: only where there is something to see.
            if outline.has_formulas and formulas is None:
                formulas = workbook(data_only=False)
            written = formulas[sheet.title] if formulas and outline.has_formulas else None
            yield Sheet(
                name=sheet.title,
                rows=_rows(sheet, written),
                merges=outline.merges,
                hidden=sheet.sheet_state != "visible",
            )


def _rows(values: Any, formulas: Any) -> list[tuple[int, list[Value]]]:
    rows = []
    number = 0
    try:
        for number, (cells, written) in enumerate(_pairs(values, formulas), start=1):
            row = [_value(cell, source) for cell, source in zip(cells, written, strict=True)]
            if not all(is_blank(value) for value in row):
                rows.append((number, row))
    except ValueError as error:
        raise Unreadable(
            _("工作表“%(sheet)s”第 %(row)s 行有无法读取的单元格。")
            % {"sheet": values.title, "row": number + 1}
        ) from error
    return rows


def _pairs(values: Any, formulas: Any) -> Iterator[tuple[Any, Any]]:
    """Give each row twice: what its cells show, and what is written in them."""
    within = {"max_col": MAX_COLUMNS, "max_row": MAX_ROWS}
    # What the file says of its own size may be wrong: rows are counted as they come.
    values.reset_dimensions()
    if formulas is None:
        yield from ((row, row) for row in values.iter_rows(**within))
        return
    formulas.reset_dimensions()
    yield from zip(values.iter_rows(**within), formulas.iter_rows(**within), strict=True)


def _value(cell: Any, source: Any) -> Value:
    if cell.data_type == "e":
        return ErrorCell(str(cell.value))
    if cell.value is None and source.data_type == "f":
        return Uncalculated(str(getattr(source.value, "text", source.value)))
    value: Value = cell.value
    return value


@dataclass(frozen=True)
class _Outline:
    """What a sheet holds besides the values of its cells."""

    merges: list[tuple[int, int, int, int]]
    has_formulas: bool


def _outline(archive: zipfile.ZipFile, path: str) -> _Outline:
    """Go through a sheet for its joined cells, formulas, and cells beyond the last row read.

    Formatted but empty rows reach to the sheet's end in many a file: only content counts.
    """
    merges = []
    has_formulas = False
    with archive.open(path.lstrip("/")) as opened:
        # Parts that declare entities were refused before: see _refuse_traps.
        for _event, element in iterparse(opened):  # nosec B314
            if element.tag.endswith("}mergeCell"):
                left, top, right, bottom = range_boundaries(element.get("ref", ""))
                if left and top and right and bottom:
                    merges.append((top, bottom, left, right))
                if len(merges) > MAX_MERGES:
                    raise Unreadable(_("表格的合并单元格过多。"))
            elif element.tag.endswith("}f"):
                has_formulas = True
            elif element.tag.endswith("}c"):
                number = element.get("r", "").lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
                if number.isdigit() and int(number) > MAX_ROWS and "".join(element.itertext()):
                    raise too_long()
            elif element.tag.endswith("}row"):
                element.clear()
    return _Outline(merges, has_formulas)


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
            rows.append((number, [_unquoted(cell) for cell in row[:MAX_COLUMNS]]))
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
    head = "\n".join(text.splitlines()[:30])
    return max(",\t;", key=head.count)


def _unquoted(cell: str) -> str:
    match = re.fullmatch(r'="(.*)"', cell)
    return match[1] if match else plain(cell)
