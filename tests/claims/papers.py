"""Claims tables made for tests: a good one to spoil, as .xlsx and .csv."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

SAMPLE = Path(__file__).resolve().parents[1] / "data" / "claims_table.xlsx"

HEAD = [
    "序号", "债权人名称/姓名", "证件号码", "联系人", "联系电话", "电子邮箱", "债权性质",
    "担保物/优先权依据", "申报金额", None, None, None, "管理人审查确认金额", "审查结论",
    "暂缓/不予确认理由", "是否放弃优先受偿权", "法院临时确定债权额", "备注",
]  # fmt: skip
SUBHEAD = [None] * 8 + ["本金", "利息", "其他", "合计"] + [None] * 6
NOBODY = (None, None, None)  # the contact

ROWS: list[list[Any]] = [
    [1, "示例银行", "91990000MAT11X5051", *NOBODY, "有财产担保债权", "厂房", "8,000.00", 500, "-",
     8500, "8,500.00", "确认", None, "否", None, None],
    [None, None, None, *NOBODY, "普通债权", None, "１００．５０", None, 0, 100.5, 100.5, "确认",
     None, None, None, None],
    [None, "有财产担保债权小计", None, *NOBODY, None, None, None, None, None, "8,600.50",
     "8,600.50", None, None, None, None, None],
    [2, "李华", "990000198611192183", *NOBODY, "普通债权", None, 1000, "¥200.00", "—", 1200, 900,
     "部分确认", "利息计算至破产受理日", None, None, None],
    [3, "王静", "99000019940517398X", *NOBODY, "普通债权", None, "3,000.00 ", None, None,
     "3,000.00", "-", "暂缓确认", "诉讼未决", None, "1,500.00", None],
    [4, "陈安", "990000196805015389", *NOBODY, "普通债权", None, 50, None, None, 50, 0,
     "不予确认", "无依据", None, None, None],
    [None, "普通债权小计", None, *NOBODY, None, None, None, None, None, "4,250.00", 900, None,
     None, None, None, None],
    [None, "合计", None, *NOBODY, None, None, None, None, None, "12,850.50", "9,500.50", None, None,
     None, None, None],
]  # fmt: skip
FIRST = 5
"""The row of the first claim: two title rows, two rows of the head."""


def workbook(spoil: Callable[[Worksheet], object] | None = None) -> bytes:
    """Write the good table as .xlsx, spoilt as told."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "债权表"
    sheet.append(["示例公司破产清算案债权表"])
    sheet.append(["案号:(2026)沪03破1号", *[None] * 15, "单位:人民币元"])
    for row in (HEAD, SUBHEAD, *ROWS):
        sheet.append(row)
    sheet.append([])
    sheet.append([None, "制表:管理人", None, None, "注:以上金额以人民币计。"])
    sheet.merge_cells("I3:L3")
    for column in "ABCDEF":
        sheet.merge_cells(f"{column}5:{column}6")
    if spoil is not None:
        spoil(sheet)
    return saved(book)


def saved(book: Workbook) -> bytes:
    """Write a workbook's file."""
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def put(**cells: Any) -> Callable[[Worksheet], None]:
    """Spoil cells: `put(I5="abc")`."""

    def spoil(sheet: Worksheet) -> None:
        for name, value in cells.items():
            sheet[name] = value

    return spoil


def csv_lines(rows: list[list[Any]] | None = None) -> str:
    """Write the good table as .csv, as a spreadsheet program exports it."""
    import csv

    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(["示例公司破产清算案债权表"])
    writer.writerow(["案号:(2026)沪03破1号", "", "单位:人民币元"])
    for row in (HEAD, SUBHEAD, *(ROWS if rows is None else rows)):
        writer.writerow(["" if value is None else value for value in row])
    return file.getvalue()


INVESTORS: list[list[Any]] = [
    ["江南控股有限公司", "91990000MAT11X5051", "60,000,000.00", "60%", "刘一", "16000000021", ""],
    ["吴海", "990000198611192183", "4000万", "40%", "", "", "wuhai@example.com"],
]


def investors_table(rows: list[list[Any]] | None = None) -> bytes:
    """Write the good table of investors as .csv, or another of the same head."""
    head = ["出资人名称", "证件号码", "出资额（元）", "持股比例", "联系人", "联系电话", "电子邮箱"]
    lines = [head, *(INVESTORS if rows is None else rows)]
    text = io.StringIO()
    csv.writer(text).writerows(lines)
    return text.getvalue().encode()
