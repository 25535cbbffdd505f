"""The sections of the snapshot and the commands that verification of claims brings."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from creditor_meetings.cases.errors import Refused
from creditor_meetings.meetings import (
    claims_state,
    objections_state,
    verification,
    verification_period,
    verification_reminders,
    waivers,
    waivers_state,
)
from creditor_meetings.meetings.temporary import MOST_AT_ONCE, Wanted
from creditor_meetings.meetings.verification_objections import CONCLUSIONS
from creditor_meetings.realtime import fields, registry
from creditor_meetings.realtime.registry import Context

Data = Mapping[str, Any]

AMOUNTS_A_COMMAND = 50
"""How many temporary amounts count as one command against a person's allowance."""
PARTS = {
    "principal": "confirmed_principal_fen",
    "interest": "confirmed_interest_fen",
    "other": "confirmed_other_fen",
}


def register() -> None:
    """Bring the sections, the commands, and what is due by itself."""
    registry.section("claims", shared=lambda meeting, staff: claims_state.claims(meeting))
    registry.section("my_claims", own=claims_state.my_claims)
    registry.section(
        "objections", shared=objections_state.objections, own=objections_state.own_objections
    )
    registry.section("verification", shared=claims_state.verification)
    registry.section(
        "verification_period", shared=lambda meeting, staff: verification_period.describe(meeting)
    )
    registry.section("undetermined", shared=claims_state.undetermined)
    registry.section("waivers", shared=waivers_state.waivers)
    registry.command("confirm_claim", _confirm_claim)
    registry.command("object_to_claim", _object_to_claim)
    registry.command("withdraw_objection", _withdraw_objection)
    registry.command("answer_objection", _answer_objection)
    registry.command("accept_objection", _accept_objection)
    registry.command("maintain_objection", _maintain_objection)
    registry.command("note_suit", _note_suit)
    registry.command("set_temporary_amount", _set_temporary_amount)
    registry.command("set_temporary_amounts", _set_temporary_amounts, weight=_weight)
    registry.command("set_verification_period", _set_verification_period)
    registry.command("end_verification", _end_verification)
    registry.command("waive_priority", _waive_priority)
    registry.command("withdraw_waiver", _withdraw_waiver)
    registry.command("accept_waiver", _accept_waiver)
    registry.command("refuse_waiver", _refuse_waiver)
    registry.watch(verification_reminders.due)


# --- Confirming and objecting ----------------------------------------------------------------


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
    return {
        "objection": made.pk,
        "files_url": objections_state.files_url(made),
        "late": made.late,
    }


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


def _accept_objection(context: Context, data: Data) -> None:
    fields.only(data, "objection", "confirmed", "conclusion", "reason", "version", *PARTS)
    values: dict[str, Any] = {
        "confirmed_fen": fields.amount(data, "confirmed"),
        "conclusion": fields.choice(data, "conclusion", CONCLUSIONS),
    }
    given = [name for name in PARTS if data.get(name) is not None]
    if given:
        # Parts are told together: what was left out of them is nothing.
        values |= {
            field: fields.amount(data, name) if name in given else 0
            for name, field in PARTS.items()
        }
    verification.accept_objection(
        context.meeting,
        fields.integer(data, "objection"),
        values,
        context.viewer,
        reason=fields.text(data, "reason", max_length=1000),
        version=fields.optional_integer(data, "version"),
        address=context.address,
    )


def _maintain_objection(context: Context, data: Data) -> None:
    fields.only(data, "objection")
    verification.maintain_objection(
        context.meeting, fields.integer(data, "objection"), context.viewer, address=context.address
    )


def _note_suit(context: Context, data: Data) -> None:
    fields.only(data, "objection", "suit")
    verification.note_suit(
        context.meeting,
        fields.integer(data, "objection"),
        fields.text(data, "suit", max_length=80, required=False),
        context.viewer,
        address=context.address,
    )


# --- Temporary amounts -----------------------------------------------------------------------


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


def _weight(data: Data) -> float:
    claims = data.get("claims")
    return max(1.0, len(claims) / AMOUNTS_A_COMMAND) if isinstance(claims, list) else 1.0


def _set_temporary_amounts(context: Context, data: Data) -> dict[str, Any]:
    fields.only(data, "claims", "reason")
    changed = verification.set_temporary_amounts(
        context.meeting,
        _wanted(data),
        context.viewer,
        reason=fields.text(data, "reason", max_length=1000),
        address=context.address,
    )
    return {"changed": changed}


def _wanted(data: Data) -> list[Wanted]:
    told = data.get("claims")
    if not isinstance(told, list) or not 1 <= len(told) <= MOST_AT_ONCE:
        raise fields.bad("claims", _("1 至 %(n)s 笔债权") % {"n": MOST_AT_ONCE})
    wanted = []
    for number, one in enumerate(told, start=1):
        if not isinstance(one, dict):
            raise fields.bad(f"claims[{number}]", _("债权与金额"))
        fields.only(one, "claim", "amount")
        claim = fields.integer(one, "claim")
        try:
            wanted.append(Wanted(claim, fields.amount(one, "amount")))
        except Refused as refusal:
            message = _("第 %(n)s 笔（%(claim)s）：") % {"n": number, "claim": claim}
            raise Refused(refusal.code, message + refusal.message) from None
    return wanted


# --- The period ------------------------------------------------------------------------------


def _set_verification_period(context: Context, data: Data) -> None:
    fields.only(data, "ends_at", "reason")
    verification_period.set_verification_period(
        context.meeting,
        None if data.get("ends_at") is None else fields.moment(data, "ends_at"),
        context.viewer,
        reason=fields.text(data, "reason", max_length=500, required=False),
        address=context.address,
    )


def _end_verification(context: Context, data: Data) -> None:
    fields.only(data, "reason")
    verification_period.end_verification(
        context.meeting,
        context.viewer,
        reason=fields.text(data, "reason", max_length=500, required=False),
        address=context.address,
    )


# --- Waivers of priority ---------------------------------------------------------------------


def _waive_priority(context: Context, data: Data) -> dict[str, Any]:
    fields.only(data, "claim", "statement", "signed_name")
    made = waivers.waive_priority(
        context.meeting,
        fields.integer(data, "claim"),
        context.viewer,
        statement=fields.text(data, "statement", max_length=2000),
        signed_name=fields.text(data, "signed_name", max_length=100),
        address=context.address,
    )
    return {"waiver": made.pk, "scan_url": waivers_state.scan_url(made)}


def _withdraw_waiver(context: Context, data: Data) -> None:
    fields.only(data, "waiver")
    waivers.withdraw_waiver(
        context.meeting, fields.integer(data, "waiver"), context.viewer, address=context.address
    )


def _accept_waiver(context: Context, data: Data) -> None:
    fields.only(data, "waiver", "reason")
    waivers.accept_waiver(
        context.meeting,
        fields.integer(data, "waiver"),
        context.viewer,
        reason=fields.text(data, "reason", max_length=500, required=False),
        address=context.address,
    )


def _refuse_waiver(context: Context, data: Data) -> None:
    fields.only(data, "waiver", "reason")
    waivers.refuse_waiver(
        context.meeting,
        fields.integer(data, "waiver"),
        context.viewer,
        reason=fields.text(data, "reason", max_length=500),
        address=context.address,
    )
