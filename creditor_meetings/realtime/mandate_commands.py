"""The section and the commands of powers of attorney."""

from collections.abc import Mapping
from typing import Any

from creditor_meetings.meetings import mandates, mandates_state
from creditor_meetings.realtime import fields, registry
from creditor_meetings.realtime.registry import Context

Data = Mapping[str, Any]


def register() -> None:
    """Bring the section and the commands."""
    registry.section("mandates", mandates_state.mandates)
    registry.command("accept_mandate", _accept)
    registry.command("refuse_mandate", _refuse)
    registry.command("revoke_mandate", _revoke)


def _accept(context: Context, data: Data) -> None:
    fields.only(data, "mandate")
    mandates.accept_mandate(context.meeting.case, fields.integer(data, "mandate"), context.viewer)


def _refuse(context: Context, data: Data) -> None:
    fields.only(data, "mandate", "reason")
    mandates.refuse_mandate(
        context.meeting.case, fields.integer(data, "mandate"), context.viewer, _reason(data)
    )


def _revoke(context: Context, data: Data) -> None:
    fields.only(data, "mandate", "reason")
    mandates.revoke_mandate(
        context.meeting.case, fields.integer(data, "mandate"), context.viewer, _reason(data)
    )


def _reason(data: Data) -> str:
    # Who must give one is for the verb to say.
    return fields.text(data, "reason", max_length=mandates.REASON_LENGTH, required=False)
