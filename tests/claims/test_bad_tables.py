"""Bad spreadsheets: each problem names its cell, what stands there, and what would be right."""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from openpyxl import Workbook

from creditor_meetings.claims.importing import Unreadable, read
from tests.claims import papers
from tests.claims.papers import put

CELLS: list[tuple[str, Any, str, str]] = [
    # the cell that is spoilt, what is put there, the cell that is named, words of the message
    ("I5", "abc", "I5", "1,234.50"),
    ("I5", "8,00.00", "I5", "1,234.50"),
    ("I5", -8000, "I5", "负数"),
    ("I5", "(8,000.00)", "I5", "负数"),
    ("I5", "8000.001", "I5", "分以下"),
    ("I5", 8000.001, "I5", "8000.00"),
    ("I5", "99999999999999", "I5", "最多为"),
    ("I5", datetime(2026, 1, 2), "I5", "日期"),  # noqa: DTZ001
    ("I5", True, "I5", "逻辑值"),
    ("I5", "#REF!", "I5", "错误值"),
    ("I5", "=VLOOKUP(B5,Z1:Z9,1)", "I5", "公式"),
    ("I5", "=SUM(I5:K5)", "I5", "循环"),
    ("I5", "=[1]别表!A1", "I5", "其他文件"),
    ("I5", "=cmd|'/c calc'!A1", "I5", "公式"),
    ("I5", "=SUM(J5:K5)", "L5", "1,000.00"),
    ("I5", "$8,000.00", "I5", "人民币"),
    ("J5", 501, "L5", "8,501.00"),
    ("L8", "1,200.01", "L8", "1,200.00"),
    ("L8", None, "L8", "为空"),
    ("M8", None, "M8", "为空"),
    ("M8", 1200.01, "M8", "最多应为 1,200.00"),
    ("M8", 1200, "M8", "大于 0 且小于"),
    ("M5", 8000, "M5", "应等于申报金额 8,500.00"),
    ("M9", 10, "M9", "应为 0"),
    ("M10", 10, "M10", "应为 0"),
    ("N8", "大概确认", "N8", "部分确认"),
    ("N8", None, "N8", "暂缓确认"),
    ("G8", "普通债券", "G8", "职工债权"),
    ("G8", None, "G8", "普通债权"),
    ("B8", None, "B8", "名称为空"),
    ("B8", 12345, "B8", "名称或姓名"),
    ("B8", "甲" * 300, "B8", "最多 200 个字"),
    ("C8", None, "C8", "证件号码为空"),
    ("C8", 990000198611192183, "C8", "文本格式"),
    ("A8", 1, "A8", "第 5 行"),
    ("A8", "甲", "A8", "正整数"),
    ("A8", 0, "A8", "从 1 开始"),
    ("Q8", 100, "Q8", "暂缓确认"),
    ("Q9", "3,000.01", "Q9", "最多应为 3,000.00"),
    ("Q9", "很多", "Q9", "1,234.50"),
    ("P8", "是", "P8", "有财产担保债权"),
    ("P5", "也许", "P5", "“是”或“否”"),
    ("L7", "8,600.51", "L7", "应为 8,600.50"),
    ("L11", 4250.01, "L11", "应为 4,250.00"),
    ("M12", "9,500.51", "M12", "应为 9,500.50"),
    ("L12", "很多", "L12", "1,234.50"),
    ("Q2", "单位:美元", "Q2", "应为元或万元"),
    ("M3", "申报金额合计", "M4", "只能保留一列"),
]  # fmt: skip


@pytest.mark.parametrize(("spoilt", "value", "named", "words"), CELLS)
def test_a_problem_names_its_cell_and_what_would_be_right(
    spoilt: str, value: Any, named: str, words: str
) -> None:
    reading = read(papers.workbook(put(**{spoilt: value})), "table.xlsx")
    problems = {f"{one.column}{one.row}": one for one in reading.findings.problems}
    assert named in problems, [one.line for one in reading.findings.problems]
    assert words in problems[named].message
    assert problems[named].sheet == "债权表"
    if spoilt == named and value is not None:
        assert problems[named].value


@pytest.mark.parametrize("column", ["B", "C", "G", "M", "N"])
def test_a_column_that_is_missing_is_named(column: str) -> None:
    reading = read(papers.workbook(put(**{f"{column}3": "没有意义"})), "table.xlsx")
    label = papers.HEAD["ABCDEFGHIJKLMN".index(column)]
    assert any("缺少" in one.message and one.row == 3 for one in reading.findings.problems), label


def test_every_problem_is_found_at_once_in_the_tables_order() -> None:
    spoil = put(I5="abc", N8="x", C9=None, A10=3, M12=1)
    found = read(papers.workbook(spoil), "table.xlsx").findings.problems
    cells = [f"{one.column}{one.row}" for one in found]
    assert cells == ["I5", "N8", "C9", "A10", "M12"]


def test_what_could_not_be_read_is_not_blamed_on_the_sums() -> None:
    found = read(papers.workbook(put(L5="x")), "table.xlsx").findings.problems
    assert [f"{one.column}{one.row}" for one in found] == ["L5"]


def test_a_blank_name_without_a_joined_cell_is_no_second_claim() -> None:
    def part(sheet) -> None:
        for column in "ABCDEF":
            sheet.unmerge_cells(f"{column}5:{column}6")

    found = read(papers.workbook(part), "table.xlsx").findings.problems
    assert {f"{one.column}{one.row}" for one in found} == {"B6", "C6"}


def test_in_csv_a_second_claim_stands_right_below() -> None:
    rows = [row for row in papers.ROWS if not str(row[1]).endswith("计")]
    assert read(papers.csv_lines(rows).encode(), "t.csv").findings.problems == []
    # Below a sum nobody is above it.
    moved = [papers.ROWS[0], papers.ROWS[2], papers.ROWS[1], *papers.ROWS[3:6]]
    found = read(papers.csv_lines(moved).encode(), "t.csv").findings.problems
    assert {f"{one.column}{one.row}" for one in found} >= {"B7", "C7"}


def test_a_row_that_is_half_a_claim_is_never_passed_over() -> None:
    def add(sheet) -> None:
        sheet.insert_rows(11)
        sheet["B11"] = "孤零零有限公司"

    found = read(papers.workbook(add), "table.xlsx").findings.problems
    assert {f"{one.column}{one.row}" for one in found} >= {"C11", "G11", "L11", "N11"}


def test_a_head_without_claims_is_a_problem() -> None:
    found = read(papers.csv_lines([]).encode(), "t.csv").findings.problems
    assert [one.message for one in found] == ["表头之下没有债权。"]


# --- files that are no claims table at all ---


def sheet_xml(content: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """Rewrite the first sheet inside a workbook."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w") as new:
        for part in old.infolist():
            data = old.read(part)
            new.writestr(part, change(data) if part.filename.endswith("sheet1.xml") else data)
    return file.getvalue()


def bomb() -> bytes:
    """A file of a hundred kilobytes that unpacks to more than a hundred megabytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (110 * 1024 * 1024))
    return file.getvalue()


def laughs(data: bytes) -> bytes:
    entity = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    return entity + data


def late_laughs(data: bytes) -> bytes:
    return b"<!--" + b"x" * 5000 + b"-->" + laughs(data)


def wide_laughs(data: bytes) -> bytes:
    return laughs(data).decode().encode("utf-16")


def wrong_crc(content: bytes) -> bytes:
    middle = len(content) // 3
    return content[:middle] + bytes(64) + content[middle + 64 :]


def encrypted() -> bytes:
    return bytes.fromhex("d0cf11e0a1b11ae1") + bytes(500) + "EncryptedPackage".encode("utf-16-le")


def with_part(name: str, data: bytes = b"x") -> bytes:
    """Put one more part into a good workbook."""
    file = io.BytesIO(GOOD)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(name, data)
    return file.getvalue()


GOOD = papers.workbook()
FILES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "x.xlsx"),
    "blank": (b"\r\n  \n", "x.csv"),
    "truncated": (GOOD[: len(GOOD) // 2], "x.xlsx"),
    "broken": (wrong_crc(GOOD), "x.xlsx"),
    "text named xlsx": (b"hello", "x.xlsx"),
    "not a table": ("一段话，\n没有表头".encode(), "x.csv"),
    "binary": (bytes(range(256)) * 10, "x.csv"),
    "half a character": ("债权人".encode()[:-1] + b"\xff\xff", "x.csv"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "x.pdf"),
    "old xls": (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "x.xls"),
    "encrypted": (encrypted(), "x.xlsx"),
    "zip of something else": (b"PK\x03\x04" + bytes(100), "x.xlsx"),
    "bomb": (bomb(), "x.xlsx"),
    "entities": (sheet_xml(GOOD, laughs), "x.xlsx"),
    "late entities": (sheet_xml(GOOD, late_laughs), "x.xlsx"),
    "wide entities": (sheet_xml(GOOD, wide_laughs), "x.xlsx"),
    "binary workbook": (with_part("xl/workbook.bin"), "x.xlsb"),
    "no number": (sheet_xml(GOOD, lambda x: x.replace(b"<v>500</v>", b"<v>NaN</v>")), "x.xlsx"),
    "not xml": (sheet_xml(GOOD, lambda x: x[:-400]), "x.xlsx"),
    "no sheet at all": (papers.saved(Workbook()), "x.xlsx"),
    "open quote": ('序号,"债权人\n'.encode() + b"x" * 200_000, "x.csv"),
}


@pytest.mark.parametrize("kind", FILES)
def test_what_is_no_claims_table_is_unreadable_in_one_line(kind: str) -> None:
    content, name = FILES[kind]
    with pytest.raises(Unreadable) as unreadable:
        read(content, name)
    message = str(unreadable.value)
    assert len(message) > 5
    assert message
    assert "\n" not in message
    assert "Traceback" not in message


def test_a_file_beyond_the_limit_is_unreadable(settings) -> None:
    settings.CLAIMS_TABLE_MAX_BYTES = 1024
    with pytest.raises(Unreadable, match="过大"):
        read(GOOD, "x.xlsx")


def test_too_many_rows_are_unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("creditor_meetings.claims.importing.workbook.MAX_ROWS", 6)
    for content, name in ((GOOD, "x.xlsx"), (papers.csv_lines().encode(), "x.csv")):
        with pytest.raises(Unreadable, match="过长"):
            read(content, name)


def test_infinite_numbers_name_their_cell() -> None:
    content = sheet_xml(GOOD, lambda x: x.replace(b"<v>500</v>", b"<v>1e999</v>"))
    found = read(content, "x.xlsx").findings.problems
    assert [(one.column, one.row) for one in found] == [("J", 5)]


# --- files that want to take much: memory and time have an end ---


def rows_of(cells: str, count: int, first: int = 100) -> Callable[[bytes], bytes]:
    """Add rows below the table."""

    def change(data: bytes) -> bytes:
        rows = "".join(
            f'<row r="{number}">{cells.format(row=number)}</row>'
            for number in range(first, first + count)
        )
        return data.replace(b"</sheetData>", rows.encode() + b"</sheetData>")

    return change


def test_a_million_empty_rows_are_no_rows() -> None:
    content = sheet_xml(GOOD, rows_of("", 400_000))
    assert read(content, "x.xlsx").findings.problems == []


def test_columns_far_to_the_right_are_not_read() -> None:
    far = '<c r="XFD{row}"><v>1</v></c><c r="ZZ{row}" t="inlineStr"><is><t>x</t></is></c>'
    content = sheet_xml(GOOD, rows_of(far, 5_000))
    reading = read(content, "x.xlsx")
    assert reading.findings.problems == []
    assert len(reading.entries) == 5


SHARED = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"


def with_shared(*texts: str) -> bytes:
    """A good workbook with strings that cells share, as spreadsheet programs write them."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(GOOD)) as old, zipfile.ZipFile(file, "w") as new:
        for part in old.infolist():
            data = old.read(part)
            if part.filename == "[Content_Types].xml":
                more = (
                    f'<Override PartName="/xl/sharedStrings.xml" ContentType="{SHARED}"/></Types>'
                )
                data = data.replace(b"</Types>", more.encode())
            new.writestr(part, data)
        strings = "".join(f"<si><t>{text}</t></si>" for text in texts)
        space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        new.writestr("xl/sharedStrings.xml", f'<sst xmlns="{space}">{strings}</sst>')
    return file.getvalue()


def test_a_huge_text_is_a_problem_of_its_cell_and_is_not_copied_for_each() -> None:
    assert (
        "过长" in read(papers.workbook(put(O8="x" * 30_000)), "x.xlsx").findings.problems[0].message
    )
    cells = '<c r="O{row}" t="s"><v>1</v></c><c r="R{row}" t="s"><v>1</v></c>'
    content = sheet_xml(with_shared("甲", "x" * 3_000_000), rows_of(cells, 2_000))
    assert read(content, "x.xlsx").findings is not None
    with pytest.raises(Unreadable):
        read(sheet_xml(content, rows_of('<c r="A{row}" t="s"><v>9</v></c>', 1, 9_000)), "x.xlsx")


def test_strings_that_cells_share_are_read() -> None:
    cell = b'<c r="O8" t="s"><v>1</v></c>'
    content = sheet_xml(
        with_shared("甲", "利息过高"),
        lambda data: re.sub(rb'<c r="O8".*?</c>', cell, data),
    )
    assert read(content, "x.xlsx").entries[2].reason == "利息过高"


def test_macros_are_not_read_and_that_is_said() -> None:
    reading = read(with_part("xl/vbaProject.bin"), "x.xlsm")
    assert reading.findings.problems == []
    assert "宏" in reading.findings.warnings[0].message
    assert len(reading.entries) == 5


def test_a_formula_with_a_value_is_read_by_its_value_whatever_it_says() -> None:
    def change(data: bytes) -> bytes:
        return data.replace(b"<v>500</v>", b"<f>cmd|'/c calc'!A1+[1]x!A1</f><v>500</v>")

    reading = read(sheet_xml(GOOD, change), "x.xlsx")
    assert reading.findings.problems == []
    assert reading.entries[0].interest == 50_000


def test_shared_formulas_without_values_are_computed_where_they_stand() -> None:
    def change(data: bytes) -> bytes:
        first = b'<f t="shared" ref="L8:L9" si="0">I8+J8+K8</f><v/>'
        return data.replace(b"<v>1200</v>", first)

    reading = read(sheet_xml(GOOD, change), "x.xlsx")
    assert {f"{one.column}{one.row}" for one in reading.findings.problems} <= {"L8"}


def test_one_line_without_an_end_is_no_table() -> None:
    with pytest.raises(Unreadable):
        read(b"a," * 400_000, "x.csv")
