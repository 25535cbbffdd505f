"""The voting register as a table to take along: CSV and a spreadsheet, with nothing that runs."""

import csv
import io
from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _
from openpyxl import Workbook

from creditor_meetings.cases.money import yuan
from creditor_meetings.cases.views_invitations import safe_cell
from voting.preview import Row


def _head() -> list[str]:
    return [
        _("序号"), _("债权人"), _("表决组"), _("户数"), _("表决债权额（元）"), _("无表决权的原因"),
        _("提示"),
    ]  # fmt: skip


def _cells(rows: Iterable[Row]) -> Iterator[list[str]]:
    for number, row in enumerate(rows, start=1):
        values = (
            number, row.name, row.group, row.heads, yuan(row.amount_fen), row.reason,
            _("；").join(row.marks),
        )  # fmt: skip
        yield [safe_cell(value) for value in values]


def as_csv(rows: Iterable[Row]) -> bytes:
    """Write the register as a table that spreadsheets open rightly."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(_head())
    writer.writerows(_cells(rows))
    return file.getvalue().encode("utf-8-sig")


def as_xlsx(rows: Iterable[Row]) -> bytes:
    """Write the register as a spreadsheet; every cell is text, so that no amount is rounded."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("表决权登记册"))
    sheet.freeze_panes = "A2"
    for width, column in zip((8, 40, 18, 8, 22, 44, 30), "ABCDEFG", strict=True):
        sheet.column_dimensions[column].width = width
    sheet.append(_head())
    for cells in _cells(rows):
        sheet.append(cells)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()
