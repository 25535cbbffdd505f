"""Addresses of devices, own data, acts, and of erasing contacts."""

from typing import Any

from creditor_meetings.cases.models import CaseRole
from tests.whole.door import CASE, FIRST_SIGN_IN, PREPARERS, STAFF, Common, Door, Stage


def furnish(stage: Stage) -> dict[str, Any]:
    """Put something behind these addresses; return the ids that they name."""
    cast = stage.cast
    observer = CaseRole.objects.get(case=cast.case, person=cast.people["observer"])
    return {"observer_role": observer.pk}


DOORS: dict[str, Door] = {
    "end_sessions": Door({**CASE, "role_id": "observer_role"}, sends=STAFF),
    "case_acts": Door(CASE, reads=STAFF),
    # The story's meeting goes on: nothing is erased yet.
    "erase_contacts": Door(
        CASE,
        reads=PREPARERS,
        sends=PREPARERS,
        answer=400,
        data=lambda s, _r: {
            "closed_on": "2026-01-01",
            "reason": "终结",
            "number": s.cast.case.number,
        },
    ),
}

_OWN = Common(get=(FIRST_SIGN_IN, 200, 200), post=(FIRST_SIGN_IN, 400, 400))
COMMON: dict[str, Common] = {
    "my_devices": _OWN,
    "my_data": Common(get=(FIRST_SIGN_IN, 200, 200), post=(FIRST_SIGN_IN, 200, 200)),
}
