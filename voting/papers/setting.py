"""Sets the papers of the record as PDF/A: sources beside this file, everything said is data."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from creditor_meetings.cases.files.typesetting import STANDARD, typeset

SOURCES = Path(__file__).resolve().parent / "sources"


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
    return typeset(SOURCES / f"{source}.typ", data, at, verbatim=verbatim, standard=standard)
