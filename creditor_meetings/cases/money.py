"""Money as integers of fen (分), written and read as decimal strings of yuan (元)."""

import re

_YUAN = re.compile(r"(\d{1,16})(?:\.(\d{1,2}))?", re.ASCII)


def yuan(fen: int) -> str:
    """Write fen as yuan with two decimals: 128435000 -> "1284350.00"."""
    sign = "-" if fen < 0 else ""
    whole, part = divmod(abs(fen), 100)
    return f"{sign}{whole}.{part:02d}"


def yuan_grouped(fen: int) -> str:
    """Write fen as yuan with thousands separators, for people: "1,284,350.00"."""
    sign = "-" if fen < 0 else ""
    whole, part = divmod(abs(fen), 100)
    return f"{sign}{whole:,}.{part:02d}"


def yuan_short(fen: int, wan: str = "万", yi: str = "亿") -> str:
    """Write fen for a glance, cut to two decimals of 亿 or 万: 41200000000 -> "4.12亿"."""
    for unit, name in ((10_000_000_000, yi), (1_000_000, wan)):
        if abs(fen) >= unit:
            return f"{yuan_grouped(fen * 100 // unit)}{name}"
    return yuan_grouped(fen)


def fen(text: str) -> int:
    """Read yuan as fen: no sign, exponent or separator, at most two decimals.

    Raises ValueError for anything else.
    """
    match = _YUAN.fullmatch(text)
    if match is None:
        raise ValueError(f"not an amount in yuan: {text!r}")
    return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))


_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ((1000, "仟"), (100, "佰"), (10, "拾"), (1, ""))


def capitals(fen: int) -> str:
    """Write fen as receipts and contracts in China do (大写), which nobody can alter by a stroke.

    >>> capitals(123_456_789_05), capitals(100_00), capitals(50)
    ('壹亿贰仟叁佰肆拾伍万陆仟柒佰捌拾玖元零伍分', '壹佰元整', '伍角整')
    """
    if fen < 0:
        return "负" + capitals(-fen)
    whole, part = divmod(fen, 100)
    jiao, cents = divmod(part, 10)
    if not fen:
        return "零元整"
    text = f"{_capital_number(whole)}元" if whole else ""
    if jiao:
        text += f"{_DIGITS[jiao]}角"
    elif cents and whole:
        text += "零"
    return text + (f"{_DIGITS[cents]}分" if cents else "整")


def _capital_number(number: int) -> str:
    for size, name in ((10**8, "亿"), (10**4, "万")):
        if number >= size:
            high, low = divmod(number, size)
            gap = "零" if 0 < low < size // 10 else ""
            return _capital_number(high) + name + gap + (_capital_number(low) if low else "")
    text, skipped = "", False
    for size, name in _PLACES:
        digit = number // size % 10
        if digit:
            text += ("零" if skipped and text else "") + _DIGITS[digit] + name
        skipped = not digit
    return text
