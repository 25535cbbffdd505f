"""A meeting as the story tells it, with a recording, a plan voted by groups, and a new key."""

from typing import Any

from creditor_meetings.cases.models import Creditor
from creditor_meetings.meetings import mandates, notice_delivery, notices
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.video import recordings, verbs
from creditor_meetings.video.models import Broadcast
from tests.support import world
from tests.whole import story
from voting import candidates, paper, signing_key
from voting.papers import verbs as papers


def hold() -> Meeting:
    """Hold it from the first sign-in to the close and return it."""
    cast = story.assemble()

    def along(step: story.Step) -> None:
        if step.command == "open_meeting":
            hand_in_a_power_of_attorney(cast)
            send_a_notice(cast)
            record_video(cast)
            vote_on_a_plan(cast)
            elect(cast)
        if step.name == "ask_question":
            signing_key.rotate()

    story.walk(cast, along)
    keep_minutes(cast)
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
    vote_on_paper(cast, meeting, plan)
    world.close_poll(plan, judge)


def hand_in_a_power_of_attorney(cast: Any) -> None:
    """Hand one in that nobody has decided on yet."""
    mandates.submit_mandate(
        cast.case, story.paper(585), world.viewer(cast.people["administrator"], cast.meeting),
        creditor_id=cast.creditors["undetermined"].pk, person_id=cast.people["proxy"].pk,
    )  # fmt: skip


def send_a_notice(cast: Any) -> None:
    """Give notice of the meeting to a creditor who has an address, and to those who have none."""
    creditors = list(cast.creditors.values())
    Creditor.objects.filter(pk=creditors[0].pk).update(email="own@example.cn")
    notice = notices.send(
        cast.meeting, "meeting", [one.pk for one in creditors], "会议通知", "请准时参加。",
        by=cast.people["administrator"],
    )  # fmt: skip
    notice_delivery.carry_out(notice.pk)


def vote_on_paper(cast: Any, meeting: Meeting, plan: Any) -> None:
    """Enter a ballot on paper, and let a second person check it."""
    said = paper.Entry(plan.pk, cast.creditors["proxied"].pk, {"ordinary": "for"})
    clerk = world.viewer(cast.people["clerk"], meeting)
    sheet = paper.enter(meeting, story.paper(590), [said], clerk)
    paper.accept(meeting, sheet.pk, world.viewer(cast.people["administrator"], meeting))


def elect(cast: Any) -> None:
    """Elect the only candidate into the creditors' committee."""
    meeting = Meeting.objects.get(pk=cast.meeting.pk)
    viewer = world.viewer(cast.people["administrator"], meeting)
    facts = candidates.Facts("选任债权人委员会成员", seats=3, employee_seat=False)
    election = candidates.create_election(meeting, facts, viewer)
    one = candidates.Candidate("云江油墨有限公司", creditor="云江油墨有限公司")
    poll = candidates.add_candidate(meeting, election.pk, one, viewer)
    world.open_poll(poll, cast.people["judge"])
    world.cast(cast.people["creditor"], poll, "for")
    world.close_poll(poll, cast.people["judge"])


def keep_minutes(cast: Any) -> None:
    """Make the minutes and let the judge sign them."""
    meeting = Meeting.objects.select_related("case").get(pk=cast.meeting.pk)
    made = papers.make_minutes(
        meeting, world.viewer(cast.people["administrator"], meeting), "", names=False
    )
    papers.sign_paper(meeting, made.pk, "judge", world.viewer(cast.people["judge"], meeting))
