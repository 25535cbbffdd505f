"""The section and the commands of presenting a document."""

from collections.abc import Mapping
from typing import Any

from creditor_meetings.meetings.models import Meeting
from creditor_meetings.realtime import fields, registry
from creditor_meetings.realtime.registry import Context
from documents import presenting

Data = Mapping[str, Any]


def register() -> None:
    """Bring the section and the commands."""
    registry.section("presentation", shared=_presentation)
    registry.command("present_document", _present_document)
    registry.command("present_page", _present_page)
    registry.command("point", _point)
    registry.command("stop_presenting", _stop_presenting)


def _presentation(meeting: Meeting, _staff: bool) -> dict[str, Any]:
    return presenting.state(meeting)


def _present_document(context: Context, data: Data) -> None:
    fields.only(data, "document", "page")
    presenting.present_document(
        context.meeting,
        fields.integer(data, "document"),
        context.viewer,
        page=fields.integer(data, "page") if "page" in data else 1,
        address=context.address,
    )


def _present_page(context: Context, data: Data) -> None:
    fields.only(data, "page")
    presenting.present_page(context.meeting, fields.integer(data, "page"), context.viewer)


def _point(context: Context, data: Data) -> None:
    fields.only(data, "x", "y")
    x, y = fields.optional_integer(data, "x"), fields.optional_integer(data, "y")
    if (x is None) != (y is None):
        raise fields.bad("y" if y is None else "x", "0 - 1000")
    place = None if x is None or y is None else (x, y)
    presenting.point(context.meeting, place, context.viewer)


def _stop_presenting(context: Context, data: Data) -> None:
    fields.only(data)
    presenting.stop_presenting(context.meeting, context.viewer, address=context.address)
