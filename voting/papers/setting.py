"""Sets papers as PDF/A with typst: sources beside this file, everything said comes as data."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from fontTools.ttLib import TTFont

SOURCES = Path(__file__).resolve().parent / "sources"
FONTS = Path(settings.BASE_DIR) / "static" / "fonts"
FONT = FONTS / "NotoSansCJKsc-Regular.otf"
STANDARD = "a-3b"
"""PDF/A-3: for keeping, and it may carry the record that it was made of."""
MISSING = "〓"
"""The printers' mark for a character that is not in the case."""


@cache
def _known() -> frozenset[int]:
    """The characters of the papers' font."""
    with TTFont(FONT, lazy=True) as font:
        return frozenset(font.getBestCmap())


def printable(text: str) -> str:
    """Return the text with a mark for what the font has not; PDF/A allows no hole."""
    known = _known()
    return "".join(
        one if ord(one) in known or one == "\n" else (" " if one.isspace() else MISSING)
        for one in text
    )


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, Mapping):
        return {name: _printable(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(one) for one in value]
    return value


def set_paper(
    source: str,
    data: Mapping[str, Any],
    at: datetime,
    *,
    verbatim: Mapping[str, str] | None = None,
    standard: str = STANDARD,
) -> bytes:
    """Return a paper as PDF, the same bytes for the same data and moment.

    `verbatim` is passed on as it is: pictures, and what is attached to the file.
    """
    compiler = typst.Compiler(
        str(SOURCES / f"{source}.typ"),
        root=str(SOURCES),
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        sys_inputs={
            "data": json.dumps(_printable(data), ensure_ascii=False),
            **(verbatim or {}),
        },
    )
    pdf = compiler.compile(
        format="pdf",
        timestamp=int(at.timestamp()),
        pdf_standards=[standard],  # type: ignore[list-item]
    )
    assert isinstance(pdf, bytes)
    return pdf
