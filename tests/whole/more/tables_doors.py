"""Addresses of tables."""

from typing import Any

from tests.claims.papers import csv_lines, put, workbook
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
    # A large one whose reading ended half-way.
    long = tables.keep(
        cast.case, (csv_lines() + "," * 800_000).encode(), "很长的表.csv",
        world.viewer(cast.people["administrator"], cast.meeting), "192.0.2.7",
    )  # fmt: skip
    type(long).objects.filter(pk=long.pk).update(progress={"stopped": "中断了。"})
    return {"odd_table": odd.pk, "long_table": long.pk}


_ODD = {**CASE, "number": "odd_table"}
DOORS: dict[str, Door] = {
    "claims:columns": Door(
        _ODD, reads=ADMINISTRATOR, sends=ADMINISTRATOR,
        data=lambda _s, _r: {"head-0": "3", "column-0-2": "name"},
    ),
    # Begins to read it anew.
    "claims:import_progress": Door(
        {**CASE, "number": "long_table"}, reads=ADMINISTRATOR, sends=ADMINISTRATOR, page=False
    ),
}  # fmt: skip
