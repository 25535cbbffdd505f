"""What happens to a broadcast. Each verb checks, changes, and tells, in one transaction.

A broadcast's `session` is the key to it: the publisher's return raises it, and whatever the
process that held it before still wants to do finds no row and does nothing.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Role
from creditor_meetings.meetings import floor, record
from creditor_meetings.meetings.floor_models import FloorRequest, FloorState
from creditor_meetings.meetings.models import Meeting, MeetingState
from creditor_meetings.meetings.publishing import publish
from creditor_meetings.meetings.verbs import locked
from creditor_meetings.video import describe, recordings
from creditor_meetings.video.models import (
    ACTIVE_STATES,
    Broadcast,
    BroadcastState,
    Recording,
    Source,
)
from creditor_meetings.video.recordings import Measure

RECONNECT_SECONDS = 20
"""How long a publisher that lost its network may take to come back."""

SILENT_SECONDS = 15
"""How long the holding process may be silent before it counts as dead."""


def require_publisher(meeting: Meeting, viewer: Viewer, source: str | None = None) -> None:
    """Raise `Refused` unless the viewer may show video (of a source) in the meeting."""
    if viewer.is_administrator or viewer.is_judge:
        return
    if _floor_of(meeting, viewer) is None:
        raise Refused(
            "not_allowed", _("只有管理人、法官和获准发言的人可以直播。请先举手，获准后再试。")
        )
    if source == Source.SCREEN:
        raise Refused("not_allowed", _("发言人只能使用麦克风和摄像头，不能共享屏幕。"))


def _floor_of(meeting: Meeting, viewer: Viewer) -> FloorRequest | None:
    """Return the floor that the viewer holds, by which a member who is neither may speak."""
    if viewer.is_administrator or viewer.is_judge:
        return None
    held = floor.holder(meeting)
    return held if held is not None and held.person_id == viewer.person.pk else None


def _tell(meeting: Meeting | int) -> None:
    publish(meeting, "video_changed", {"video": describe.video(meeting)})


@transaction.atomic
def begin(
    meeting: Meeting,
    viewer: Viewer,
    source: str,
    mime: str,
    *,
    resume: int | None,
    relay: str,
    has_video: bool = True,
    engine: str = "embedded",
) -> Broadcast:
    """Begin a broadcast, or go on with the viewer's own one after a break (`resume`)."""
    found = locked(meeting)
    require_publisher(found, viewer, source)
    if found.state == MeetingState.CLOSED:
        raise Refused("bad_request", _("会议已闭会，不能再开始直播。"))
    going_on = (
        Broadcast.objects.select_related("meeting", "publisher")
        .filter(meeting=found, publisher=viewer.person, source=source, state__in=ACTIVE_STATES)
        .first()
    )
    how = {"mime": mime, "relay": relay, "has_video": has_video, "engine": engine}
    if going_on is not None:
        if resume != going_on.pk and going_on.state != BroadcastState.RECONNECTING:
            raise Refused("not_allowed", _shown_already(source))
        return _resumed(going_on, how)
    now = clock.now()
    made = Broadcast.objects.create(
        meeting=found,
        publisher=viewer.person,
        source=source,
        floor=_floor_of(found, viewer),
        started_at=now,
        seen_at=now,
        **how,
    )
    _tell(found)
    return made


def _shown_already(source: str) -> str:
    if source == Source.SCREEN:
        return _("您的屏幕已在另一个窗口或设备上共享。请先在那里停止，再在这里开始。")
    return _("您已在另一个窗口或设备上直播。请先在那里停止，再在这里开始。")


def _resumed(going_on: Broadcast, how: Mapping[str, Any]) -> Broadcast:
    if going_on.state == BroadcastState.RECONNECTING:
        # Whoever still holds it closes what it writes itself.
        _close_recordings(going_on, clock.now(), interrupted=True)
    going_on.state = BroadcastState.RECONNECTING
    _next_part(going_on, how)
    return going_on


def _next_part(going_on: Broadcast, how: Mapping[str, Any]) -> None:
    for name, value in how.items():
        setattr(going_on, name, value)
    going_on.session += 1
    going_on.seen_at = clock.now()
    going_on.save()
    _tell(going_on.meeting_id)


@transaction.atomic
def next_part(broadcast: Broadcast, mime: str, *, has_video: bool) -> Broadcast | None:
    """Begin the next part of a stream that goes on; None when this session is void."""
    locked(broadcast.meeting)
    held = _held(broadcast)
    if held is not None:
        _next_part(held, {"mime": mime, "has_video": has_video})
    return held


def _held(broadcast: Broadcast) -> Broadcast | None:
    """Return the row, held, while this session of it is still the one that counts."""
    return (
        Broadcast.objects.select_for_update(of=("self",))
        .filter(pk=broadcast.pk, session=broadcast.session, state__in=ACTIVE_STATES)
        .select_related("meeting", "publisher")
        .first()
    )


@transaction.atomic
def start_recording(broadcast: Broadcast) -> Recording | None:
    """Note a recording that is about to be written; None when there is to be none.

    The meeting's rule says whether; and the session may be void.
    """
    found = locked(broadcast.meeting)
    held = _held(broadcast)
    if held is None or not describe.is_to_be_recorded(found):
        return None
    now = clock.now()
    name = f"{now:%Y%m%dT%H%M%S}-{held.pk}-{held.session}.{recordings.suffix_of(held.mime)}"
    made = Recording.objects.create(
        broadcast=held,
        part=held.session,
        path=f"{held.meeting_id}/{name}",
        mime=held.mime,
        started_at=now,
    )
    _tell(held.meeting_id)
    return made


@transaction.atomic
def stop_recording(
    recording: Recording,
    measured: Measure | None,
    *,
    interrupted: bool = False,
    at: datetime | None = None,
) -> bool:
    """Note what a recording holds (None: it could not even be opened), and when it ended (now).

    False when somebody who took this process for dead has noted it before.
    """
    locked(recording.broadcast.meeting)
    recording.refresh_from_db()
    if recording.ended_at is not None:
        return False
    _note(recording, measured, at or clock.now(), interrupted=interrupted)
    _tell(recording.broadcast.meeting_id)
    return True


@transaction.atomic
def went_live(broadcast: Broadcast) -> bool:
    """Note that media flows; whether this session is still the one that counts."""
    held = _held(broadcast)
    if held is None:
        return False
    held.state, held.seen_at = BroadcastState.LIVE, clock.now()
    held.save(update_fields=["state", "seen_at"])
    _tell(held.meeting_id)
    return True


@transaction.atomic
def lost(broadcast: Broadcast) -> bool:
    """Note that the publisher's connection broke; whether it is awaited back."""
    held = _held(broadcast)
    if held is None:
        return False
    held.state, held.seen_at = BroadcastState.RECONNECTING, clock.now()
    held.save(update_fields=["state", "seen_at"])
    _tell(held.meeting_id)
    return True


def beat(broadcast: Broadcast) -> bool:
    """Say that this process still holds the stream; whether it does."""
    held = Broadcast.objects.filter(
        pk=broadcast.pk, session=broadcast.session, state__in=ACTIVE_STATES
    )
    return bool(held.update(seen_at=clock.now()))


@transaction.atomic
def end(broadcast: Broadcast, *, interrupted: bool = False) -> bool:
    """End a broadcast; whether it was this session's to end."""
    held = _held(broadcast)
    if held is None:
        return False
    _finish(held, BroadcastState.INTERRUPTED if interrupted else BroadcastState.ENDED, clock.now())
    return True


@transaction.atomic
def stop(meeting: Meeting, viewer: Viewer, stream: int | None = None) -> bool:
    """Stop a stream, or all that the viewer may stop; whether there was one.

    Administrator and judge stop any, whoever has the floor their own.
    """
    locked(meeting)
    active = describe.active_broadcasts(meeting)
    own = [one for one in active if one.publisher_id == viewer.person.pk]
    may_all = viewer.is_administrator or viewer.is_judge
    going_on = [one for one in (active if may_all else own) if stream in (None, one.pk)]
    if not may_all and not going_on:
        viewer.require(Role.ADMINISTRATOR, Role.JUDGE)
    for one in going_on:
        _finish(one, BroadcastState.ENDED, clock.now())
    return bool(going_on)


def end_with_the_meeting(meeting: Meeting) -> None:
    """End the broadcasts of a meeting that has closed: nobody is filmed unawares after it."""
    if meeting.state == MeetingState.CLOSED:
        for one in describe.active_broadcasts(meeting):
            _finish(one, BroadcastState.ENDED, clock.now())


def end_with_the_floor(request: FloorRequest) -> None:
    """End what was shown by the right of a floor that is over."""
    for one in Broadcast.objects.filter(floor=request, state__in=ACTIVE_STATES):
        _finish(one, BroadcastState.ENDED, clock.now())


def why_void(broadcast: Broadcast) -> str:
    """Say why a session counts no more: `closed`, `floor`, or `revoked`."""
    found = Broadcast.objects.select_related("meeting", "floor").get(pk=broadcast.pk)
    if found.meeting.state == MeetingState.CLOSED:
        return "closed"
    if found.floor is not None and found.floor.state != FloorState.GRANTED:
        return "floor"
    return "revoked"


def _finish(broadcast: Broadcast, state: str, at: datetime) -> None:
    broadcast.state, broadcast.ended_at = state, at
    broadcast.save(update_fields=["state", "ended_at"])
    _tell(broadcast.meeting_id)


def clear_away(
    meeting_id: int, held_here: Collection[int], *, alone_since: datetime | None
) -> float | None:
    """End what no process holds any more; return the seconds until something may be due.

    `held_here` are the broadcasts that this process holds. `alone_since`: when this process
    started, if no other could hold a broadcast; then after a crash nobody waits.
    """
    rests = []
    for one in describe.active_broadcasts(meeting_id):
        if one.pk not in held_here:
            left = _patience(one, alone_since)
            if left > timedelta(0):
                rests.append(left.total_seconds())
            else:
                _give_up(one)
    _close_forgotten(meeting_id)
    return min(rests, default=None)


def _patience(going_on: Broadcast, alone_since: datetime | None) -> timedelta:
    silent = clock.now() - going_on.seen_at
    if going_on.state == BroadcastState.RECONNECTING:
        return timedelta(seconds=RECONNECT_SECONDS) - silent
    if alone_since is not None and going_on.seen_at < alone_since:
        return timedelta(0)
    return timedelta(seconds=SILENT_SECONDS) - silent


def _give_up(broadcast: Broadcast) -> None:
    # Measuring reads whole files; other writers must not wait for that.
    measured = [
        (one, recordings.measure(one.path))
        for one in Recording.objects.filter(broadcast=broadcast, ended_at=None)
    ]
    with transaction.atomic():
        held = _held(broadcast)
        if held is None or held.seen_at != broadcast.seen_at:
            return
        for one, measure in measured:
            _note(one, measure, held.seen_at, interrupted=True)
        reconnecting = held.state == BroadcastState.RECONNECTING
        state = BroadcastState.ENDED if reconnecting else BroadcastState.INTERRUPTED
        _finish(held, state, held.seen_at)


def _close_forgotten(meeting_id: int) -> None:
    """Close what a process that died left open of streams that went on elsewhere and are over."""
    since = clock.now() - timedelta(seconds=SILENT_SECONDS)
    over = Recording.objects.filter(
        broadcast__meeting=meeting_id, ended_at=None, broadcast__ended_at__lt=since
    )
    for one in over.select_related("broadcast"):
        measured = recordings.measure(one.path)
        stop_recording(one, measured, interrupted=True, at=one.broadcast.ended_at)


def _close_recordings(broadcast: Broadcast, at: datetime, *, interrupted: bool) -> None:
    for one in Recording.objects.filter(broadcast=broadcast, ended_at=None):
        _note(one, recordings.measure(one.path), at, interrupted=interrupted)


def _note(
    recording: Recording, measured: Measure | None, at: datetime, *, interrupted: bool
) -> None:
    if measured is not None:
        recording.bytes, recording.chunks = measured.bytes, measured.chunks
        recording.sha256 = measured.sha256
    recording.ended_at = max(at, recording.started_at)
    recording.interrupted = interrupted
    recording.save()
    broadcast = recording.broadcast
    record.write(
        broadcast.meeting,
        "recording",
        {
            "recording": recording.pk,
            "broadcast": broadcast.pk,
            "part": recording.part,
            "source": str(broadcast.source),
            "publisher": broadcast.publisher_id,
            "publisher_name": str(broadcast.publisher),
            "path": recording.path,
            "bytes": recording.bytes,
            "chunks": recording.chunks,
            "sha256": recording.sha256,
            "started_at": clock.rfc3339(recording.started_at),
            "ended_at": clock.rfc3339(recording.ended_at),
            "interrupted": interrupted,
        },
    )


@transaction.atomic
def note_digest(recording: Recording, measured: Measure) -> None:
    """Write to the record what a recording holds so far: no later hand can change that part."""
    record.write(
        recording.broadcast.meeting,
        "recording_chunk",
        {
            "recording": recording.pk,
            "broadcast": recording.broadcast_id,
            "bytes": measured.bytes,
            "chunks": measured.chunks,
            "sha256": measured.sha256,
        },
    )
