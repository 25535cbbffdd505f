"""The sections and commands that voting brings to the room."""

from collections.abc import Mapping
from typing import Any

from creditor_meetings.realtime import fields, registry
from creditor_meetings.realtime.registry import Context
from voting import ballot_box, court_commands, describe, paper, poll_commands, verbs
from voting.models import Decision

Data = Mapping[str, Any]


def register() -> None:
    """Bring the sections, the commands, and what belongs to the life of polls."""
    registry.section("resolutions", shared=describe.resolutions)
    registry.section("participation", shared=describe.participations)
    registry.section("tallies", shared=describe.tallies)
    registry.section("outcomes", shared=describe.outcomes)
    registry.section("ballots", own=describe.ballots)
    registry.section("my_rights", own=describe.rights)
    registry.section("paper", shared=paper.section)
    registry.command("confirm_outcome", _confirm_outcome)
    # Awaited, and with a transaction of its own (`commands.is_asynchronous`).
    registry.command(
        "cast_ballot",
        ballot_box.cast_ballot,  # type: ignore[arg-type]
        taker=ballot_box.take_ballot,
    )
    registry.command(
        "cast_ballots",
        ballot_box.cast_ballots,  # type: ignore[arg-type]
        weight=ballot_box.weight,
    )
    poll_commands.register()
    court_commands.register()


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
