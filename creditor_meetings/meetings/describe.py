"""How a meeting's things look in snapshots and events: one shape for both."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer, acted_for
from creditor_meetings.cases.models import CREDITOR_ROLES, Creditor, Role
from creditor_meetings.cases.money import yuan
from creditor_meetings.claims.listing import creditors_of
from creditor_meetings.meetings import attendance_sums, claims_rights, floor_state, mandates_state
from creditor_meetings.meetings.models import AgendaItem, Attendance, Meeting
from creditor_meetings.meetings.standing import NONE, Standing, standings

CHAIR_COMMANDS = (
    "open_meeting",
    "adjourn_meeting",
    "resume_meeting",
    "close_meeting",
    "set_agenda_item",
    "set_layout",
    "open_poll",
    "open_polls",
    "close_poll",
    "close_polls",
    "extend_poll",
    "suspend_poll",
    "resume_poll",
    "void_poll",
    "call_second_vote",
    "remind_voters",
)


def meeting(found: Meeting) -> dict[str, Any]:
    """Describe the meeting and its case."""
    case = found.case
    return {
        "id": found.pk,
        "slug": found.slug,
        "title": found.title,
        "state": found.state,
        "starts_at": clock.rfc3339(found.starts_at),
        "current_item": found.current_item_id,
        "tally_shown": found.tally_shown,
        "claims_open": found.claims_open,
        "questions_shown": found.questions_shown,
        "floor_seconds": found.floor_seconds,
        "recording_rule": found.recording_rule,
        "replay_rule": found.replay_rule,
        "case": {
            "id": case.pk,
            "number": case.number,
            "court": case.court,
            "debtor": case.debtor,
            "procedure": case.procedure,
            "administrator": case.administrator_firm,
            "panel": case.panel,
            "clerk": case.clerk,
        },
    }


def me(found: Meeting, viewer: Viewer) -> dict[str, Any]:
    """Describe the viewer: who, in which roles, and what may be done."""
    return each_me(found, [viewer])[0]


def each_me(found: Meeting, viewers: Sequence[Viewer]) -> list[dict[str, Any]]:
    """Describe viewers: who, in which roles, and what each may do."""
    speaking = floor_state.speaking(found)
    return [
        {
            "person": {"id": one.person.pk, "name": str(one.person)},
            "roles": sorted(one.roles),
            "staff": one.is_staff,
            "can": dict.fromkeys(sorted(_allowed(found, one, one.person.pk in speaking)), True),
        }
        for one in viewers
    ]


def _allowed(found: Meeting, viewer: Viewer, has_floor: bool) -> set[str]:
    allowed = claims_rights.allowed(viewer)
    if may_chair(found, viewer):
        allowed.update(CHAIR_COMMANDS)
    if viewer.is_administrator or viewer.is_judge:
        allowed.update({"hand_out_document", "publish_video", "stop_video"})
        allowed.update({"answer_question", "moderate_question"})
        allowed.update({"grant_floor", "refuse_hand", "withdraw_floor", "extend_floor"})
    if viewer.is_administrator:
        allowed.update({"accept_mandate", "refuse_mandate", "revoke_mandate"})
    if Role.CREDITOR in viewer.roles:
        allowed.add("revoke_mandate")
    if viewer.is_staff:
        allowed.update({"send_result_notice", "caption", "correct_caption"})
        allowed.update({"present_document", "present_page", "point", "stop_presenting"})
    if viewer.is_judge:
        allowed.update({"confirm_outcome", "decide_group", "rule_on"})
    if viewer.roles & CREDITOR_ROLES:
        allowed.update({"sign_in", "cast_ballot"})
    if viewer.roles - {Role.OBSERVER}:
        allowed.add("ask_question")
    if viewer.roles & set(floor_state.SPEAKERS):
        allowed.update({"raise_hand", "lower_hand"})
        if has_floor:
            allowed.add("publish_video")
    return allowed


def may_chair(found: Meeting, viewer: Viewer) -> bool:
    """Whether the viewer runs the meeting: the judge, or the administrator by delegation."""
    return viewer.is_judge or (found.delegated and viewer.is_administrator)


def represented(found: Meeting, viewers: Sequence[Viewer]) -> list[dict[str, Any]]:
    """Describe the creditors that each viewer acts for, with what each may vote with."""
    creditors = acted_for(viewers)
    if not creditors:
        return [{} for _one in viewers]
    weighed = standings(found, creditors)
    proxied = [
        (one.person.pk, creditor)
        for one in viewers
        for creditor, role in one.acts_for.items()
        if role == Role.PROXY
    ]
    mandates = mandates_state.as_proxies(found, proxied)
    signed_in = dict(
        Attendance.objects.filter(meeting=found, creditor_id__in=creditors).values_list(
            "creditor_id", "at"
        )
    )
    names = dict(Creditor.objects.filter(pk__in=creditors).values_list("pk", "name"))
    return [
        {
            str(creditor): {
                "id": creditor,
                "name": names[creditor],
                "as": role,
                "mandate": mandates.get((one.person.pk, creditor)),
                **attending(signed_in.get(creditor)),
                **weight(weighed.get(creditor, NONE)),
            }
            for creditor, role in one.acts_for.items()
            if creditor in names
        }
        for one in viewers
    ]


def attending(signed_in_at: datetime | None) -> dict[str, Any]:
    """Describe whether a creditor signed in, and when."""
    if signed_in_at is None:
        return {"signed_in": False}
    return {"signed_in": True, "signed_in_at": clock.rfc3339(signed_in_at)}


def attending_at_paths(creditor_id: int, signed_in_at: datetime) -> dict[str, Any]:
    """Describe that a creditor attends, at the paths of whoever acts for it."""
    told = attending(signed_in_at)
    return {f"represented/{creditor_id}/{name}": value for name, value in told.items()}


def weight(standing: Standing) -> dict[str, Any]:
    """Describe what a creditor may vote with in a general matter."""
    return {
        "amount": yuan(standing.amount_fen),
        "votes": standing.has_vote,
        "reason": standing.reason,
    }


def agenda(found: Meeting) -> dict[str, Any]:
    """Describe the agenda by item id."""
    return {str(item.pk): agenda_item(item) for item in found.items.all()}


def agenda_item(item: AgendaItem) -> dict[str, Any]:
    """Describe one item."""
    return {
        "id": item.pk,
        "position": item.position,
        "kind": item.kind,
        "title": item.title,
        "note": item.note,
    }


def attendance_totals(found: Meeting) -> dict[str, Any]:
    """Count the creditors who signed in, and the amount they represent."""
    return attendance_sums.totals(found)


def case_totals(found: Meeting) -> dict[str, Any]:
    """Count the creditors of the case, and the whole amount that carries a vote."""
    weighed = standings(found)
    total = sum(one.amount_fen for one in weighed.values())
    return {
        "total_creditors": creditors_of(found.case_id).count(),
        "total_amount": yuan(total),
    }
