"""The command that papers bring to the room."""

from collections.abc import Mapping
from typing import Any

from creditor_meetings.realtime import fields, registry
from creditor_meetings.realtime.registry import Context
from voting.papers import receipts


def register() -> None:
    """Bring the command."""
    registry.command("email_receipt", _email_receipt)


def _email_receipt(context: Context, data: Mapping[str, Any]) -> None:
    fields.only(data, "number")
    number = fields.text(data, "number", max_length=40)
    receipts.email(context.meeting, context.viewer, number)
