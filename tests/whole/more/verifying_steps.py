"""Acts of verifying, by the step of the story that they follow."""

from datetime import timedelta
from typing import Any

from creditor_meetings.cases import clock
from creditor_meetings.claims.models import Claim, PriorityWaiver
from creditor_meetings.meetings.waivers_state import statement_for
from tests.whole.story import Cast, Step, claim, last_objection, step

COURT = {"administrator", "judge"}
OF_THE_CASE = {
    "accept_objection",
    "maintain_objection",
    "note_suit",
    "set_temporary_amounts",
    "waive_priority",
    "withdraw_waiver",
    "accept_waiver",
    "refuse_waiver",
}
"""Commands on claims, which belong to the case whichever its meeting."""


def _later(days: int) -> str:
    return clock.rfc3339(clock.now() + timedelta(days=days))


def _statement(cast: Cast) -> dict[str, Any]:
    """Sign the bank's statement."""
    found = Claim.objects.select_related("case", "creditor").get(pk=claim(cast, "bank"))
    signed = found.creditor.name
    return {"claim": found.pk, "statement": statement_for(found), "signed_name": signed}


def _waiver(cast: Cast) -> int:
    return PriorityWaiver.objects.filter(claim__case=cast.case).latest("pk").pk


STEPS: dict[str, list[Step]] = {
    "object as the debtor": [
        step(
            "administrator",
            "answer_objection",
            {"administrator"},
            lambda s: {"objection": last_objection(s), "answer": "利息算至受理日，没有重复。"},
            name="answer the debtor",
        ),
        step(
            "debtor",
            "maintain_objection",
            {"debtor"},
            lambda s: {"objection": last_objection(s)},
        ),
        step(
            "debtor",
            "note_suit",
            {"debtor", "administrator"},
            lambda s: {"objection": last_objection(s), "suit": "（2026）沪03民初88号"},
        ),
        step(
            "administrator",
            "set_verification_period",
            COURT,
            lambda _s: {"ends_at": _later(10), "reason": "债权人较多，核查在会后继续十日。"},
        ),
        step(
            "creditor",
            "object_to_claim",
            {"creditor", "bank", "debtor"},
            lambda s: {"claim": claim(s, "bank"), "reasons": "贷款已经部分归还。"},
            name="object once more",
        ),
        step(
            "administrator",
            "accept_objection",
            {"administrator"},
            lambda s: {
                "objection": last_objection(s),
                "confirmed": "7990000.00",
                "conclusion": "partly_confirmed",
                "reason": "经核对还款凭证，扣减已还本金一万元。",
            },
        ),
        step("bank", "waive_priority", {"bank"}, _statement),
        step("bank", "withdraw_waiver", {"bank"}, lambda s: {"waiver": _waiver(s)}),
        step("bank", "waive_priority", {"bank"}, _statement, name="sign once more"),
        step(
            "administrator",
            "refuse_waiver",
            {"administrator"},
            lambda s: {"waiver": _waiver(s), "reason": "签名与营业执照不符。"},
        ),
        step(
            "judge",
            "set_temporary_amounts",
            {"judge"},
            lambda s: {
                "claims": [{"claim": claim(s, "undetermined"), "amount": "200000.00"}],
                "reason": "参照一审判决。",
            },
        ),
        step(
            "judge",
            "end_verification",
            COURT,
            lambda _s: {"reason": "到会债权人均已核查完毕。"},
        ),
    ],
    # After the votes, in which the bank has no voice yet.
    "decline an outcome": [
        step("bank", "waive_priority", {"bank"}, _statement, name="sign for the third time"),
        step("administrator", "accept_waiver", {"administrator"}, lambda s: {"waiver": _waiver(s)}),
    ],
}
