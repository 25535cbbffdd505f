"""A meeting as the story tells it, with a recording, a plan voted by groups, and a new key."""

from typing import Any

from creditor_meetings.meetings.models import Meeting
from creditor_meetings.video import recordings, verbs
from creditor_meetings.video.models import Broadcast
from tests.support import world
from tests.whole import story
from voting import signing_key


def hold() -> Meeting:
    """Hold it from the first sign-in to the close and return it."""
    cast = story.assemble()

    def along(step: story.Step) -> None:
        if step.command == "open_meeting":
            record_video(cast)
            vote_on_a_plan(cast)
        if step.command == "ask_question":
            signing_key.rotate()

    story.walk(cast, along)
    return Meeting.objects.select_related("case").get(pk=cast.meeting.pk)


def record_video(cast: Any) -> None:
    """Broadcast and record, with a note of the digest on the way."""
    meeting = Meeting.objects.get(pk=cast.meeting.pk)
    viewer = world.viewer(cast.people["administrator"], meeting)
    broadcast: Broadcast = verbs.begin(
        meeting, viewer, "camera", "video/webm", resume=None, relay=""
    )
    recording = verbs.start_recording(broadcast)
    assert recording is not None
    writer = recordings.Writer(recording.path)
    writer.append(b"\x1aE\xdf\xa3" + bytes(range(256)) * 40)
    verbs.note_digest(recording, writer.measure)
    writer.append(b"the rest of it" * 100)
    verbs.stop_recording(recording, writer.close())
    verbs.end(broadcast)


def vote_on_a_plan(cast: Any) -> None:
    """Vote on a reorganisation plan, by groups; the secured creditor changes its mind."""
    meeting = Meeting.objects.get(pk=cast.meeting.pk)
    plan = world.make_resolution(meeting, 6, "prc-reorganisation", title="重整计划草案")
    judge = cast.people["judge"]
    world.open_poll(plan, judge)
    world.cast(cast.people["creditor"], plan, "for")
    world.cast(cast.people["bank"], plan, "against")
    world.cast(cast.people["bank"], plan, "for")
    world.close_poll(plan, judge)
