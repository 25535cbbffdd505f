"""Addresses of the reader."""

from typing import Any

from tests.whole.door import MEMBERS, READ, Door, Stage


def furnish(stage: Stage) -> dict[str, Any]:
    """Put something behind these addresses; return the ids that they name."""
    return {}


DOORS: dict[str, Door] = {
    # What stands around a word has been read as well as a page.
    "documents:search": Door(
        READ, reads=MEMBERS, query="?q=%E5%80%BA%E6%9D%83", notes_reading=True, page=False
    ),
}
