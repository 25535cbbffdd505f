"""The section, the commands and the watch of the floor."""

from collections.abc import Mapping
from typing import Any

from creditor_meetings.meetings import floor, floor_state
from creditor_meetings.realtime import fields, registry
from creditor_meetings.realtime.registry import Context

Data = Mapping[str, Any]

TOPIC_LENGTH = 200
REASON_LENGTH = 500


def register() -> None:
    """Bring the section, the commands and the watch."""
    registry.section("floor", shared=lambda meeting, staff: floor_state.floor(meeting))
    registry.command("raise_hand", _raise_hand)
    registry.command("lower_hand", _lower_hand)
    registry.command("grant_floor", _grant_floor)
    registry.command("refuse_hand", _refuse_hand)
    registry.command("withdraw_floor", _withdraw_floor)
    registry.command("extend_floor", _extend_floor)
    registry.watch(floor.end_due)


def _raise_hand(context: Context, data: Data) -> dict[str, Any]:
    fields.only(data, "topic", "creditor")
    asked = floor.raise_hand(
        context.meeting,
        fields.text(data, "topic", max_length=TOPIC_LENGTH),
        context.viewer,
        creditor_id=fields.optional_integer(data, "creditor"),
    )
    return {"request": asked.pk}


def _lower_hand(context: Context, data: Data) -> None:
    fields.only(data)
    floor.lower_hand(context.meeting, context.viewer)


def _grant_floor(context: Context, data: Data) -> None:
    fields.only(data, "request", "seconds")
    floor.grant_floor(
        context.meeting,
        fields.integer(data, "request"),
        context.viewer,
        seconds=fields.optional_integer(data, "seconds"),
    )


def _refuse_hand(context: Context, data: Data) -> None:
    fields.only(data, "request", "reason")
    floor.refuse_hand(
        context.meeting, fields.integer(data, "request"), context.viewer, reason=_reason(data)
    )


def _withdraw_floor(context: Context, data: Data) -> None:
    fields.only(data, "request", "reason")
    floor.withdraw_floor(
        context.meeting, fields.integer(data, "request"), context.viewer, reason=_reason(data)
    )


def _extend_floor(context: Context, data: Data) -> None:
    fields.only(data, "request", "seconds")
    floor.extend_floor(
        context.meeting,
        fields.integer(data, "request"),
        context.viewer,
        fields.integer(data, "seconds"),
    )


def _reason(data: Data) -> str:
    return fields.text(data, "reason", max_length=REASON_LENGTH, required=False)
