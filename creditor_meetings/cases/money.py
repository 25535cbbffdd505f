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
