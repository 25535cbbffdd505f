"""Tells rooms above that a list was made or decided on, inside the transaction in which it is."""

from collections.abc import Callable

from creditor_meetings.claims.models import UndisputedList

MADE, CONFIRMED, RETURNED = "made", "confirmed", "returned"

Listener = Callable[[str, UndisputedList, str], None]
"""Called with what happened, the list, and the network address it came from."""

Holder = Callable[[int], object]
"""Called with a case's id before anything of it is held: takes what comes before in the order."""

_listeners: list[Listener] = []
_holders: list[Holder] = []


def before_deciding(holder: Holder) -> None:
    """Let `holder(case_id)` take its locks first, since its listener will need them."""
    if holder not in _holders:
        _holders.append(holder)


def hold(case_id: int) -> None:
    """Take the locks that those who are told will need."""
    for holder in _holders:
        holder(case_id)


def on_list(listener: Listener) -> None:
    """Call `listener(event, list, address)` whenever a list is made, confirmed or returned."""
    if listener not in _listeners:
        _listeners.append(listener)


def tell(event: str, found: UndisputedList, address: str) -> None:
    """Say what happened to a list."""
    for listener in _listeners:
        listener(event, found, address)
