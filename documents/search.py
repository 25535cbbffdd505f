"""Words found in the text of a document: where, what stands around them, and their places.

Both sides are folded alike: full-width to half-width (NFKC), case away, spaces and line ends
away, since Chinese has none and a word may run over the end of a line.
"""

import unicodedata
from typing import Any

from django.utils.translation import gettext as _

from creditor_meetings.cases.errors import Refused
from documents import pages
from documents.models import Document

LONGEST_QUERY = 100
MOST_HITS = 200
AROUND = 18
"""Characters before and after a hit in its excerpt."""


def fold(text: str) -> str:
    """Fold a text for comparison."""
    return "".join(_folded(one) for one in text)


def _folded(character: str) -> str:
    folded = unicodedata.normalize("NFKC", character).lower()
    return "".join(one for one in folded if not one.isspace() and one.isprintable())


def _folded_with_places(text: str) -> tuple[str, list[int]]:
    """Fold a text; say of each character left which one of the text it came from."""
    folded: list[str] = []
    places: list[int] = []
    for at, character in enumerate(text):
        for one in _folded(character):
            folded.append(one)
            places.append(at)
    return "".join(folded), places


def search(document: Document, query: str) -> dict[str, Any]:
    """Look for a text in a document.

    Returns `folded` (what was looked for), `total`, and the first `MOST_HITS` as `hits`: `page`,
    `excerpt` (before, itself, after) and `rects` (in thousandths of the page). `without_text` is
    how many pages have no text, `scanned` whether none has. Raises `Refused`.
    """
    wanted = fold(query)
    if not wanted:
        raise Refused("bad_request", _("请输入要查找的文字。"))
    if len(query) > LONGEST_QUERY:
        raise Refused("bad_request", _("要查找的文字最多 %(n)s 个字。") % {"n": LONGEST_QUERY})
    texts = pages.texts(document)
    hits: list[dict[str, Any]] = []
    runs: dict[int, list[tuple[int, int]]] = {}
    total = 0
    for page, text in enumerate(texts, start=1):
        for first, last in _found(text, wanted):
            total += 1
            if len(hits) < MOST_HITS:
                hits.append({"page": page, "excerpt": _excerpt(text, first, last), "rects": []})
                runs.setdefault(page, []).append((first, last - first + 1))
    _place(document, hits, runs)
    without = sum(1 for text in texts if not text.strip()) if texts else document.pages
    return {
        "folded": wanted,
        "total": total,
        "hits": hits,
        "without_text": without,
        "scanned": without == document.pages,
    }


def _found(text: str, wanted: str) -> list[tuple[int, int]]:
    """Return first and last character of each place, one after the other."""
    folded, places = _folded_with_places(text)
    found = []
    at = folded.find(wanted)
    while at >= 0:
        found.append((places[at], places[at + len(wanted) - 1]))
        at = folded.find(wanted, at + len(wanted))
    return found


def _excerpt(text: str, first: int, last: int) -> list[str]:
    before = text[max(0, first - AROUND) : first]
    after = text[last + 1 : last + 1 + AROUND]
    return [
        ("…" if first > AROUND else "") + _one_line(before),
        _one_line(text[first : last + 1]),
        _one_line(after) + ("…" if last + 1 + AROUND < len(text) else ""),
    ]


def _one_line(text: str) -> str:
    return "".join(one if one.isprintable() else " " for one in text).replace("  ", " ")


def _place(
    document: Document, hits: list[dict[str, Any]], runs: dict[int, list[tuple[int, int]]]
) -> None:
    placed = pages.places(document, runs) if runs else {}
    found = {page: iter(each) for page, each in placed.items()}
    for hit in hits:
        hit["rects"] = next(found.get(hit["page"], iter(())), [])
