"""The sections of the snapshot and the commands that verification of claims brings."""

from collections.abc import Mapping
from typing import Any

from creditor_meetings.meetings import claims_state, verification
from creditor_meetings.realtime import fields, registry
from creditor_meetings.realtime.registry import Context

Data = Mapping[str, Any]


def register() -> None:
    """Bring the sections and the commands."""
    registry.section("claims", lambda meeting, viewer: claims_state.claims(meeting))
    registry.section("my_claims", claims_state.my_claims)
    registry.section("objections", claims_state.objections)
    registry.section("verification", claims_state.verification)
    registry.section("undetermined", claims_state.undetermined)
    registry.command("confirm_claim", _confirm_claim)
    registry.command("object_to_claim", _object_to_claim)
    registry.command("withdraw_objection", _withdraw_objection)
    registry.command("answer_objection", _answer_objection)
    registry.command("set_temporary_amount", _set_temporary_amount)


def _confirm_claim(context: Context, data: Data) -> None:
    fields.only(data, "claim")
    verification.confirm_claim(
        context.meeting, fields.integer(data, "claim"), context.viewer, address=context.address
    )


def _object_to_claim(context: Context, data: Data) -> dict[str, Any]:
    fields.only(data, "claim", "reasons", "legal_basis", "creditor")
    made = verification.object_to_claim(
        context.meeting,
        fields.integer(data, "claim"),
        context.viewer,
        reasons=fields.text(data, "reasons", max_length=4000),
        legal_basis=fields.text(data, "legal_basis", max_length=2000, required=False),
        creditor_id=fields.optional_integer(data, "creditor"),
        address=context.address,
    )
    return {"objection": made.pk}


def _withdraw_objection(context: Context, data: Data) -> None:
    fields.only(data, "objection")
    verification.withdraw_objection(
        context.meeting, fields.integer(data, "objection"), context.viewer, address=context.address
    )


def _answer_objection(context: Context, data: Data) -> None:
    fields.only(data, "objection", "answer")
    verification.answer_objection(
        context.meeting,
        fields.integer(data, "objection"),
        fields.text(data, "answer", max_length=4000),
        context.viewer,
        address=context.address,
    )


def _set_temporary_amount(context: Context, data: Data) -> None:
    fields.only(data, "claim", "amount", "reason")
    verification.set_temporary_amount(
        context.meeting,
        fields.integer(data, "claim"),
        fields.amount(data, "amount"),
        context.viewer,
        reason=fields.text(data, "reason", max_length=1000),
        address=context.address,
    )
