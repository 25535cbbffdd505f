"""What follows in law from an outcome: which article the matter goes on under."""

from creditor_meetings.meetings.models import MeetingState
from voting.models import Confirmation, Decision, Outcome, Power, Resolution, ResolutionState
from voting.rules import registry

PASSED = "passed"
SECOND_VOTE = "second_vote"
LIVE = frozenset({MeetingState.OPEN, MeetingState.ADJOURNED})

_WHEN_PASSED = {
    Power.REORGANISATION_PLAN: ("approve_86", "EBL 86"),
    Power.COMPOSITION: ("recognise_98", "EBL 98"),
    Power.DISTRIBUTE_PROPERTY: ("recognise_116", "EBL 116"),
}
_WHEN_FAILED = {
    Power.REORGANISATION_PLAN: (SECOND_VOTE, "EBL 87(1)"),
    Power.COMPOSITION: ("composition_99", "EBL 99"),
    Power.MANAGE_PROPERTY: ("court_65_1", "EBL 65(1)"),
    Power.REALISE_PROPERTY: ("court_65_1", "EBL 65(1)"),
    Power.DISTRIBUTE_PROPERTY: (SECOND_VOTE, "EBL 65(2)"),
}
_WHEN_FAILED_TWICE = {
    Power.REORGANISATION_PLAN: ("court_87", "EBL 87(2)"),
    Power.DISTRIBUTE_PROPERTY: ("court_65_2", "EBL 65(2)"),
}


def branch(resolution: Resolution, outcome: str) -> dict[str, str] | None:
    """Name what follows from an outcome ("passed", "not_passed") as code and article.

    None where the count decided nothing ("undecided", in some foreign rules).
    """
    if outcome not in (PASSED, "not_passed"):
        return None
    if outcome == PASSED:
        found = _WHEN_PASSED.get(Power(resolution.power), (PASSED, _article(resolution)))
    else:
        failed = _WHEN_FAILED
        if resolution.second_of_id is not None:
            failed = {**_WHEN_FAILED, **_WHEN_FAILED_TWICE}
        found = failed.get(Power(resolution.power), ("none", _article(resolution)))
    code, article = found
    return {"code": code, "article": article}


def _article(resolution: Resolution) -> str:
    if resolution.frozen_rule is not None:
        return registry.read(resolution.frozen_rule).article
    return registry.get(resolution.rule).article


def needs_second_vote(resolution: Resolution) -> bool:
    """Whether the law gives the matter another vote: closed, failed, and no second one yet.

    An outcome that the judge declined stands for nothing; that poll is voided and opened anew.
    Where the court ruled because the group refused to vote again, there is none any more.
    """
    if resolution.state != ResolutionState.CLOSED or getattr(resolution, "second", None):
        return False
    outcome: Outcome | None = getattr(resolution, "outcome", None)
    if outcome is None or _declined(outcome):
        return False
    found = branch(resolution, outcome.outcome)
    if found is None or found["code"] != SECOND_VOTE:
        return False
    return not resolution.rulings.exists()


def may_refuse_second(resolution: Resolution, outcome: str) -> bool:
    """Whether the court may rule without a second vote, a group refusing it (拒绝再次表决).

    EBL 87(2): for a plan that failed once, as long as no second vote was called.
    """
    if resolution.power != Power.REORGANISATION_PLAN or getattr(resolution, "second", None):
        return False
    found = branch(resolution, outcome)
    return found is not None and found["code"] == SECOND_VOTE


def _declined(outcome: Outcome) -> bool:
    found: Confirmation | None = getattr(outcome, "confirmation", None)
    return found is not None and found.decision == Decision.DECLINED


def second_possible(resolution: Resolution) -> bool:
    """Whether the chair may call a second vote (再次表决) now, EBL 65(2), 87(1)."""
    return resolution.meeting.state in LIVE and needs_second_vote(resolution)
