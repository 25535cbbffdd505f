"""Asking for the floor, giving it and taking it back (举手与发言).

One person has the floor at a time, until a limit that the server watches. Each verb holds the
meeting's row, so that two who grant at once grant one after the other.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock, people
from creditor_meetings.cases.access import Viewer, viewer_for
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Person
from creditor_meetings.meetings import describe, floor_state, record, verbs
from creditor_meetings.meetings.floor_models import FloorEnd, FloorRequest, FloorState
from creditor_meetings.meetings.floor_state import (
    GIVERS,
    LONGEST_SECONDS,
    SHORTEST_SECONDS,
    SPEAKERS,
    holder,
)
from creditor_meetings.meetings.models import Meeting, MeetingState
from creditor_meetings.meetings.publishing import News, publish_all

__all__ = [
    "end_all_due",
    "end_due",
    "extend_floor",
    "grant_floor",
    "holder",
    "lower_hand",
    "on_end",
    "raise_hand",
    "refuse_hand",
    "withdraw_floor",
]

log = logging.getLogger(__name__)

HANDS_RAISED_IN = frozenset({MeetingState.OPEN, MeetingState.ADJOURNED})
OPEN_REQUESTS = (FloorState.WAITING, FloorState.GRANTED)

EndListener = Callable[[FloorRequest], object]
_end_listeners: list[EndListener] = []


def on_end(listener: EndListener) -> None:
    """Call `listener(request)` in the transaction in which somebody's floor ends."""
    _end_listeners.append(listener)


def connect() -> None:
    """End the floor with the meeting, and with the speaker's part in the case."""
    verbs.on_state_change(_follow_state)
    people.on_role_change(_follow_roles)


# --- Asking ----------------------------------------------------------------------------------


@transaction.atomic
def raise_hand(
    meeting: Meeting, topic: str, viewer: Viewer, *, creditor_id: int | None = None
) -> FloorRequest:
    """Ask for the floor on a topic: for a creditor that the viewer acts for, or for all of them.

    Who acts for one creditor asks in its name without saying so.
    """
    found = verbs.locked(meeting)
    viewer.require(*SPEAKERS)
    if creditor_id is not None:
        viewer.require_creditor(creditor_id)
    if found.state not in HANDS_RAISED_IN:
        raise Refused("bad_request", _("会议进行中才可以举手。"))
    if _open_request(found, viewer.person) is not None:
        raise Refused("not_allowed", _("您已经举手。要更换主题，请先放下再举手。"))
    acts_for = list(viewer.acts_for)
    if creditor_id is None and len(acts_for) == 1:
        creditor_id = acts_for[0]
    asked = FloorRequest.objects.create(
        meeting=found,
        person=viewer.person,
        creditor_id=creditor_id,
        item_id=found.current_item_id,
        topic=topic,
        asked_at=clock.now(),
    )
    told = News("hand_raised", _told(asked), notice={"kind": "hand_raised", "request": asked.pk})
    publish_all(found, [told])
    return asked


@transaction.atomic
def lower_hand(meeting: Meeting, viewer: Viewer) -> FloorRequest:
    """Take one's hand down; who has the floor gives it back."""
    found = verbs.locked(meeting)
    mine = _open_request(found, viewer.person)
    if mine is None:
        raise Refused("not_allowed", _("您没有举手。"))
    if mine.state == FloorState.GRANTED:
        _end(found, mine, FloorEnd.DONE, clock.now(), by=viewer.person)
    else:
        publish_all(found, [_put_down(mine, clock.now())])
    return mine


# --- Giving ----------------------------------------------------------------------------------


@transaction.atomic
def grant_floor(
    meeting: Meeting, request_id: int, viewer: Viewer, *, seconds: int | None = None
) -> FloorRequest:
    """Give the floor to who asked, for `seconds` or as long as the meeting's rule says."""
    found, asked = _asked(meeting, request_id, viewer)
    if found.state != MeetingState.OPEN:
        raise Refused("bad_request", _("会议进行中才可以安排发言。"))
    if asked.state != FloorState.WAITING:
        raise Refused("bad_request", _("这次举手已经处理过。"))
    limit = _seconds(found.floor_seconds if seconds is None else seconds)
    now = clock.now()
    speaking = floor_state.granted(found)
    if speaking is not None:
        if not _is_past(speaking, now):
            raise Refused(
                "bad_request",
                _("%(name)s正在发言。请等发言结束，或先收回。") % {"name": str(speaking.person)},
            )
        _end_in_time(found, speaking)
    asked.state = FloorState.GRANTED
    asked.granted_at, asked.ends_at = now, now + timedelta(seconds=limit)
    asked.decided_by = viewer.person
    asked.save(update_fields=["state", "granted_at", "ends_at", "decided_by"])
    record.write(
        found,
        "floor_granted",
        {
            **_recorded(asked),
            "item": asked.item_id,
            "asked_at": clock.rfc3339(asked.asked_at),
            "seconds": limit,
            "by": viewer.person.pk,
            "by_name": str(viewer.person),
        },
    )
    notice = {"kind": "floor_granted", "request": asked.pk}
    publish_all(
        found,
        [
            News("floor_granted", _told(asked), notice=notice),
            News("rights_changed", {"me/can/publish_video": True}, audience=_of(asked)),
        ],
    )
    return asked


@transaction.atomic
def refuse_hand(
    meeting: Meeting, request_id: int, viewer: Viewer, *, reason: str = ""
) -> FloorRequest:
    """Do not give the floor to who waits; the reason is told to that person alone."""
    found, asked = _asked(meeting, request_id, viewer)
    if asked.state != FloorState.WAITING:
        raise Refused("bad_request", _("这次举手已经处理过。"))
    asked.state, asked.reason = FloorState.REFUSED, reason
    asked.decided_by, asked.ended_at = viewer.person, clock.now()
    asked.save(update_fields=["state", "reason", "decided_by", "ended_at"])
    told = {"kind": "hand_refused", "topic": asked.topic, "reason": reason}
    publish_all(
        found,
        [
            News("hand_lowered", {_path(asked): None}),
            News("hand_refused", {}, audience=_of(asked), notice=told),
        ],
    )
    return asked


@transaction.atomic
def extend_floor(meeting: Meeting, request_id: int, viewer: Viewer, seconds: int) -> FloorRequest:
    """Give who has the floor more time."""
    found, speaking = _asked(meeting, request_id, viewer)
    now = clock.now()
    if speaking.state != FloorState.GRANTED or _is_past(speaking, now):
        raise Refused("bad_request", _("这次发言已经结束，或者还没有开始。"))
    assert speaking.ends_at is not None  # whoever has the floor has a limit
    speaking.ends_at += timedelta(seconds=_seconds(seconds))
    if speaking.ends_at - now > timedelta(seconds=LONGEST_SECONDS):
        raise Refused(
            "bad_request",
            _("剩余时间不能超过 %(n)s 分钟。") % {"n": LONGEST_SECONDS // 60},
        )
    speaking.save(update_fields=["ends_at"])
    notice = {"kind": "floor_extended", "request": speaking.pk, "seconds": seconds}
    publish_all(found, [News("floor_extended", _told(speaking), notice=notice)])
    return speaking


@transaction.atomic
def withdraw_floor(
    meeting: Meeting, request_id: int, viewer: Viewer, *, reason: str = ""
) -> FloorRequest:
    """Take the floor back before its time is up."""
    found, speaking = _asked(meeting, request_id, viewer)
    if speaking.state != FloorState.GRANTED:
        raise Refused("bad_request", _("这次发言已经结束，或者还没有开始。"))
    speaking.reason = reason
    _end(found, speaking, FloorEnd.WITHDRAWN, clock.now(), by=viewer.person)
    return speaking


def _asked(meeting: Meeting, request_id: int, viewer: Viewer) -> tuple[Meeting, FloorRequest]:
    viewer.require(*GIVERS)
    found = verbs.locked(meeting)
    asked = (
        FloorRequest.objects.filter(meeting=found, pk=request_id)
        .select_related("person", "creditor")
        .first()
    )
    if asked is None:
        raise Refused("bad_request", _("本次会议没有这次举手。"))
    return found, asked


def _seconds(given: int) -> int:
    if not SHORTEST_SECONDS <= given <= LONGEST_SECONDS:
        raise Refused(
            "bad_request",
            _("字段“seconds”不正确：应为 %(least)s 至 %(most)s 秒。")
            % {"least": SHORTEST_SECONDS, "most": LONGEST_SECONDS},
        )
    return given


# --- What ends it by itself ------------------------------------------------------------------


def end_due(meeting_id: int) -> float | None:
    """End the floor whose time is up; return the seconds until one is, None when nobody speaks.

    Doing it twice, or in two processes at once, is doing it once.
    """
    speaking = floor_state.granted(meeting_id)
    if speaking is None or speaking.ends_at is None:
        return None
    rest = (speaking.ends_at - clock.now()).total_seconds()
    if rest > 0:
        return rest
    with transaction.atomic():
        found = verbs.locked(Meeting(pk=meeting_id))
        # Only now under the lock: it may have ended or been extended meanwhile.
        held = floor_state.granted(found)
        if held is not None and _is_past(held, clock.now()):
            _end_in_time(found, held)
    return None


def end_all_due() -> float | None:
    """End every floor whose time is up, whether or not anybody has the room open.

    Returns the seconds until the next one. What goes wrong in one meeting stays there.
    """
    rests = []
    speaking = FloorRequest.objects.filter(state=FloorState.GRANTED)
    for meeting_id in speaking.values_list("meeting", flat=True):
        try:
            rests.append(end_due(meeting_id))
        except Exception:
            log.exception("the floor in meeting %s was not ended; trying again", meeting_id)
    return min((rest for rest in rests if rest is not None), default=None)


def _follow_state(meeting: Meeting) -> None:
    """Nobody has the floor in a meeting that pauses; after its close nobody waits for it."""
    if meeting.state not in (MeetingState.ADJOURNED, MeetingState.CLOSED):
        return
    closed = meeting.state == MeetingState.CLOSED
    speaking = floor_state.granted(meeting)
    if speaking is not None:
        now = clock.now()
        if _is_past(speaking, now):
            _end_in_time(meeting, speaking)
        else:
            _end(meeting, speaking, FloorEnd.CLOSED if closed else FloorEnd.ADJOURNED, now)
    if closed:
        waiting = FloorRequest.objects.filter(meeting=meeting, state=FloorState.WAITING)
        publish_all(meeting, [_put_down(one, clock.now()) for one in waiting])


def _follow_roles(case_id: int, person_id: int) -> None:
    """Who may no longer speak in a case neither has the floor there nor waits for it."""
    raised = FloorRequest.objects.filter(
        meeting__case=case_id, person=person_id, state__in=OPEN_REQUESTS
    )
    for meeting_id in list(raised.values_list("meeting", flat=True)):
        found = verbs.locked(Meeting(pk=meeting_id))
        one = _open_request(found, Person(pk=person_id))
        if one is None or _may_still(one, case_id):
            continue
        if one.state == FloorState.GRANTED:
            _end(found, one, FloorEnd.LEFT, clock.now())
        else:
            publish_all(found, [_put_down(one, clock.now())])


def _may_still(one: FloorRequest, case_id: int) -> bool:
    try:
        viewer = viewer_for(one.person, case_id)
    except Refused:
        return False
    if one.creditor_id is not None:
        return one.creditor_id in viewer.acts_for
    return bool(viewer.roles & set(SPEAKERS))


def _is_past(speaking: FloorRequest, now: datetime) -> bool:
    return speaking.ends_at is not None and speaking.ends_at <= now


def _end_in_time(meeting: Meeting, speaking: FloorRequest) -> None:
    # However late it is carried out: the limit was the end.
    assert speaking.ends_at is not None
    _end(meeting, speaking, FloorEnd.TIME, speaking.ends_at)


def _end(
    meeting: Meeting,
    speaking: FloorRequest,
    why: FloorEnd,
    at: datetime,
    *,
    by: Person | None = None,
) -> None:
    before = floor_state.last_ended(meeting)
    speaking.state, speaking.why, speaking.ended_at = FloorState.ENDED, why, at
    speaking.save(update_fields=["state", "why", "ended_at", "reason"])
    assert speaking.granted_at is not None
    record.write(
        meeting,
        "floor_ended",
        {
            **_recorded(speaking),
            "granted_at": clock.rfc3339(speaking.granted_at),
            "ended_at": clock.rfc3339(at),
            "why": str(why),
            "reason": speaking.reason,
            "by": by.pk if by is not None else None,
            "by_name": str(by) if by is not None else "",
        },
    )
    # Before the news: what listeners write to the record comes before these too.
    for listener in _end_listeners:
        listener(speaking)
    after = floor_state.last_ended(meeting)
    told: dict[str, Any] = {_path(one): None for one in (before, speaking) if one is not None}
    if after is not None:
        told |= _told(after)
    notice = {"kind": "floor_ended", "request": speaking.pk, "why": str(why)}
    news = [News("floor_ended", told, notice=notice)]
    if not _may_publish_anyway(meeting, speaking):
        news.append(News("rights_changed", {"me/can/publish_video": None}, audience=_of(speaking)))
    publish_all(meeting, news)


def _may_publish_anyway(meeting: Meeting, speaking: FloorRequest) -> bool:
    try:
        viewer = viewer_for(speaking.person, meeting.case_id)
    except Refused:
        return False
    return "publish_video" in describe.me(meeting, viewer)["can"]


def _put_down(waiting: FloorRequest, at: datetime) -> News:
    waiting.state, waiting.ended_at = FloorState.LOWERED, at
    waiting.save(update_fields=["state", "ended_at"])
    return News("hand_lowered", {_path(waiting): None})


def _open_request(meeting: Meeting, person: Person) -> FloorRequest | None:
    raised = FloorRequest.objects.filter(meeting=meeting, person=person, state__in=OPEN_REQUESTS)
    return raised.select_related("person", "creditor").first()


def _path(one: FloorRequest) -> str:
    return f"floor/{one.pk}"


def _told(one: FloorRequest) -> dict[str, Any]:
    return {_path(one): floor_state.request(one)}


def _of(one: FloorRequest) -> str:
    return f"person:{one.person_id}"


def _recorded(one: FloorRequest) -> dict[str, Any]:
    return {
        "request": one.pk,
        "person": one.person_id,
        "person_name": str(one.person),
        "creditor": one.creditor_id,
        "creditor_name": one.creditor.name if one.creditor is not None else None,
        "topic": one.topic,
    }
