"""Addresses of documents on their way in: uploads in pieces, and what was handed in."""

from typing import Any

from django.core.files.base import ContentFile

from documents import resumable, verbs
from tests.documents import hostile
from tests.support import world
from tests.whole.door import ADMINISTRATOR, MEETING, STAFF, Door, Stage

UPLOAD = {**MEETING, "key": "upload"}


def furnish(stage: Stage) -> dict[str, Any]:
    """Put something behind these addresses; return the ids that they name."""
    meeting = stage.cast.meeting
    administrator = world.viewer(stage.cast.people["administrator"], meeting)
    scripted = ContentFile(hostile.pdf_with(hostile.named_scripts), name="带脚本.pdf")
    cleaned = verbs.upload_document(meeting, scripted, administrator)
    verbs.hand_out_document(meeting, cleaned.pk, administrator)
    begun = resumable.Begun("大文件.pdf", 9_000_000)
    upload = resumable.begin(meeting, administrator, begun, wish=verbs.Wish())
    return {"cleaned": cleaned.pk, "upload": upload.key}


DOORS: dict[str, Door] = {
    "documents:original": Door({**MEETING, "document": "cleaned"}, reads=STAFF, page=False),
    # A form says nothing of the protocol's version, and is told to.
    "documents:uploads": Door(
        MEETING, reads=ADMINISTRATOR, sends=ADMINISTRATOR, answer=412, page=False
    ),
    "documents:upload": Door(UPLOAD, reads=ADMINISTRATOR, page=False),
    "documents:discard": Door(UPLOAD, sends=ADMINISTRATOR),
}
