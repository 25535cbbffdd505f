"""What the page of a case shows of its meetings besides the list."""

from django.urls import reverse
from django.utils.translation import gettext as _

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.case_page import Card
from creditor_meetings.cases.models import Case, Role
from creditor_meetings.meetings.models import Mandate, MandateState, Meeting, MeetingState


def card(case: Case, viewer: Viewer) -> Card:
    """Count the meetings, and lead those who may prepare one to a new one."""
    held = Meeting.objects.filter(case=case)
    links = []
    if viewer.roles & {Role.ADMINISTRATOR, Role.JUDGE}:
        links.append((_("筹备新的会议"), reverse("meetings:new", args=[case.pk])))
    links.append((_("授权委托书"), reverse("meetings:mandates", args=[case.pk])))
    waiting = Mandate.objects.filter(case=case, state=MandateState.SUBMITTED)
    return Card(
        title=_("会议筹备"),
        lines=[
            (_("会议"), str(held.count())),
            (_("已闭会"), str(held.filter(state=MeetingState.CLOSED).count())),
            (_("待审核的授权委托书"), str(waiting.count())),
        ],
        links=links,
    )
