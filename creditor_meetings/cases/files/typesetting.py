"""Sets papers as PDF/A with typst: a room's sources, everything said comes as data.

Sources import the common look with `#import "/creditor_meetings/cases/files/papers/layout.typ": *`.
Nothing of the data is ever read as markup, and the same data at the same moment give the same
bytes.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from fontTools.ttLib import TTFont

ROOT = Path(settings.BASE_DIR)
"""Where `/` is for the sources, so that every room finds the common look."""
FONTS = ROOT / "static" / "fonts"
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


def typeset(
    source: Path,
    data: Mapping[str, Any],
    at: datetime,
    *,
    verbatim: Mapping[str, str] | None = None,
    standard: str = STANDARD,
) -> bytes:
    """Return a paper as PDF: `source` is a .typ file below the project, `data` goes in as JSON.

    `at` is the paper's date. `verbatim` is passed on as it is: pictures, and what is attached to
    the file.
    """
    compiler = typst.Compiler(
        str(source),
        root=str(ROOT),
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
