"""The claims table to be filled in: its head, notes on every column, lists to choose from."""

import io
from copy import copy
from typing import cast

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from creditor_meetings.claims.exporting.columns import (
    AMOUNT,
    COLUMNS,
    CONCLUSIONS,
    NATURES,
    NO,
    NUMBER,
    YES,
)
from creditor_meetings.claims.exporting.files import SHEET, heading, prepare

LAST_ROW = 20_000
"""How far down lists and formats reach."""
_LISTS = {
    "nature": [one for name, one in NATURES.items() if name != "investor"],
    "conclusion": list(CONCLUSIONS.values()),
    "waived": [YES, NO],
    "late": [YES, NO],
}


def _notes() -> list[str]:
    """What stands above the head: the import passes over it."""
    return [
        _("说明：每笔债权一行；同一债权人有几笔债权的，名称和证件号码每行都填，序号相同。"),
        _("说明：金额以元为单位，没有的填 0；申报合计应等于本金、利息、其他之和。"),
        _("说明：结论为“暂缓确认”“不予确认”的，确认金额填 0，并写明理由。"),
        _(
            "说明：债权人名称、证件号码、债权性质、申报金额、确认金额、审查结论必须填写，"
            "其余可以空着或删去整列；不要修改表头文字。"
        ),
    ]


def _hints() -> dict[str, str]:
    return {
        "number": _("债权人的序号，每个债权人一个。"),
        "identity": _("统一社会信用代码或身份证号码，以文本格式填写。"),
        "nature": _("请从列表中选择。"),
        "conclusion": _("确认、部分确认、暂缓确认或不予确认。"),
        "confirmed": _("确认时等于申报金额；部分确认时小于申报金额；其余为 0。"),
        "temporary": _("只用于暂缓确认的债权，由法院确定；没有的空着。"),
        "unsecured": _("只用于有财产担保的债权：担保物不足清偿、按普通债权受偿的部分。"),
        "late": _("超过申报期限后补充申报的填“是”。"),
    }


def template() -> bytes:
    """Return the table to be filled in as .xlsx; its headings are what the import knows."""
    book = Workbook()
    sheet = cast(Worksheet, book.active)
    sheet.title = SHEET
    notes = _notes()
    for row, words in enumerate(notes, start=1):
        cell = sheet.cell(row, 1, words)
        cell.font = Font(color="515B6B")
        cell.alignment = Alignment(vertical="center")
    head = len(notes) + 1
    prepare(sheet, COLUMNS, head_rows=head)
    hints = _hints()
    for place, (column, styled) in enumerate(
        zip(COLUMNS, heading(sheet, COLUMNS), strict=True), start=1
    ):
        cell = sheet.cell(head, place, column.heading)
        cell.font, cell.fill, cell.alignment = map(
            copy, (styled.font, styled.fill, styled.alignment)
        )
        if column.field in hints:
            cell.comment = Comment(hints[column.field], _("说明"), width=260, height=90)
        letter = get_column_letter(place)
        kinds = {AMOUNT: "#,##0.00", NUMBER: "0"}
        sheet.column_dimensions[letter].number_format = kinds.get(column.kind, "@")
        if column.field in _LISTS:
            choice = DataValidation(
                "list",
                formula1=f'"{",".join(_LISTS[column.field])}"',
                allow_blank=True,
                showErrorMessage=True,
                errorTitle=column.heading,
                error=_("请从列表中选择。"),
            )
            choice.add(f"{letter}{head + 1}:{letter}{LAST_ROW}")
            sheet.add_data_validation(choice)
    sheet.row_dimensions[head].height = 34
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
