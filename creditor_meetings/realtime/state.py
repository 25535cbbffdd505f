"""The whole of how a room's state follows events, in Python as in static/js/room/state.js.

State is a tree of JSON objects. An event sets values at paths whose segments are parted by
`/`; a null removes what is there. Nothing else happens: stale state plus the events that
follow equals a fresh snapshot, which the tests ask for every verb and role.
"""

from collections.abc import Mapping
from typing import Any


def apply(state: dict[str, Any], data: Mapping[str, Any]) -> None:
    """Change `state` in place by an event's data."""
    for path, value in data.get("set", {}).items():
        _set_at(state, path.split("/"), value)


def _set_at(state: dict[str, Any], path: list[str], value: Any) -> None:
    *way, last = path
    place = state
    for segment in way:
        if not isinstance(place.get(segment), dict):
            place[segment] = {}
        place = place[segment]
    if value is None:
        place.pop(last, None)
    else:
        place[last] = value
