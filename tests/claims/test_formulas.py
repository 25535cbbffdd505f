"""Formulas come out as a spreadsheet program would show them, or are problems of their cell."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditor_meetings.claims.importing import read
from creditor_meetings.claims.importing.cells import ErrorCell, Uncalculated, Value
from creditor_meetings.claims.importing.formulas import Calculator
from tests.claims import papers

CELLS: dict[tuple[int, int], Value] = {
    (1, 1): 100, (1, 2): 0.1, (1, 3): 0.2, (1, 4): "甲", (1, 5): "1,234.50", (1, 6): None,
    (2, 1): Uncalculated("=A1*2"), (2, 2): Uncalculated("=B2+1"), (2, 3): ErrorCell("#REF!"),
    (2, 4): Decimal("2.5"), (3, 1): Uncalculated("='别 表'!A1"), (3, 2): True,
}  # fmt: skip
SHEETS = {"表": CELLS, "别 表": {(1, 1): 7}, "it's": {(1, 1): 9}}


def compute(formula: str) -> Value:
    held = {**SHEETS, "表": {**CELLS, (9, 9): Uncalculated(formula)}}
    return Calculator(held.__getitem__).value("表", 9, 9)


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("=A1", 100),
        ("=$A$1+b1", Decimal("100.1")),
        ("=B1+C1", Decimal("0.3")),
        ("=-A1--1", -99),
        ("=(A1+1)*2/4", Decimal("50.5")),
        ("=1-2-3", -4),
        ("=12/3/2", 2),
        ("=-2*-3", 6),
        ("=50%*A1", 50),
        ("=A1/3*3", 100),
        ("=A1/3", 100 / 3),
        ("=SUM(A1:F1)", Decimal("100.3")),
        ("=SUM(A1,B1:C1,5)", Decimal("105.3")),
        ("=SUM(A3:B3)", 7),
        ("=SUM(D1)", 0),
        ("=E1+1", Decimal("1235.5")),
        ("=F1+1", 1),
        ("=A2+1", 201),
        ("=ROUND(2.345,2)", Decimal("2.35")),
        ("=ROUND(-2.5,0)", -3),
        ("=ROUND(1234,-2)", 1200),
        ("=ROUNDUP(1.01,1)", Decimal("1.1")),
        ("=ROUNDDOWN(1.09,1)", 1),
        ("=ABS(-3)", 3),
        ("=MAX(A1:C1)-MIN(A1:C1)", Decimal("99.9")),
        ("=SUBTOTAL(9,A1:C1)", Decimal("100.3")),
        ("='别 表'!A1*2", 14),
        ("='it''s'!$A$1", 9),
        ("=D1", "甲"),
    ],
)
def test_what_tables_use(formula: str, value: Any) -> None:
    assert compute(formula) == value


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("=I9", "循环"), ("=B2", "循环"), ("=A1+I9", "循环"), ("=SUM(A1:I9)", "循环"),
        ("=C2+1", "#REF!"), ("=D1+1", "不是数字"), ("=1/0", "除以零"),
        ("=没有!A1", "没有"), ("=[1]表!A1", "其他文件"), ("=cmd|'/c calc'!A1", "无法识别"),
        ("=VLOOKUP(A1,B1:C9,2)", "VLOOKUP"), ("=IF(A1>1,2,3)", ""), ('="甲"&"乙"', ""),
        ("=A1:B2", "不是一个数"), ("=SUM(A1:XFD1048576)", "范围过大"),
        ("=" + "(" * 200 + "1" + ")" * 200, "嵌套"), ("=" + "1+" * 9000 + "1", "过长"),
        ("=", ""), ("=)(", ""), ("=1+", ""), ("=SUM(", ""), ("=9999999999999999*A1E99", ""),
        ("=A0", ""), ("=1E400", ""), ("=SUM(A1 B1)", ""), ("={1,2}", ""), ("=#REF!+1", ""),
    ],
)  # fmt: skip
def test_what_cannot_be_computed_says_why(formula: str, words: str) -> None:
    found = compute(formula)
    assert isinstance(found, Uncalculated)
    assert found.formula == formula
    assert words in found.why


def test_a_chain_of_any_length_needs_no_recursion_and_no_time() -> None:
    cells: dict[tuple[int, int], Value] = {(1, 1): 1}
    cells |= {(row, 1): Uncalculated(f"=A{row - 1}+1") for row in range(2, 20_001)}
    assert Calculator({"表": cells}.__getitem__).value("表", 20_000, 1) == 20_000


def test_the_work_that_formulas_ask_for_has_an_end() -> None:
    cells: dict[tuple[int, int], Value] = {
        (row, 1): Uncalculated("=SUM(B1:B100000)") for row in range(1, 5_000)
    }
    calculator = Calculator({"表": cells}.__getitem__)
    values = [calculator.value("表", row, 1) for row in range(1, 5_000)]
    assert isinstance(values[-1], Uncalculated)
    assert isinstance(values[0], int)


@given(st.lists(st.integers(0, 10**13), min_size=1, max_size=30))
@settings(max_examples=50)
def test_sums_are_right_to_the_fen(fens: list[int]) -> None:
    cells: dict[tuple[int, int], Value] = {
        (row, 1): float(f"{fen // 100}.{fen % 100:02d}") for row, fen in enumerate(fens, start=1)
    }
    cells[1, 2] = Uncalculated(f"=SUM(A1:A{len(fens)})")
    total = Calculator({"表": cells}.__getitem__).value("表", 1, 2)
    assert Decimal(str(total)) * 100 == sum(fens)


@given(st.text("=+-*/()SUMA1:B2,.%'!$ 表\"", max_size=30))
@settings(max_examples=150)
def test_any_formula_is_a_value_or_uncalculated(text: str) -> None:
    compute(f"={text}")


def test_a_table_written_by_a_program_is_read_with_its_formulas() -> None:
    def formulas(sheet: Any) -> None:
        other = sheet.parent.create_sheet("费率")
        other["A1"] = 0.5
        papers.put(
            L5="=SUM(I5:K5)", J8="=ROUND(I8*费率!A1*0.4,2)", L8="=I8+J8+K8", L11="=SUM(L8:L10)",
            L12="=L7+L11", L7="=SUM(L5:L6)", I5=8000, I6=100.5, A8="=1+1",
        )(sheet)  # fmt: skip
        sheet["K8"] = 0
        sheet["L9"] = 3000
        papers.put(M5=8500)(sheet)

    reading = read(papers.workbook(formulas), "t.xlsx")
    assert [one.line for one in reading.findings.problems] == []
    assert [one.filed for one in reading.entries] == [850_000, 10_050, 120_000, 300_000, 5_000]
    assert [one.position for one in reading.creditors] == [1, 2, 3, 4]


def test_a_formula_that_cannot_be_computed_names_its_cell() -> None:
    reading = read(papers.workbook(papers.put(L5="=IF(1,2,3)", M8="=[1]x!A1")), "t.xlsx")
    found = {f"{one.column}{one.row}": one for one in reading.findings.problems}
    assert set(found) == {"L5", "M8"}
    assert found["L5"].value == "=IF(1,2,3)"
    assert "重新保存" in found["L5"].message
    assert "其他文件" in found["M8"].message
