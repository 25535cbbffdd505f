"""Addresses of people whose network allows no socket; events are walked in tests/faults/client."""

import json
from typing import Any

from tests.whole.door import MEETING, MEMBERS, Door, Stage


def furnish(_stage: Stage) -> dict[str, Any]:
    """Put something behind these addresses; return the ids that they name."""
    return {}


def _question(_stage: Stage, role: str) -> str:
    data = {"text": "何时分配？"}
    return json.dumps({"id": f"walk-{role}", "type": "ask_question", "data": data})


DOORS: dict[str, Door] = {
    "realtime:commands": Door(
        MEETING,
        sends=MEMBERS - {"observer"},
        data=_question,
        answer=200,
        as_json=True,
        page=False,
    ),
}
