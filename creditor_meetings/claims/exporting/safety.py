"""Cells that a spreadsheet program must not take for formulas or numbers, and back again.

A .csv has no types: a cell that begins as a formula does is computed by whoever opens the file,
and eighteen digits lose their last three. Such cells get one apostrophe in front, which the
import takes off again; so does a cell that has such apostrophes already, so that nothing is lost
on the way there and back. In an .xlsx a cell says itself that it is text, and stays as it is.
"""

import re

# Full-width signs too: they are folded by some programs before they look.
_RISKY = re.compile(r"'*(?:[=+\-@＝＋－＠\t\r]|0\d|\d{12,}$)", re.ASCII)


def guarded(text: str) -> str:
    """Return a text as it stands in a .csv."""
    return f"'{text}" if _RISKY.match(text) else text


def plain(cell: str) -> str:
    """Return the text of a .csv's cell that `guarded` wrote; others come back as they are."""
    return cell[1:] if cell.startswith("'") and _RISKY.match(cell) else cell
