"""Tells rooms above that claims changed, inside the transaction in which they do."""

from collections.abc import Callable, Collection

from django.db.models import F

from creditor_meetings.claims.models import ClaimsRevision

Listener = Callable[[int, Collection[int] | None], None]
"""Called with the case's id and the creditors concerned, None for all of them."""

_listeners: list[Listener] = []


def on_change(listener: Listener) -> None:
    """Call `listener(case_id, creditor_ids)` whenever amounts or conclusions of claims change."""
    if listener not in _listeners:
        _listeners.append(listener)


def changed(case_id: int, creditors: Collection[int] | None = None) -> None:
    """Say that claims of these creditors (None: of all) changed."""
    advance(case_id)
    for listener in _listeners:
        listener(case_id, creditors)


def advance(case_id: int) -> None:
    """Count one more revision of the case's claims, so that open pages look again."""
    if not ClaimsRevision.objects.filter(case_id=case_id).update(number=F("number") + 1):
        ClaimsRevision.objects.get_or_create(case_id=case_id)
        ClaimsRevision.objects.filter(case_id=case_id).update(number=F("number") + 1)


def revision(case_id: int) -> int:
    """Return how often the case's claims or their verification changed."""
    found = ClaimsRevision.objects.filter(case_id=case_id).values_list("number", flat=True)
    return found.first() or 0
