"""Groups of a plan's vote that the judge forms (设组), EBL 82(2), 85(2): small, investor."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Role
from creditor_meetings.cases.money import yuan
from creditor_meetings.meetings import verbs as meeting_verbs
from creditor_meetings.meetings.models import Meeting, MeetingState
from creditor_meetings.meetings.publishing import News, publish_all
from voting import book, database_clock
from voting.models import GroupDecision, Resolution
from voting.poll_changes import RUNNING

SMALL, INVESTOR = "small", "investor"
GROUPS = (SMALL, INVESTOR)
REASONS_LENGTH = 4_000


@transaction.atomic
def decide_group(
    meeting: Meeting,
    group: str,
    limit_fen: int | None,
    reasons: str,
    viewer: Viewer,
    *,
    address: str = "",
) -> GroupDecision:
    """Form a group, or decide on it anew, while no plan is being voted on.

    `limit_fen`: ordinary creditors whose ordinary claims come to at most this (fen) are the
    small ones; for that group alone. A register that is frozen stays as it is.
    """
    viewer.require(Role.JUDGE)
    found = meeting_verbs.locked(meeting)
    if found.state == MeetingState.CLOSED:
        raise Refused("bad_request", _("会议已闭会，不能再决定设组。"))
    _check(group, limit_fen, reasons)
    running = Resolution.objects.filter(meeting=found, rule="prc-reorganisation", state__in=RUNNING)
    if running.exists():
        raise Refused("bad_request", _("重整计划草案正在表决，不能再决定设组。"))
    decision, _made = GroupDecision.objects.update_or_create(
        meeting=found,
        group=group,
        defaults={
            "limit_fen": limit_fen,
            "reasons": reasons.strip(),
            "judge": viewer.person,
            "at": database_clock.now(),
            "address": address,
        },
    )
    body = {"group": group, "reasons": decision.reasons, "by": viewer.person.pk}
    body |= {"by_name": str(viewer.person), "at": clock.rfc3339(decision.at)}
    body["limit"] = None if limit_fen is None else yuan(limit_fen)
    book.write(found, [("group_decided", body)])
    told = {f"group_decisions/{group}": describe(decision)}
    notice = {"kind": "group_decided", "group": group}
    publish_all(found, [News("group_decided", told, notice=notice)])
    return decision


def _check(group: str, limit_fen: int | None, reasons: str) -> None:
    if group not in GROUPS:
        raise Refused("bad_request", _("只能决定设小额债权组（small）或者出资人组（investor）。"))
    if group == SMALL and not limit_fen:
        raise Refused("bad_request", _("设小额债权组应写明债权额上限（元），大于 0。"))
    if group == INVESTOR and limit_fen is not None:
        raise Refused("bad_request", _("出资人组没有债权额上限。"))
    if not reasons.strip():
        raise Refused("bad_request", _("决定设组应写明理由。"))
    if len(reasons) > REASONS_LENGTH:
        raise Refused("bad_request", _("理由不超过 %(n)s 个字。") % {"n": REASONS_LENGTH})


def describe(one: GroupDecision) -> dict[str, Any]:
    """Describe the judge's decision to form a group."""
    return {
        "limit": None if one.limit_fen is None else yuan(one.limit_fen),
        "reasons": one.reasons,
        "judge": str(one.judge),
        "at": clock.rfc3339(one.at),
    }


def section(meeting: Meeting, _staff: bool) -> dict[str, Any]:
    """Describe the meeting's decisions by group."""
    found = GroupDecision.objects.filter(meeting=meeting).select_related("judge")
    return {one.group: describe(one) for one in found}
