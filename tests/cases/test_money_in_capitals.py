"""Amounts in capitals (大写): read back by other means they are the amount again."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditor_meetings.cases.money import capitals

DIGITS = "零壹贰叁肆伍陆柒捌玖"
UNITS = {"拾": 10, "佰": 100, "仟": 1000}


def number(text: str) -> int:
    """Read a whole number in capitals."""
    for name, size in (("亿", 10**8), ("万", 10**4)):
        high, found, low = text.rpartition(name) if name == "亿" else text.partition(name)
        if found:
            return number(high) * size + number(low)
    total = digit = 0
    for sign in text:
        if sign in UNITS:
            total += digit * UNITS[sign]
            digit = 0
        else:
            digit = DIGITS.index(sign)
    return total + digit


def fen_of(text: str) -> int:
    """Read an amount in capitals."""
    whole, _yuan, part = text.rpartition("元") if "元" in text else ("", "", text)
    jiao = re.search(r"(.)角", part)
    cents = re.search(r"(.)分", part)
    return (
        number(whole) * 100
        + (DIGITS.index(jiao[1]) * 10 if jiao else 0)
        + (DIGITS.index(cents[1]) if cents else 0)
    )


@given(
    st.integers(0, 10**18)
    | st.builds(
        lambda a, b, c: a * 10**b + c, st.integers(0, 99), st.integers(0, 15), st.integers(0, 9)
    )
)
def test_capitals_say_the_amount(amount: int) -> None:
    text = capitals(amount)
    assert fen_of(text) == amount
    assert "零零" not in text
    assert not re.search(r"零[元万亿拾佰仟角]", text.replace("零元整", "")) or amount < 100
    assert text.endswith("整") == (amount % 10 == 0)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "零元整"),
        (1, "壹分"),
        (50, "伍角整"),
        (105, "壹元零伍分"),
        (1000_00, "壹仟元整"),
        (1_284_350_00, "壹佰贰拾捌万肆仟叁佰伍拾元整"),
        (100_001_00, "壹拾万零壹元整"),
        (10_000_000_000_00, "壹佰亿元整"),
        (1_000_000_000_000_00, "壹万亿元整"),
        (796_598_397_62, "柒亿玖仟陆佰伍拾玖万捌仟叁佰玖拾柒元陆角贰分"),
    ],
)
def test_capitals_as_banks_write_them(amount: int, text: str) -> None:
    assert capitals(amount) == text
