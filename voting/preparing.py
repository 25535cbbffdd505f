"""What people do to prepare resolutions: add, edit, move, delete, all while they are drafts."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.meetings import verbs as meeting_verbs
from creditor_meetings.meetings.attachments import attachment
from creditor_meetings.meetings.models import Meeting, MeetingState
from creditor_meetings.meetings.prepare import PREPARERS
from creditor_meetings.meetings.publishing import News, publish_all
from voting import describe
from voting.models import Power, Resolution, ResolutionState
from voting.verbs import locked

MOST_RESOLUTIONS = 100
TITLE_LENGTH = 200
TEXT_LENGTH = 8_000

RULES: Mapping[int, str] = {
    Power.REORGANISATION_PLAN: "prc-reorganisation",  # EBL 84, 86
    Power.COMPOSITION: "prc-composition",  # EBL 97
}
"""The rule of the powers that have one of their own; EBL 64(1) is that of all others."""
GENERAL = "prc-ordinary"

POWERS = tuple(power for power in Power if power is not Power.VERIFY_CLAIMS)
"""What may be put to the vote: verification of claims (EBL 58) is not a vote."""


@dataclass(frozen=True)
class Draft:
    """What a resolution says; `agenda_item` and `document` are ids in the same meeting."""

    title: str
    text: str
    power: int
    rule: str
    agenda_item: int | None = None
    document: int | None = None


def rule_for(power: int) -> str:
    """Return the rule by which a power is voted on."""
    return RULES.get(power, GENERAL)


@transaction.atomic
def add_resolution(meeting: Meeting, draft: Draft, viewer: Viewer) -> Resolution:
    """Add a resolution after the others, and show it in the room."""
    found = _held(meeting, viewer)
    _check(found, draft)
    positions = list(found.resolutions.values_list("position", flat=True))
    if len(positions) >= MOST_RESOLUTIONS:
        raise Refused("bad_request", _("一次会议最多 %(n)s 项表决。") % {"n": MOST_RESOLUTIONS})
    made = Resolution(meeting=found, position=max(positions, default=0) + 1)
    return _saved(made, draft)


@transaction.atomic
def edit_resolution(
    meeting: Meeting, resolution_id: int, draft: Draft, viewer: Viewer
) -> Resolution:
    """Change what a resolution says, until its poll opens."""
    found = _held(meeting, viewer)
    resolution = _draft(found, resolution_id)
    _check(found, draft)
    return _saved(resolution, draft)


@transaction.atomic
def delete_resolution(meeting: Meeting, resolution_id: int, viewer: Viewer) -> None:
    """Take a resolution off, until its poll opens."""
    resolution = _draft(_held(meeting, viewer), resolution_id)
    gone = resolution.pk
    resolution.delete()
    publish_all(meeting, [News("resolution_deleted", {f"resolutions/{gone}": None})])


@transaction.atomic
def move_resolution(meeting: Meeting, resolution_id: int, steps: int, viewer: Viewer) -> None:
    """Move a resolution up (-1) or down (1) among the others; at the end it stays."""
    found = _held(meeting, viewer)
    resolution = _draft(found, resolution_id)
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
        publish_all(meeting, [News("resolutions_moved", told)])


def _held(meeting: Meeting, viewer: Viewer) -> Meeting:
    viewer.require(*PREPARERS)
    found = meeting_verbs.locked(meeting)
    if found.state == MeetingState.CLOSED:
        raise Refused("bad_request", _("会议已闭会，表决事项不能再变更。"))
    return found


def _draft(meeting: Meeting, resolution_id: int) -> Resolution:
    resolution = locked(meeting, resolution_id)
    if resolution.state != ResolutionState.DRAFT:
        raise Refused("bad_request", _("表决已经开始，表决事项不能再修改或者删除。"))
    return resolution


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
    if draft.rule != rule_for(draft.power):
        raise Refused(
            "bad_request",
            _("“%(power)s”不适用所选的表决规则。") % {"power": Power(draft.power).label},
        )
    item = draft.agenda_item
    if item is not None and not meeting.items.filter(pk=item).exists():
        raise Refused("bad_request", _("本次会议没有这项议程。"))
    if draft.document is not None and attachment(meeting, draft.document) is None:
        raise Refused("bad_request", _("本次会议没有这份文件。"))


def _saved(resolution: Resolution, draft: Draft) -> Resolution:
    resolution.title, resolution.text = draft.title.strip(), draft.text.strip()
    resolution.power, resolution.rule = draft.power, draft.rule
    resolution.agenda_item_id, resolution.document = draft.agenda_item, draft.document
    resolution.save()
    told = {f"resolutions/{resolution.pk}": describe.resolution(resolution)}
    publish_all(resolution.meeting, [News("resolution_changed", told)])
    return resolution
