"""The sections of the snapshot and the commands that the meeting itself brings."""

from collections.abc import Mapping
from typing import Any

from creditor_meetings.meetings import describe, verbs
from creditor_meetings.meetings.models import Meeting, MeetingState
from creditor_meetings.realtime import fields, presence, registry
from creditor_meetings.realtime.registry import Context

Data = Mapping[str, Any]


def register() -> None:
    """Bring the sections and the commands."""
    registry.section("me", own=describe.each_me)
    registry.section("represented", own=describe.represented)
    registry.section("meeting", shared=lambda meeting, staff: describe.meeting(meeting))
    registry.section("agenda", shared=lambda meeting, staff: describe.agenda(meeting))
    registry.section("attendance", shared=lambda meeting, staff: _attendance(meeting))
    for name, state in STATE_COMMANDS.items():
        registry.command(name, _state_command(state))
    registry.command("set_agenda_item", _set_agenda_item)
    registry.command("sign_in", _sign_in)


STATE_COMMANDS = {
    "open_meeting": MeetingState.OPEN,
    "resume_meeting": MeetingState.OPEN,
    "adjourn_meeting": MeetingState.ADJOURNED,
    "close_meeting": MeetingState.CLOSED,
}


def _attendance(meeting: Meeting) -> dict[str, Any]:
    return {
        **describe.attendance_totals(meeting),
        **describe.case_totals(meeting),
        "online": presence.online(meeting.pk),
    }


def _state_command(state: str) -> registry.Command:
    def carry_out(context: Context, data: Data) -> None:
        fields.only(data, "reason")
        reason = fields.text(data, "reason", max_length=500, required=False)
        verbs.change_state(
            context.meeting, state, context.viewer, address=context.address, reason=reason
        )

    return carry_out


def _set_agenda_item(context: Context, data: Data) -> None:
    fields.only(data, "item")
    verbs.set_agenda_item(
        context.meeting, fields.integer(data, "item"), context.viewer, address=context.address
    )


def _sign_in(context: Context, data: Data) -> dict[str, Any]:
    fields.only(data, "creditor")
    one = fields.optional_integer(data, "creditor")
    creditors = list(context.viewer.acts_for) if one is None else [one]
    new = verbs.sign_in(
        context.meeting,
        creditors,
        context.viewer,
        address=context.address,
        device=context.device,
    )
    return {"signed_in": creditors, "new": new}
