"""A sheet as rows of plain values, read from .xlsx or .csv within limits."""

import csv
import io
import re
import zipfile
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from creditor_meetings.claims.exporting.safety import plain
from creditor_meetings.claims.importing import workbook
from creditor_meetings.claims.importing.cells import Value
from creditor_meetings.claims.importing.findings import Unreadable
from creditor_meetings.claims.importing.workbook import MAX_COLUMNS, MAX_TEXT, Merge, Progress

_OLD_OFFICE = bytes.fromhex("d0cf11e0a1b11ae1")
_ZIP = b"PK\x03\x04"


@dataclass
class Sheet:
    """The rows of a sheet that hold something, by their number from 1."""

    name: str
    rows: list[tuple[int, list[Value]]]
    merges: list[Merge] = field(default_factory=list)
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
        grids, remarks = workbook.read_workbook(content, progress or _nobody)
        sheets = [Sheet(one.name, one.rows, one.merges, hidden=one.hidden) for one in grids]
        if sheets:
            sheets[0].remarks = tuple(remarks)
        return sheets
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
            if number > workbook.MAX_ROWS:
                raise workbook.too_long()
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
