"""The second vote (再次表决) that the law gives to a distribution plan or a failed group."""

from django.db import transaction
from django.utils.translation import gettext as _

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.meetings import verbs as meeting_verbs
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.meetings.publishing import News, publish_all
from voting import describe, enrolment
from voting.branches import LIVE, needs_second_vote
from voting.locks import locked
from voting.models import Resolution, ResolutionState, SecondScope
from voting.rules import records

TITLE_LENGTH = 200
SUFFIX = "（再次表决）"
"""Part of the title, which is the case's own text and in its language."""


@transaction.atomic
def call_second_vote(meeting: Meeting, resolution_id: int, viewer: Viewer) -> Resolution:
    """Put a matter that failed to the vote once more (EBL 65(2), 87(1)): a draft to be opened."""
    found = meeting_verbs.locked(meeting)
    meeting_verbs.require_chair(found, viewer)
    first = locked(found, resolution_id)
    first.meeting = found
    _check(first)
    made = Resolution(
        meeting=found,
        agenda_item_id=first.agenda_item_id,
        position=first.position,
        title=titled(first.title),
        text=first.text,
        power=first.power,
        rule=first.rule,
        document=first.document,
        unaffected_groups=list(first.unaffected_groups),
        second_of=first,
    )
    settle_scope(made)
    made.save()
    told = {f"resolutions/{one.pk}": describe.resolution(one) for one in (first, made)}
    notice = {
        "kind": "second_vote",
        "resolution": first.pk,
        "second": made.pk,
        "title": first.title,
    }
    publish_all(found, [News("second_vote_called", told, notice=notice)])
    return made


def _check(first: Resolution) -> None:
    if first.second_of_id is not None:
        raise Refused("bad_request", _("再次表决只有一次，未通过的由人民法院裁定。"))
    if first.state != ResolutionState.CLOSED:
        raise Refused("bad_request", _("表决截止后才能再次表决。"))
    if getattr(first, "second", None) is not None:
        raise Refused("bad_request", _("这项表决已有再次表决。"))
    if first.rulings.exists():
        raise Refused("bad_request", _("人民法院已对这项表决作出裁定，不再举行再次表决。"))
    if not needs_second_vote(first):
        raise Refused(
            "bad_request",
            _("法律没有为这项表决规定再次表决：仅未通过的分配方案和重整计划草案可以再次表决。"),
        )
    if first.meeting.state not in LIVE:
        raise Refused("bad_request", _("会议进行中或者休会期间才能再次表决。"))


def titled(title: str) -> str:
    """Name the second vote after the first."""
    return title[: TITLE_LENGTH - len(SUFFIX)] + SUFFIX


def settle_scope(resolution: Resolution) -> None:
    """Set who votes in a second vote, as the meeting's practice says; saves nothing.

    Earlier consents stand in a vote by groups alone, and only to what was consented to.
    """
    if resolution.second_of is None:
        return
    first = resolution.second_of
    grouped = enrolment.rule_of(resolution).grouping is not records.Grouping.NONE
    same = (first.text, first.document) == (resolution.text, resolution.document)
    chosen = enrolment.practice_of(resolution)["second_vote"]
    standing = grouped and same and chosen == SecondScope.NOT_FOR
    resolution.second_scope = SecondScope.NOT_FOR if standing else SecondScope.WHOLE_GROUP
