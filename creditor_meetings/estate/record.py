"""Writing down what changed in the estate: every verb of this room comes through here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import models

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.models import Case
from creditor_meetings.cases.money import yuan
from creditor_meetings.estate.models import Asset, Entry, EstateChange, Plan


@dataclass(frozen=True)
class Author:
    """Who changes something, why, and from where."""

    viewer: Viewer
    reason: str = ""
    address: str = ""


def note(
    case: Case, row: Asset | Entry | Plan | None, field: str, author: Author, *,
    before: str = "", after: str = "",
) -> None:  # fmt: skip
    """Write one change down; `field` is a field's name or what was done."""
    EstateChange.objects.create(**_values(case, row, field, author, before, after))


def note_fields(
    case: Case, row: Asset | Entry | Plan, before: Mapping[str, Any], author: Author
) -> list[str]:
    """Write down each field of `before` whose value is another now; return their names."""
    changed = [
        name for name, value in before.items() if written(row, name, value) != _now(row, name)
    ]
    EstateChange.objects.bulk_create(
        EstateChange(
            **_values(case, row, name, author, written(row, name, before[name]), _now(row, name))
        )
        for name in changed
    )
    return changed


def _now(row: models.Model, name: str) -> str:
    return written(row, name, getattr(row, name))


def _values(
    case: Case, row: Asset | Entry | Plan | None, field: str, author: Author,
    before: str, after: str,
) -> dict[str, Any]:  # fmt: skip
    return {
        "case": case,
        "asset": row if isinstance(row, Asset) else None,
        "entry": row if isinstance(row, Entry) else None,
        "plan": row if isinstance(row, Plan) else None,
        "field": field,
        "before": before[:1000],
        "after": after[:1000],
        "reason": author.reason[:1000],
        "by": author.viewer.person,
        "at": clock.now(),
        "address": author.address,
    }


def written(row: models.Model, name: str, value: Any) -> str:
    """Write a field's value as the record keeps it: money in yuan, days as ISO dates."""
    if value is None:
        return ""
    if name.endswith("_fen"):
        return yuan(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def history(changes: Iterable[EstateChange], row: models.Model) -> list[dict[str, Any]]:
    """Return changes as pages show them, each with the name of its field in words."""
    from creditor_meetings.estate.wording import action, choice

    names = {
        one.name: one.verbose_name for one in row._meta.get_fields() if hasattr(one, "verbose_name")
    }
    return [
        {
            "change": one,
            "what": action(one.field) or str(names.get(one.field, one.field)),
            "before": choice(row, one.field, one.before),
            "after": choice(row, one.field, one.after),
        }
        for one in changes
    ]
