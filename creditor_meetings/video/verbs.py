"""What happens to a broadcast. Each verb checks, changes, and tells, in one transaction.

A broadcast's `session` is the key to it: the publisher's return raises it, and whatever the
process that held it before still wants to do finds no row and does nothing.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Role
from creditor_meetings.meetings import record
from creditor_meetings.meetings.models import Meeting, MeetingState
from creditor_meetings.meetings.publishing import publish
from creditor_meetings.meetings.verbs import locked
from creditor_meetings.video import describe, recordings
from creditor_meetings.video.models import (
    ACTIVE_STATES,
    Broadcast,
    BroadcastState,
    Recording,
)
from creditor_meetings.video.recordings import Measure

RECONNECT_SECONDS = 20
"""How long a publisher that lost its network may take to come back."""

SILENT_SECONDS = 15
"""How long the holding process may be silent before it counts as dead."""


def require_publisher(viewer: Viewer) -> None:
    """Raise `Refused` unless the viewer may show video in the meeting."""
    viewer.require(Role.ADMINISTRATOR, Role.JUDGE)


def _tell(meeting: Meeting | int) -> None:
    publish(meeting, "video_changed", {"video": describe.video(meeting)})


@transaction.atomic
def begin(
    meeting: Meeting, viewer: Viewer, source: str, mime: str, *, resume: int | None, relay: str
) -> Broadcast:
    """Begin a broadcast, or go on with the viewer's own one after a break (`resume`)."""
    require_publisher(viewer)
    found = locked(meeting)
    going_on = describe.active_broadcast(found)
    if going_on is not None:
        if not _may_resume(going_on, viewer, resume):
            raise Refused(
                "not_allowed",
                _("%(name)s正在直播。请先停止该直播，再开始您的直播。")
                % {"name": str(going_on.publisher)},
            )
        return _resumed(going_on, source, mime, relay)
    if found.state == MeetingState.CLOSED:
        raise Refused("bad_request", _("会议已闭会，不能再开始直播。"))
    now = clock.now()
    made = Broadcast.objects.create(
        meeting=found,
        publisher=viewer.person,
        source=source,
        mime=mime,
        started_at=now,
        seen_at=now,
        relay=relay,
    )
    _tell(found)
    return made


def _may_resume(going_on: Broadcast, viewer: Viewer, resume: int | None) -> bool:
    if going_on.publisher_id != viewer.person.pk:
        return False
    return resume == going_on.pk or going_on.state == BroadcastState.RECONNECTING


def _resumed(going_on: Broadcast, source: str, mime: str, relay: str) -> Broadcast:
    _close_recordings(going_on, clock.now(), interrupted=True)
    going_on.session += 1
    going_on.source, going_on.mime, going_on.relay = source, mime, relay
    going_on.state = BroadcastState.RECONNECTING
    going_on.seen_at = clock.now()
    going_on.save()
    _tell(going_on.meeting_id)
    return going_on


def _held(broadcast: Broadcast) -> Broadcast | None:
    """Return the row, held, while this session of it is still the one that counts."""
    return (
        Broadcast.objects.select_for_update(of=("self",))
        .filter(pk=broadcast.pk, session=broadcast.session, state__in=ACTIVE_STATES)
        .first()
    )


@transaction.atomic
def start_recording(broadcast: Broadcast) -> Recording | None:
    """Note a recording that is about to be written; None when the session is void."""
    held = _held(broadcast)
    if held is None:
        return None
    now = clock.now()
    part = held.recordings.count() + 1
    name = f"{now:%Y%m%dT%H%M%S}-{held.pk}-{part}.webm"
    made = Recording.objects.create(
        broadcast=held,
        part=part,
        path=f"{held.meeting_id}/{name}",
        mime=held.mime,
        started_at=now,
    )
    _tell(held.meeting_id)
    return made


@transaction.atomic
def stop_recording(
    recording: Recording, measured: Measure | None, *, interrupted: bool = False
) -> None:
    """Note what a recording holds (None: it could not even be opened), and that it ended."""
    _note(recording, measured, clock.now(), interrupted=interrupted)
    _tell(recording.broadcast.meeting_id)


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
def stop(meeting: Meeting, viewer: Viewer) -> bool:
    """Stop whatever broadcast goes on in the meeting; whether there was one."""
    require_publisher(viewer)
    locked(meeting)
    going_on = describe.active_broadcast(meeting)
    if going_on is None:
        return False
    _finish(going_on, BroadcastState.ENDED, clock.now())
    return True


def end_with_the_meeting(meeting: Meeting) -> None:
    """End the broadcast of a meeting that has closed: nobody is filmed unawares after it."""
    if meeting.state != MeetingState.CLOSED:
        return
    going_on = describe.active_broadcast(meeting)
    if going_on is not None:
        _finish(going_on, BroadcastState.ENDED, clock.now())


def _finish(broadcast: Broadcast, state: str, at: datetime) -> None:
    broadcast.state, broadcast.ended_at = state, at
    broadcast.save(update_fields=["state", "ended_at"])
    _tell(broadcast.meeting_id)


def clear_away(
    meeting_id: int, held_here: int | None, *, alone_since: datetime | None
) -> float | None:
    """End what no process holds any more; return the seconds until something may be due.

    `held_here` is the broadcast that this process holds. `alone_since`: when this process
    started, if no other could hold a broadcast; then after a crash nobody waits.
    """
    going_on = describe.active_broadcast(meeting_id)
    if going_on is None or going_on.pk == held_here:
        return None
    silent = clock.now() - going_on.seen_at
    if going_on.state == BroadcastState.RECONNECTING:
        left = timedelta(seconds=RECONNECT_SECONDS) - silent
    elif alone_since is not None and going_on.seen_at < alone_since:
        left = timedelta(0)
    else:
        left = timedelta(seconds=SILENT_SECONDS) - silent
    if left > timedelta(0):
        return left.total_seconds()
    _give_up(going_on)
    return None


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
