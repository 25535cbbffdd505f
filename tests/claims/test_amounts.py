"""Amounts as administrators write them come out to the fen, or not at all."""

import contextlib
import math
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditor_meetings.claims.importing import cells
from creditor_meetings.claims.importing.cells import MAX_FEN, ErrorCell, Uncalculated, WrongCell

FULL_WIDTH = str.maketrans("0123456789.,-", "０１２３４５６７８９．，－")
fens = st.integers(0, MAX_FEN)


def plain(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def grouped(fen: int) -> str:
    return f"{fen // 100:,}.{fen % 100:02d}"


@given(
    fens, st.sampled_from(["", "¥", "￥", "人民币", "RMB ", "CNY"]), st.booleans(), st.booleans()
)
def test_every_way_to_write_an_amount_is_the_same_amount(
    fen: int, sign: str, wide: bool, separators: bool
) -> None:
    written = (grouped if separators else plain)(fen)
    if wide:
        written = written.translate(FULL_WIDTH)
    for shown in (f"{sign}{written}", f" {sign}{written}  ", f"{sign}{written}元", f"{written}\n"):
        assert cells.amount(shown) == fen


@given(st.integers(0, 10**13))
def test_numbers_of_a_spreadsheet_come_out_to_the_fen(fen: int) -> None:
    number = float(plain(fen))
    assert cells.amount(number) == fen
    # The tail that sums of binary fractions leave behind is not a third decimal.
    assert cells.amount(math.nextafter(number, math.inf)) == fen


@given(st.integers(0, 10**9))
def test_ten_thousands_are_multiplied_out(fen: int) -> None:
    wan = f"{fen // 10**6}.{fen % 10**6:06d}"
    assert cells.amount(wan, 4) == fen
    assert cells.amount(f"{wan}万元") == fen
    assert cells.amount(float(wan), 4) == fen


@given(st.text(max_size=20) | st.floats() | st.integers())
def test_anything_is_an_amount_or_a_wrong_cell(value: Any) -> None:
    with contextlib.suppress(WrongCell):
        assert 0 <= cells.amount(value) <= MAX_FEN


@pytest.mark.parametrize("blank", [None, "", "  ", "-", "—", "–", "－", "——", "0", "0.00", 0, "/"])
def test_blanks_and_dashes_are_zero(blank: Any) -> None:
    assert cells.amount(blank) == 0


def test_the_tail_of_a_binary_sum_is_no_third_decimal() -> None:
    assert cells.amount(0.1 + 0.2) == 30
    assert cells.amount(1.1 + 2.2) == 330


@pytest.mark.parametrize(
    "wrong",
    [
        "abc", "12,34.00", "1,2345", "1.234,56", "1.2.3", "12.345", "1e5", "NaN", "inf", "--5",
        "-5", "(5.00)", "−5", "$5", "5 USD", "5美元", "五百元", "壹万", "1 23", "=1+1", "٣", "1,",
        "5%", "10000000000000.01", "5 6", "元", "¥", True, datetime(2026, 1, 1), -1, -0.01,  # noqa: DTZ001
        12.345, 0.001, float("nan"), float("inf"), float("-inf"), 1e300, 10**30,
        ErrorCell("#REF!"), Uncalculated("=A1"),
    ],
)  # fmt: skip
def test_what_is_no_amount_is_a_wrong_cell(wrong: Any) -> None:
    with pytest.raises(WrongCell):
        cells.amount(wrong)


def test_the_largest_amount() -> None:
    assert cells.amount("10,000,000,000,000.00") == MAX_FEN


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("919900 00MAE1RT5AHA", "91990000MAE1RT5AHA"),
        ("９９０００019940517398x", "99000019940517398X"),
        (" 990000\u3000199405173981 ", "990000199405173981"),
        (123456789012345, "123456789012345"),
    ],
)
def test_identity_numbers_are_folded(written: Any, read: str) -> None:
    assert cells.identity_number(written, 40) == read


@pytest.mark.parametrize("wrong", [990000198611192183, 9.90000198611192e17, "9.9E+17", True])
def test_identity_numbers_that_lost_digits_are_wrong(wrong: Any) -> None:
    with pytest.raises(WrongCell):
        cells.identity_number(wrong, 40)
