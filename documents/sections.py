"""The sections and commands that documents bring to the room."""

from collections.abc import Mapping
from typing import Any

from creditor_meetings.realtime import fields, registry
from creditor_meetings.realtime.registry import Context
from documents import describe, verbs

Data = Mapping[str, Any]


def register() -> None:
    """Bring the sections and the commands."""
    registry.section("documents", shared=describe.documents)
    registry.section("document_findings", shared=describe.document_findings)
    registry.section("my_reading", own=describe.my_reading)
    registry.section("reading", shared=describe.reading)
    registry.command("hand_out_document", _hand_out_document)


def _hand_out_document(context: Context, data: Data) -> dict[str, Any]:
    fields.only(data, "document")
    document = verbs.hand_out_document(
        context.meeting,
        fields.integer(data, "document"),
        context.viewer,
        address=context.address,
    )
    return {"document": document.pk}
