"""How the video of a meeting looks in snapshots and events: one shape for both."""

from collections.abc import Collection
from typing import Any

from creditor_meetings.cases import clock
from creditor_meetings.cases.models import CaseRole, Role
from creditor_meetings.meetings.models import Meeting, MeetingState, RecordingRule
from creditor_meetings.video import replay
from creditor_meetings.video.models import (
    ACTIVE_STATES,
    Broadcast,
    BroadcastState,
    LayoutChange,
    LayoutMode,
    Recording,
)

# The overall state is the best of any stream's.
_BEST_FIRST = (BroadcastState.LIVE, BroadcastState.RECONNECTING, BroadcastState.CONNECTING)


def active_broadcasts(meeting: Meeting | int) -> list[Broadcast]:
    """Return the broadcasts that go on in a meeting, or may come back, oldest first."""
    number = meeting if isinstance(meeting, int) else meeting.pk
    going_on = Broadcast.objects.filter(meeting_id=number, state__in=ACTIVE_STATES)
    return list(going_on.select_related("publisher", "floor__creditor").order_by("pk"))


def holders(meeting_id: int) -> dict[int, str]:
    """Return the address of the process that holds each stream of a meeting."""
    going_on = Broadcast.objects.filter(meeting_id=meeting_id, state__in=ACTIVE_STATES)
    return dict(going_on.values_list("pk", "relay"))


def is_to_be_recorded(meeting: Meeting) -> bool:
    """Whether what is shown now is recorded, by the meeting's rule."""
    return meeting.recording_rule == RecordingRule.ALWAYS or meeting.state == MeetingState.OPEN


def video(meeting: Meeting | int) -> dict[str, Any]:
    """Describe the video of a meeting as everybody in it may know it."""
    found = Meeting.objects.get(pk=meeting) if isinstance(meeting, int) else meeting
    going_on = active_broadcasts(found)
    recorded = _recorded(going_on)
    judges = _judges(found, going_on)
    states = {one.state for one in going_on}
    return {
        "state": next((str(state) for state in _BEST_FIRST if state in states), "off"),
        "live": BroadcastState.LIVE in states,
        "recording": bool(recorded),
        "recording_rule": found.recording_rule,
        "streams": {str(one.pk): _stream(one, judges, recorded) for one in going_on},
        "layout": layout(found, {one.pk for one in going_on}),
        "replay": replay.open_to_members(found),
    }


def _recorded(going_on: Collection[Broadcast]) -> set[int]:
    if not going_on:
        return set()
    running = Recording.objects.filter(broadcast__in=going_on, ended_at=None)
    return set(running.values_list("broadcast_id", flat=True))


def _judges(meeting: Meeting, going_on: Collection[Broadcast]) -> set[int]:
    if not going_on:
        return set()
    publishers = {one.publisher_id for one in going_on}
    held = CaseRole.objects.filter(
        case_id=meeting.case_id, role=Role.JUDGE, active=True, person__in=publishers
    )
    return set(held.values_list("person_id", flat=True))


def _stream(one: Broadcast, judges: Collection[int], recorded: Collection[int]) -> dict[str, Any]:
    creditor = one.floor.creditor if one.floor is not None else None
    role = Role.JUDGE if one.publisher_id in judges else Role.ADMINISTRATOR
    return {
        "id": one.pk,
        "publisher": str(one.publisher),
        "person": one.publisher_id,
        "role": str(role if one.floor is None else Role.CREDITOR),
        "creditor_name": creditor.name if creditor is not None else None,
        "source": str(one.source),
        "video": one.has_video,
        "state": str(one.state),
        "since": clock.rfc3339(one.started_at),
        "recording": one.pk in recorded,
    }


def layout(meeting: Meeting, active: Collection[int]) -> dict[str, Any]:
    """Describe the layout that holds; a main stream that is over is none."""
    last = LayoutChange.objects.filter(meeting=meeting).order_by("at", "pk").last()
    if last is None:
        return {"mode": str(LayoutMode.AUTO), "main": None}
    return {"mode": str(last.mode), "main": last.main_id if last.main_id in active else None}
