"""Addresses of tables."""

from typing import Any

from tests.claims.papers import put, workbook
from tests.support import world
from tests.whole.door import ADMINISTRATOR, CASE, Door, Stage


def furnish(stage: Stage) -> dict[str, Any]:
    """Hand a table in with a heading that nobody knows."""
    from creditor_meetings.claims import tables

    cast = stage.cast
    odd = tables.keep(
        cast.case, workbook(put(B3="对方单位")), "列名不同.xlsx",
        world.viewer(cast.people["administrator"], cast.meeting), "192.0.2.7",
    )  # fmt: skip
    return {"odd_table": odd.pk}


_ODD = {**CASE, "number": "odd_table"}
DOORS: dict[str, Door] = {
    "claims:columns": Door(
        _ODD, reads=ADMINISTRATOR, sends=ADMINISTRATOR,
        data=lambda _s, _r: {"head-0": "3", "column-0-2": "name"},
    ),
    "claims:import_progress": Door(
        _ODD, reads=ADMINISTRATOR, sends=ADMINISTRATOR, page=False
    ),
}  # fmt: skip
