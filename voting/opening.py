"""Opening polls: what is counted, and how, is frozen in the voting register."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.meetings import polls
from creditor_meetings.meetings import verbs as meeting_verbs
from creditor_meetings.meetings.attachments import attachment
from creditor_meetings.meetings.models import Meeting, MeetingState
from creditor_meetings.meetings.publishing import publish_all
from creditor_meetings.realtime import log as events
from voting import book, database_clock, describe, law, participation, second
from voting.life import in_words, life_of, settle
from voting.locks import locked_all
from voting.models import RegisterEntry, Resolution, Tally
from voting.rules import poll_life, registry

LONGEST_POLL = poll_life.LONGEST
MOST_AT_ONCE = 100
"""How many polls may be opened or closed by one command."""


def open_poll(
    meeting: Meeting, resolution_id: int, viewer: Viewer, *, closes_at: datetime | None = None
) -> Resolution:
    """Freeze the voting register from the claims as they are, and open the poll.

    `closes_at` (UTC) announces the close, which may be after the live session (extended
    voting); without it the poll is closed by hand.
    """
    return open_polls(meeting, [resolution_id], viewer, closes_at=closes_at)[0]


@transaction.atomic
def open_polls(
    meeting: Meeting,
    resolution_ids: Sequence[int],
    viewer: Viewer,
    *,
    closes_at: datetime | None = None,
) -> list[Resolution]:
    """Open several polls at once, all or none; see `open_poll`."""
    found = meeting_verbs.locked(meeting)
    meeting_verbs.require_chair(found, viewer)
    check_number(resolution_ids)
    resolutions = locked_all(found, resolution_ids)
    now = database_clock.now()
    for resolution in resolutions:
        resolution.meeting = found
        _check(resolution, now, closes_at)
    for resolution in resolutions:
        _open(resolution, viewer, now, closes_at)
    polls.changed(found)
    return resolutions


def check_number(resolution_ids: Sequence[int]) -> None:
    """Refuse a list of resolutions that is empty or longer than any meeting needs."""
    if not 1 <= len(resolution_ids) <= MOST_AT_ONCE:
        raise Refused("bad_request", _("请选择 1 至 %(n)s 项表决。") % {"n": MOST_AT_ONCE})


def _check(resolution: Resolution, now: datetime, closes_at: datetime | None) -> None:
    life = life_of(resolution)
    with in_words():
        poll_life.check_draft(life)
    _check_meeting(resolution, closes_at)
    _check_rule(resolution, now)
    _check_document(resolution)
    with in_words():
        poll_life.opened(life, now, closes_at)


def _check_meeting(resolution: Resolution, closes_at: datetime | None) -> None:
    state = resolution.meeting.state
    if state == MeetingState.OPEN:
        return
    # Extended voting outlives the session, and so must the correction of its register.
    if state == MeetingState.CLOSED and resolution.replaces_id is not None:
        if closes_at is None:
            raise Refused("bad_request", _("会议已闭会，重新表决应宣布截止时间。"))
        return
    raise Refused("bad_request", _("会议进行中才能开始表决。"))


def _check_rule(resolution: Resolution, now: datetime) -> None:
    rule = registry.find(resolution.rule)
    if rule is None or not registry.in_effect(rule, timezone.localdate(now)):
        raise Refused(
            "bad_request",
            _("表决规则“%(rule)s”今日不适用，请修改表决事项。") % {"rule": resolution.rule},
        )


def _check_document(resolution: Resolution) -> None:
    """Refuse unless creditors can read what they are to vote on."""
    if resolution.document is None:
        return
    paper = attachment(resolution.meeting, resolution.document)
    if paper is None:
        raise Refused("bad_request", _("所附文件已经撤回，请修改表决事项后再开始表决。"))
    if not paper.handed_out:
        raise Refused(
            "bad_request",
            _("所附文件“%(title)s”尚未发放，请先发放再开始表决。") % {"title": paper.title},
        )


def _open(
    resolution: Resolution, viewer: Viewer, now: datetime, closes_at: datetime | None
) -> None:
    second.settle_scope(resolution)
    law.freeze(resolution)
    register = _freeze_register(resolution)
    settle(resolution, poll_life.opened(life_of(resolution), now, closes_at))
    resolution.opened_at, resolution.opened_by = now, viewer.person
    resolution.tally_shown = resolution.meeting.tally_shown
    resolution.save()
    # From here to the commit nobody attends or votes in the meeting whom this does not count.
    book.hold(resolution.meeting)
    participation.keep(resolution)
    book.write(
        resolution.meeting,
        [
            ("register_frozen", book.register_body(resolution, register)),
            ("poll_opened", book.poll_body(resolution)),
        ],
    )
    events.hold(resolution.meeting_id)
    rights = describe.right_news(resolution, register)
    publish_all(resolution.meeting, rights + describe.opening_news(resolution))


def _freeze_register(resolution: Resolution) -> list[RegisterEntry]:
    lines = law.register(resolution)
    if not any(not line.reason for line in lines):
        raise Refused(
            "bad_request",
            _("没有任何债权人对“%(title)s”有表决权，请先导入并审查债权。")
            % {"title": resolution.title},
        )
    register = RegisterEntry.objects.bulk_create(lines)
    Tally.objects.bulk_create(law.opening_tallies(resolution, lines))
    return register
