"""What people do to prepare resolutions: add, edit, move, delete, all while they are drafts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.meetings import verbs as meeting_verbs
from creditor_meetings.meetings.attachments import attachment
from creditor_meetings.meetings.models import Meeting, MeetingState
from creditor_meetings.meetings.prepare import PREPARERS
from creditor_meetings.meetings.publishing import News, publish_all
from voting import describe, elections
from voting.locks import locked
from voting.models import Power, Resolution, ResolutionState
from voting.rules import registry
from voting.rules.records import Grouping, Rule
from voting.second import settle_scope

MOST_RESOLUTIONS = 100
TITLE_LENGTH = 200
TEXT_LENGTH = 8_000

POWERS = tuple(power for power in Power if power is not Power.VERIFY_CLAIMS)
"""What may be put to the vote: verification of claims (EBL 58) is not a vote."""


@dataclass(frozen=True)
class Draft:
    """What a resolution says; `agenda_item` and `document` are ids in the same meeting.

    `unaffected` are the groups whose rights a plan does not affect: they do not vote.
    """

    title: str
    text: str
    power: int
    rule: str
    agenda_item: int | None = None
    document: int | None = None
    unaffected: Sequence[str] = ()


def rules_for(power: int) -> list[Rule]:
    """Return the rules by which a power may be voted on today, the law's first."""
    return registry.applicable(power, timezone.localdate(clock.now()))


@transaction.atomic
def add_resolution(meeting: Meeting, draft: Draft, viewer: Viewer) -> Resolution:
    """Add a resolution after the others, and show it in the room."""
    found = held(meeting, viewer)
    _check(found, draft)
    return _saved(Resolution(meeting=found, position=next_position(found)), draft)


def next_position(meeting: Meeting) -> int:
    """Return the place after all resolutions; refuse more than any meeting needs."""
    positions = list(meeting.resolutions.values_list("position", flat=True))
    if len(positions) >= MOST_RESOLUTIONS:
        raise Refused("bad_request", _("一次会议最多 %(n)s 项表决。") % {"n": MOST_RESOLUTIONS})
    return max(positions, default=0) + 1


@transaction.atomic
def edit_resolution(
    meeting: Meeting, resolution_id: int, draft: Draft, viewer: Viewer
) -> Resolution:
    """Change what a resolution says, until its poll opens."""
    found = held(meeting, viewer)
    resolution = _own_draft(found, resolution_id)
    _check(found, draft)
    if resolution.second_of is not None:
        _check_second(resolution.second_of, draft)
    return _saved(resolution, draft)


@transaction.atomic
def delete_resolution(meeting: Meeting, resolution_id: int, viewer: Viewer) -> None:
    """Take a resolution off, until its poll opens."""
    resolution = _own_draft(held(meeting, viewer), resolution_id)
    gone = resolution.pk
    # Those that name it show that it is gone.
    shown = [one for one in (resolution.second_of, resolution.replaces) if one is not None]
    resolution.delete()
    told: dict[str, Any] = {f"resolutions/{gone}": None}
    for one in Resolution.objects.filter(pk__in=[one.pk for one in shown]):
        told[f"resolutions/{one.pk}"] = describe.resolution(one)
    publish_all(meeting, [News("resolution_deleted", told)])


@transaction.atomic
def move_resolution(meeting: Meeting, resolution_id: int, steps: int, viewer: Viewer) -> None:
    """Move a resolution up (-1) or down (1) among the others; at the end it stays."""
    found = held(meeting, viewer)
    resolution = draft_of(found, resolution_id)
    order = list(found.resolutions.select_for_update(of=("self",)).select_related("meeting"))
    place = next(n for n, one in enumerate(order) if one.pk == resolution.pk)
    target = min(max(place + steps, 0), len(order) - 1)
    order.insert(target, order.pop(place))
    told = {}
    for position, one in enumerate(order, start=1):
        if one.position != position:
            one.position = position
            one.save(update_fields=["position"])
            told[f"resolutions/{one.pk}"] = describe.resolution(one)
    if told:
        # The place on the list decides between candidates with the same votes.
        for election in found.elections.all():
            told |= elections.told(election.pk)
        publish_all(meeting, [News("resolutions_moved", told)])


def held(meeting: Meeting, viewer: Viewer) -> Meeting:
    """Return the meeting, locked, to somebody who may still prepare its resolutions."""
    viewer.require(*PREPARERS)
    found = meeting_verbs.locked(meeting)
    if found.state == MeetingState.CLOSED:
        raise Refused("bad_request", _("会议已闭会，表决事项不能再变更。"))
    return found


def draft_of(meeting: Meeting, resolution_id: int) -> Resolution:
    """Return a resolution, locked, whose poll has not been opened."""
    resolution = locked(meeting, resolution_id)
    if resolution.state != ResolutionState.DRAFT:
        raise Refused("bad_request", _("表决已经开始，表决事项不能再修改或者删除。"))
    return resolution


def _own_draft(meeting: Meeting, resolution_id: int) -> Resolution:
    resolution = draft_of(meeting, resolution_id)
    if resolution.election_id is not None:
        raise Refused("bad_request", _("候选人请在选举页面中修改或者删除。"))
    return resolution


def _check_second(first: Resolution, draft: Draft) -> None:
    if (draft.power, draft.rule) != (first.power, first.rule):
        raise Refused("bad_request", _("再次表决的职权和表决规则应与首次表决相同。"))


def _check(meeting: Meeting, draft: Draft) -> None:
    if not draft.title.strip():
        raise Refused("bad_request", _("请填写表决事项。"))
    if not draft.text.strip():
        raise Refused("bad_request", _("请填写决议内容：债权人要看到就什么表决。"))
    if len(draft.title) > TITLE_LENGTH or len(draft.text) > TEXT_LENGTH:
        raise Refused(
            "bad_request",
            _("表决事项不超过 %(title)s 个字，决议内容不超过 %(text)s 个字。")
            % {"title": TITLE_LENGTH, "text": TEXT_LENGTH},
        )
    if draft.power not in POWERS:
        raise Refused("bad_request", _("没有这项可以表决的职权；核查债权不是表决。"))
    rule = next((one for one in rules_for(draft.power) if one.id == draft.rule), None)
    if rule is None:
        raise Refused(
            "bad_request",
            _("“%(power)s”不适用所选的表决规则。") % {"power": Power(draft.power).label},
        )
    _check_unaffected(rule, draft.unaffected)
    item = draft.agenda_item
    if item is not None and not meeting.items.filter(pk=item).exists():
        raise Refused("bad_request", _("本次会议没有这项议程。"))
    if draft.document is not None and attachment(meeting, draft.document) is None:
        raise Refused("bad_request", _("本次会议没有这份文件。"))


def _check_unaffected(rule: Rule, groups: Sequence[str]) -> None:
    known = rule.group_order if rule.grouping is Grouping.NATURE else ()
    unknown = [one for one in groups if one not in known]
    if unknown:
        raise Refused(
            "bad_request",
            _("“%(group)s”不是本规则的表决组，不能列为权益未受影响的组。") % {"group": unknown[0]},
        )
    if known and set(groups) == set(known):
        raise Refused("bad_request", _("不能所有表决组都不参加表决。"))


def _saved(resolution: Resolution, draft: Draft) -> Resolution:
    resolution.title, resolution.text = draft.title.strip(), draft.text.strip()
    resolution.power, resolution.rule = draft.power, draft.rule
    resolution.agenda_item_id, resolution.document = draft.agenda_item, draft.document
    resolution.unaffected_groups = list(dict.fromkeys(draft.unaffected))
    settle_scope(resolution)
    resolution.save()
    told = {f"resolutions/{resolution.pk}": describe.resolution(resolution)}
    publish_all(resolution.meeting, [News("resolution_changed", told)])
    return resolution
