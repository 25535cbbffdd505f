"""The commands and sections of the poll's life that voting brings to the room."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from creditor_meetings.meetings import verbs as meeting_verbs
from creditor_meetings.realtime import fields, registry
from creditor_meetings.realtime.registry import Context
from voting import database_clock, elections, groups, poll_changes, second, verbs

Data = Mapping[str, Any]


def register() -> None:
    """Bring the commands that open, change and close polls, and what hangs on them."""
    registry.section("elections", shared=elections.section)
    registry.section("group_decisions", shared=groups.section)
    registry.command("open_poll", _open_poll)
    registry.command("open_polls", _open_polls)
    registry.command("extend_poll", _extend_poll)
    registry.command("suspend_poll", _suspend_poll)
    registry.command("resume_poll", _resume_poll)
    registry.command("void_poll", _void_poll)
    registry.command("close_poll", _close_poll)
    registry.command("close_polls", _close_polls)
    registry.command("call_second_vote", _call_second_vote)
    registry.command("decide_group", _decide_group)
    registry.watch(verbs.close_due)
    meeting_verbs.on_state_change(poll_changes.no_poll_is_left_open)
    meeting_verbs.on_state_change(poll_changes.second_votes_follow)


def _open_poll(context: Context, data: Data) -> None:
    fields.only(data, "resolution", "closes_at", "minutes")
    verbs.open_poll(context.meeting, _resolution(data), context.viewer, closes_at=_close_of(data))


def _open_polls(context: Context, data: Data) -> None:
    fields.only(data, "resolutions", "closes_at", "minutes")
    ids = _resolutions(data)
    verbs.open_polls(context.meeting, ids, context.viewer, closes_at=_close_of(data))


def _resolution(data: Data) -> int:
    return fields.integer(data, "resolution")


def _resolutions(data: Data) -> list[int]:
    value = data.get("resolutions")
    if not isinstance(value, list):
        raise fields.bad("resolutions", _("一组整数"))
    return [fields.integer({"resolutions": one}, "resolutions") for one in value]


def _close_of(data: Data) -> datetime | None:
    """Read when a poll closes: in so many minutes, or at a moment; None where nothing is said."""
    minutes = fields.optional_integer(data, "minutes")
    if minutes is not None:
        if minutes < 1 or minutes > verbs.LONGEST_POLL / timedelta(minutes=1):
            raise fields.bad("minutes", _("1 至 86400 之间的分钟数"))
        return database_clock.now() + timedelta(minutes=minutes)
    if data.get("closes_at") is None:
        return None
    return fields.moment(data, "closes_at")


def _extend_poll(context: Context, data: Data) -> None:
    fields.only(data, "resolution", "closes_at", "minutes", "reasons")
    poll_changes.extend_poll(
        context.meeting,
        _resolution(data),
        _later(context, data),
        _reasons(data),
        context.viewer,
        address=context.address,
    )


def _later(context: Context, data: Data) -> datetime:
    """Read the later close: a moment, or so many minutes after the present close."""
    closes_at = _close_of(data)
    if closes_at is None:
        raise fields.bad("closes_at", _("延长后的截止时间，或者以“minutes”写明延长的分钟数"))
    if data.get("minutes") is None:
        return closes_at
    present = context.meeting.resolutions.filter(pk=_resolution(data)).first()
    if present is None or present.closes_at is None:
        return closes_at
    return present.closes_at + timedelta(minutes=fields.integer(data, "minutes"))


def _reasons(data: Data) -> str:
    return fields.text(data, "reasons", max_length=poll_changes.REASONS_LENGTH)


def _suspend_poll(context: Context, data: Data) -> None:
    fields.only(data, "resolution", "reasons")
    poll_changes.suspend_poll(
        context.meeting,
        _resolution(data),
        _reasons(data),
        context.viewer,
        address=context.address,
    )


def _resume_poll(context: Context, data: Data) -> None:
    fields.only(data, "resolution")
    poll_changes.resume_poll(
        context.meeting, _resolution(data), context.viewer, address=context.address
    )


def _void_poll(context: Context, data: Data) -> dict[str, Any]:
    fields.only(data, "resolution", "reasons")
    draft = poll_changes.void_poll(
        context.meeting,
        _resolution(data),
        _reasons(data),
        context.viewer,
        address=context.address,
    )
    return {"resolution": draft.pk}


def _close_poll(context: Context, data: Data) -> dict[str, Any]:
    fields.only(data, "resolution")
    outcome = verbs.close_poll(context.meeting, _resolution(data), context.viewer)
    return {"outcome": outcome.outcome}


def _close_polls(context: Context, data: Data) -> dict[str, Any]:
    fields.only(data, "resolutions")
    outcomes = verbs.close_polls(context.meeting, _resolutions(data), context.viewer)
    return {"outcomes": {str(one.resolution_id): one.outcome for one in outcomes}}


def _call_second_vote(context: Context, data: Data) -> dict[str, Any]:
    fields.only(data, "resolution")
    made = second.call_second_vote(context.meeting, _resolution(data), context.viewer)
    return {"resolution": made.pk}


def _decide_group(context: Context, data: Data) -> None:
    fields.only(data, "group", "limit", "reasons")
    groups.decide_group(
        context.meeting,
        fields.choice(data, "group", groups.GROUPS),
        None if data.get("limit") is None else fields.amount(data, "limit"),
        fields.text(data, "reasons", max_length=groups.REASONS_LENGTH),
        context.viewer,
        address=context.address,
    )
