"""Addresses of whoever keeps the system alive: for people of a case, of whatever role, nothing."""

from typing import Any

from tests.whole.door import FIRST_SIGN_IN, Common, Door, Stage, _same


def furnish(_stage: Stage) -> dict[str, Any]:
    """Nothing of a case lies behind these addresses."""
    return {}


DOORS: dict[str, Door] = {}

_OPERATOR = Common(get=(FIRST_SIGN_IN, 404, 404), post=_same(405))

COMMON: dict[str, Common] = {
    "running:operator": _OPERATOR,
    "running:operator_now": _OPERATOR,
    # This machine by itself, which the walk is.
    "running:metrics": Common(get=_same(200), post=_same(405)),
}
