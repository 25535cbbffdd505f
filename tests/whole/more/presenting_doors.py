"""Addresses of presenting: who read what, reported and looked at; handing out with an item."""

import json
from typing import Any

from documents import verbs
from documents.models import Document
from tests.support import world
from tests.whole import story
from tests.whole.door import MEETING, MEMBERS, PREPARERS, READ, STAFF, Door, Stage


def furnish(stage: Stage) -> dict[str, Any]:
    """Put something behind these addresses; return the ids that they name."""
    cast = stage.cast
    administrator = world.viewer(cast.people["administrator"], cast.meeting)
    with_item = verbs.upload_document(
        cast.meeting,
        story.paper(612),
        administrator,
        title="随议程的文件",
        item_id=story.item(cast, 3),
    )
    # Who reports how long something was read has opened it.
    handed_out = Document.objects.get(pk=stage.ids["handed_out"])
    for person in cast.people.values():
        verbs.note_opened(handed_out, world.viewer(person, cast.meeting))
    return {"with_item": with_item.pk}


def _report(_stage: Stage, _role: str) -> str:
    return json.dumps({"pages": {"1": 2}})


DOORS: dict[str, Door] = {
    "documents:summary": Door(MEETING, reads=STAFF),
    "documents:reading_chart": Door(MEETING, reads=STAFF, page=False),
    "documents:reading_export": Door(MEETING, reads=STAFF, page=False),
    "documents:reading": Door(
        READ, reads=MEMBERS, sends=MEMBERS, data=_report, answer=200, as_json=True, page=False
    ),
    "documents:with_item": Door({**MEETING, "document": "with_item"}, sends=PREPARERS, hidden=True),
}
