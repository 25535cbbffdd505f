"""The commands of notices and of the judge's rulings."""

from collections.abc import Mapping
from typing import Any

from creditor_meetings.meetings import notice_texts
from creditor_meetings.realtime import fields, registry
from creditor_meetings.realtime.registry import Context
from voting import result_notices, rulings
from voting.models import RulingKind

Data = Mapping[str, Any]


def register() -> None:
    """Bring the commands, and the notices that can be sent."""
    notice_texts.bring(result_notices.drafts)
    registry.command("remind_voters", _remind_voters)
    registry.command("send_result_notice", _send_result_notice)
    registry.command("rule_on", _rule_on)


def _remind_voters(context: Context, data: Data) -> dict[str, Any]:
    fields.only(data, "resolution")
    notice, creditors = result_notices.remind_voters(
        context.meeting, fields.integer(data, "resolution"), context.viewer
    )
    return {"notice": notice.pk, "creditors": creditors}


def _send_result_notice(context: Context, data: Data) -> dict[str, Any]:
    fields.only(data, "resolution")
    notice = result_notices.send_result_notice(
        context.meeting, fields.integer(data, "resolution"), context.viewer
    )
    return {"notice": notice.pk}


def _rule_on(context: Context, data: Data) -> None:
    fields.only(data, "resolution", "kind", "granted", "reasons")
    rulings.rule_on(
        context.meeting,
        fields.integer(data, "resolution"),
        fields.choice(data, "kind", RulingKind.values),
        fields.boolean(data, "granted"),
        fields.text(data, "reasons", max_length=rulings.REASONS_LENGTH, required=False),
        context.viewer,
        address=context.address,
    )
