"""A table as understood, as JSON: handed over by the process that reads, and kept for its pages."""

import json
from dataclasses import asdict, fields
from typing import Any

from creditor_meetings.claims.importing import NoTable, Reading, Unreadable
from creditor_meetings.claims.importing.findings import Finding, Findings, Place
from creditor_meetings.claims.importing.grid import Sheet
from creditor_meetings.claims.importing.header import Head
from creditor_meetings.claims.importing.table import Entry, Holder

FORM = 1
"""Rises when the form changes: what was kept before is then read again."""

_OWN = ("place", "holder", "unread", "given")
_PLAIN = tuple(one.name for one in fields(Entry) if one.name not in _OWN)
_HOLDER = tuple(one.name for one in fields(Holder))


def dump(found: Reading | Unreadable) -> bytes:
    """Write what came of reading a table."""
    data: dict[str, Any] = {"form": FORM}
    if isinstance(found, Reading):
        data |= _reading(found)
    else:
        data["unreadable"] = str(found)
        if isinstance(found, NoTable):
            data["tops"] = [_top(one) for one in found.tops]
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def load(content: bytes) -> Reading | Unreadable | None:
    """Read what `dump` wrote; None where another version of the system wrote it."""
    data = json.loads(content)
    if data.get("form") != FORM:
        return None
    if "unreadable" in data:
        if "tops" not in data:
            return Unreadable(data["unreadable"])
        return NoTable([_sheet(one) for one in data["tops"]])
    holders = [Holder(*one) for one in data["creditors"]]
    givens = [frozenset(one) for one in data["givens"]]
    return Reading(
        creditors=holders,
        entries=[_entry(one, holders, givens) for one in data["entries"]],
        findings=Findings(
            [Finding(*one) for one in data["problems"]],
            [Finding(*one) for one in data["warnings"]],
        ),
        heads=[_head(one) for one in data["heads"]],
        tops=[_sheet(one) for one in data["tops"]],
        title=data["title"],
        case_number=data["case_number"],
        unit=data["unit"],
    )


def _reading(found: Reading) -> dict[str, Any]:
    numbers = {id(one): number for number, one in enumerate(found.creditors)}
    givens = list({one.given for one in found.entries})
    places = {one: number for number, one in enumerate(givens)}
    return {
        "creditors": [[getattr(one, name) for name in _HOLDER] for one in found.creditors],
        "givens": [sorted(one) for one in givens],
        "entries": [
            [
                one.place.sheet,
                one.place.row,
                numbers[id(one.holder)],
                places[one.given],
                sorted(one.unread),
                *(getattr(one, name) for name in _PLAIN),
            ]
            for one in found.entries
        ],
        "problems": [list(one.as_dict().values()) for one in found.findings.problems],
        "warnings": [list(one.as_dict().values()) for one in found.findings.warnings],
        "heads": [
            {**asdict(one), "forms": {}, "words": list(one.words.items())} for one in found.heads
        ],
        "tops": [_top(one) for one in found.tops],
        "title": found.title,
        "case_number": found.case_number,
        "unit": found.unit,
    }


def _entry(data: list[Any], holders: list[Holder], givens: list[frozenset[str]]) -> Entry:
    sheet, row, holder, given, unread, *plain = data
    return Entry(
        place=Place(sheet, row),
        holder=holders[holder],
        unread=frozenset(unread),
        given=givens[given],
        **dict(zip(_PLAIN, plain, strict=True)),
    )


def _head(data: dict[str, Any]) -> Head:
    return Head(**{**data, "words": dict(data["words"])})


def _top(sheet: Sheet) -> dict[str, Any]:
    return {"name": sheet.name, "rows": sheet.rows}


def _sheet(data: dict[str, Any]) -> Sheet:
    return Sheet(data["name"], [(number, row) for number, row in data["rows"]])
