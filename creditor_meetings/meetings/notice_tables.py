"""The list of those whom a notice did not reach, for post: as CSV and as a spreadsheet."""

import csv
import io
from collections.abc import Iterator

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Font

from creditor_meetings.cases.models import Creditor
from creditor_meetings.cases.views_invitations import safe_cell
from creditor_meetings.meetings import notices
from creditor_meetings.meetings.models import Delivery, DeliveryState, Notice

WIDTHS = (8, 36, 24, 16, 18, 28, 28, 44)


def missing(notice: Notice) -> list[tuple[Creditor, str]]:
    """Return the creditors not reached, in their order, with why."""
    left = notices.not_reached(notice)
    tried = Delivery.objects.filter(notice=notice, creditor__in=left, state=DeliveryState.FAILED)
    failed = set(tried.values_list("creditor", flat=True))
    found = Creditor.objects.filter(pk__in=left)
    return [(one, str(_("发送失败") if one.pk in failed else _("没有联系方式"))) for one in found]


def _head() -> list[str]:
    return [
        _("序号"), _("债权人"), _("证件号码"), _("联系人"), _("联系电话"), _("电子邮箱"),
        _("未送达原因"), _("邮寄地址"),
    ]  # fmt: skip


def _rows(notice: Notice) -> Iterator[list[str]]:
    for one, why in missing(notice):
        values = (
            one.position, one.name, one.identity_number, one.contact_name, one.phone, one.email,
            why, "",
        )  # fmt: skip
        yield [safe_cell(value) for value in values]


def as_csv(notice: Notice) -> bytes:
    """Write the list as a table that spreadsheets open rightly, and run nothing of."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(_head())
    writer.writerows(_rows(notice))
    return file.getvalue().encode("utf-8-sig")


def as_xlsx(notice: Notice) -> bytes:
    """Write the list as a spreadsheet; the column for the postal address is to be filled in."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = _("未送达名单")
    sheet.append(_head())
    for row in _rows(notice):
        sheet.append(row)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for width, column in zip(WIDTHS, "ABCDEFGH", strict=True):
        sheet.column_dimensions[column].width = width
    sheet.freeze_panes = "A2"
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()
