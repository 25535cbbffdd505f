"""Everything that happens to a filing once it was submitted is written down here."""

from typing import Any

from creditor_meetings.cases import clock
from creditor_meetings.cases.models import Person
from creditor_meetings.cases.money import yuan
from creditor_meetings.claims.models import Filing, FilingChange

STATE = "state"
SIGNED = "signed"
FILE = "file"
TAKEN = "taken_by"


def note(
    filing: Filing,
    field: str,
    before: Any,
    after: Any,
    by: Person | None,
    *,
    reason: str = "",
    address: str = "",
) -> None:
    """Write down a change: amounts as yuan, everything else as it is."""
    FilingChange.objects.create(
        filing=filing,
        field=field,
        before=_written(field, before),
        after=_written(field, after),
        reason=reason[:1000],
        by=by,
        at=clock.now(),
        address=address,
    )


def _written(field: str, value: Any) -> str:
    if value is None:
        return ""
    return yuan(value) if field.endswith("_fen") else str(value)


def signed_text(filing: Filing) -> str:
    """Return the words that were signed last, "" where nothing was."""
    found = filing.changes.filter(field=SIGNED).order_by("-at", "-id")
    return found.values_list("after", flat=True).first() or ""
