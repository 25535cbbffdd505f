"""The meetings of cases as the home page and the page of a case list them."""

from collections.abc import Collection, Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from creditor_meetings.cases.case_page import MeetingLine
from creditor_meetings.cases.models import CREDITOR_ROLES, STAFF_ROLES, CaseRole, Person, Role
from creditor_meetings.meetings.models import Meeting, MeetingState


def lines(person: Person, case_ids: Collection[int]) -> Sequence[MeetingLine]:
    """List the meetings that a person may see: drafts only to the team and the court.

    What goes on now comes first, then what is to come, soonest first, then what was.
    """
    roles: dict[int, set[str]] = {}
    held = CaseRole.objects.filter(person=person, case_id__in=case_ids, active=True)
    for case_id, role in held.values_list("case_id", "role"):
        roles.setdefault(case_id, set()).add(role)
    found = Meeting.objects.filter(case_id__in=roles)
    seen = [
        meeting
        for meeting in found
        if meeting.state != MeetingState.DRAFT or roles[meeting.case_id] & STAFF_ROLES
    ]
    return [_line(meeting, roles[meeting.case_id]) for meeting in sorted(seen, key=_order)]


def _order(meeting: Meeting) -> tuple[int, float]:
    moment = meeting.starts_at.timestamp()
    if meeting.state in (MeetingState.OPEN, MeetingState.ADJOURNED):
        return 0, moment
    if meeting.state == MeetingState.CLOSED:
        return 2, -moment
    return 1, moment


def _line(meeting: Meeting, roles: set[str]) -> MeetingLine:
    links = []
    # Where it is clear which meeting somebody comes for, sign-in leads straight into its room.
    enterable = meeting.state not in (MeetingState.DRAFT, MeetingState.CLOSED)
    room = reverse("meetings:room", args=[meeting.slug])
    if not enterable:
        links.append((_("查看会议"), room))
    if roles & {Role.ADMINISTRATOR, Role.JUDGE}:
        links.append((_("筹备"), reverse("meetings:prepare", args=[meeting.slug])))
    if roles & STAFF_ROLES:
        links.append((_("大屏"), reverse("meetings:screen", args=[meeting.slug])))
        links.append((_("出席记录"), reverse("meetings:attendance", args=[meeting.slug])))
        links.append((_("通知"), reverse("meetings:notices", args=[meeting.slug])))
        links.append((_("法官工作台"), reverse("voting:desk", args=[meeting.slug])))
        links.append((_("会议记录与证明"), reverse("papers:papers", args=[meeting.slug])))
    if roles & CREDITOR_ROLES:
        links.append((_("授权委托书"), reverse("meetings:mandates", args=[meeting.case_id])))
    return MeetingLine(
        case_id=meeting.case_id,
        title=meeting.title,
        state=meeting.state,
        state_label=str(MeetingState(meeting.state).label),
        starts_at=meeting.starts_at,
        url=room,
        enterable=enterable,
        links=links,
    )
