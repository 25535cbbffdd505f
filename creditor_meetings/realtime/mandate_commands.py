"""The section and the commands of powers of attorney."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from creditor_meetings.cases.errors import Refused
from creditor_meetings.meetings import mandates, mandates_state
from creditor_meetings.realtime import fields, registry
from creditor_meetings.realtime.registry import Context

Data = Mapping[str, Any]


def register() -> None:
    """Bring the section and the commands."""
    registry.section("mandates", shared=mandates_state.mandates, own=mandates_state.own_mandates)
    registry.command("accept_mandate", _accept)
    registry.command("refuse_mandate", _refuse)
    registry.command("revoke_mandate", _revoke)


def _accept(context: Context, data: Data) -> None:
    fields.only(data, "mandate")
    mandates.accept_mandate(context.meeting.case, _mandate(context, data), context.viewer)


def _refuse(context: Context, data: Data) -> None:
    fields.only(data, "mandate", "reason")
    mandates.refuse_mandate(
        context.meeting.case, _mandate(context, data), context.viewer, _reason(data)
    )


def _revoke(context: Context, data: Data) -> None:
    fields.only(data, "mandate", "reason")
    mandates.revoke_mandate(
        context.meeting.case, _mandate(context, data), context.viewer, _reason(data)
    )


def _mandate(context: Context, data: Data) -> int:
    found = fields.integer(data, "mandate")
    if not mandates_state.of_meeting(context.meeting).filter(pk=found).exists():
        raise Refused("bad_request", _("本次会议没有这份授权委托书。"))
    return found


def _reason(data: Data) -> str:
    # Who must give one is for the verb to say.
    return fields.text(data, "reason", max_length=mandates.REASON_LENGTH, required=False)
