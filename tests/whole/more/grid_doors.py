"""Addresses of what comes out of the claims table: downloads, charts, lists for the court."""

from typing import Any

from creditor_meetings.claims.result import verbs
from tests.support import world
from tests.whole.door import (
    ADMINISTRATOR,
    CASE,
    MEETING,
    MEMBERS,
    PREPARERS,
    STAFF,
    Door,
    Stage,
)

LIST = {**CASE, "number": "undisputed"}


def furnish(stage: Stage) -> dict[str, Any]:
    """Put something behind these addresses; return the ids that they name."""
    cast = stage.cast
    made = verbs.make_list(
        cast.case,
        world.viewer(cast.people["administrator"], cast.meeting),
        address="192.0.2.7",
        before_the_end=True,
    )
    return {"undisputed": made.number, "xlsx": "xlsx", "pdf": "pdf"}


def _make(_stage: Stage, _role: str) -> dict[str, Any]:
    return {"before_the_end": "on"}


def _give_back(_stage: Stage, _role: str) -> dict[str, Any]:
    return {"decision": "return", "return-reason": "请核实第 2 笔的抵押登记"}


DOORS: dict[str, Door] = {
    "claims:template": Door(CASE, reads=ADMINISTRATOR, page=False),
    "claims:export": Door({**CASE, "format": "csv"}, reads=STAFF, page=False),
    "claims:chart": Door(CASE, reads=STAFF, page=False),
    # A list waits for the court already, so that the next one is refused, in words.
    "claims:undisputed": Door(CASE, reads=STAFF, sends=ADMINISTRATOR, data=_make, answer=400),
    "claims:undisputed_list": Door(LIST, reads=STAFF),
    "claims:undisputed_decide": Door(LIST, sends=PREPARERS, data=_give_back),
    "claims:undisputed_chart": Door(LIST, reads=STAFF, page=False),
    "claims:undisputed_file": Door({**LIST, "format": "pdf"}, reads=STAFF, page=False),
    "meetings:claims_export": Door({**MEETING, "format": "xlsx"}, reads=MEMBERS, page=False),
    "meetings:claims_chart": Door(MEETING, reads=MEMBERS, page=False),
}
