"""The sections and commands that voting brings to the room."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from creditor_meetings.realtime import fields, registry
from creditor_meetings.realtime.registry import Context
from voting import ballot_box, database_clock, describe, verbs
from voting.models import Decision

Data = Mapping[str, Any]


def register() -> None:
    """Bring the sections, the commands, and the watch over announced closes."""
    registry.section("resolutions", describe.resolutions)
    registry.section("participation", describe.participations)
    registry.section("tallies", describe.tallies)
    registry.section("outcomes", describe.outcomes)
    registry.section("ballots", describe.ballots)
    registry.section("my_rights", describe.rights)
    registry.command("open_poll", _open_poll)
    registry.command("close_poll", _close_poll)
    registry.command("confirm_outcome", _confirm_outcome)
    # Awaited, and with a transaction of its own (`commands.is_asynchronous`).
    registry.command("cast_ballot", ballot_box.cast_ballot)  # type: ignore[arg-type]
    registry.watch(verbs.close_due)


def _open_poll(context: Context, data: Data) -> None:
    fields.only(data, "resolution", "closes_at", "minutes")
    verbs.open_poll(
        context.meeting,
        fields.integer(data, "resolution"),
        context.viewer,
        closes_at=_closing_time(data),
    )


def _closing_time(data: Data) -> datetime | None:
    minutes = fields.optional_integer(data, "minutes")
    if minutes is not None:
        if minutes < 1 or minutes > verbs.LONGEST_POLL / timedelta(minutes=1):
            raise fields.bad("minutes", _("1 至 86400 之间的分钟数"))
        return database_clock.now() + timedelta(minutes=minutes)
    if data.get("closes_at") is None:
        return None
    return fields.moment(data, "closes_at")


def _close_poll(context: Context, data: Data) -> dict[str, Any]:
    fields.only(data, "resolution")
    outcome = verbs.close_poll(context.meeting, fields.integer(data, "resolution"), context.viewer)
    return {"outcome": outcome.outcome}


def _confirm_outcome(context: Context, data: Data) -> None:
    fields.only(data, "resolution", "decision", "reasons")
    verbs.confirm_outcome(
        context.meeting,
        fields.integer(data, "resolution"),
        fields.choice(data, "decision", Decision.values),
        fields.text(data, "reasons", max_length=4000, required=False),
        context.viewer,
        address=context.address,
    )
