"""Telling of a batch: to each creditor its ballot, to all how many take part and what they said."""

from collections.abc import Sequence

from creditor_meetings.cases import clock
from creditor_meetings.meetings import attendance_sums
from creditor_meetings.meetings import describe as meeting_describe
from creditor_meetings.meetings import verbs as meeting_verbs
from creditor_meetings.meetings.models import Attendance
from creditor_meetings.meetings.publishing import publish_all
from creditor_meetings.realtime import log as events
from voting import describe, mandate_votes
from voting.box.votes import Vote
from voting.ledger import canonical
from voting.models import Ballot, Resolution


def tell(votes: Sequence[Vote], newly: Sequence[Attendance], polls: Sequence[Resolution]) -> None:
    """Tell of a meeting's ballots, of who attends by them, and how the polls stand.

    The first news take the meeting's counter of events, held to the commit: figures that are
    read after it hold all that was told before, and nobody's are told over ours.
    """
    assert votes[0].resolution is not None
    meeting = votes[0].resolution.meeting
    events.write(meeting.pk, ballot_events(votes, newly))
    news = mandate_votes.used_news(_first_uses(meeting.pk, votes))
    if newly:
        attendance_sums.add(meeting, len(newly), sum(one.amount_fen for one in newly))
        news.append(meeting_verbs.totals_news(meeting))
    for resolution in polls:
        news += describe.tally_news(resolution)
    publish_all(meeting, news)


def ballot_events(votes: Sequence[Vote], newly: Sequence[Attendance]) -> list[events.Row]:
    """Write to those who act for each creditor what was voted in its name.

    An event a ballot, as `describe.ballot` has it; it also tells the creditor that it attends by
    it. Its JSON is put together here, since there are so many.
    """
    quoted = canonical.quoted
    attends = {one.creditor_id: one for one in newly}
    # All of a batch are of one moment.
    at = clock.rfc3339(votes[0].at) if votes[0].at is not None else ""
    made = []
    for vote in votes:
        assert vote.resolution is not None
        told = (
            f'{{"choice":"{vote.choice}","choices":{vote.choices_written},'
            f'"way":"{vote.way}","at":{quoted(at)},"number":"{vote.number}",'
            f'"amount":"{vote.amount}","voter":{quoted(str(vote.person))},"receipt":{vote.face}}}'
        )
        more = ""
        attendance = attends.pop(vote.creditor_id, None)
        if attendance is not None:
            signed_in = meeting_describe.attending_at_paths(vote.creditor_id, attendance.at)
            more = f",{canonical.text(signed_in)[1:-1]}"
        made.append(
            events.Row(
                "ballot_recorded",
                f"creditor:{vote.creditor_id}",
                f'{{"set":{{"ballots/{vote.resolution.id}/{vote.creditor_id}":{told}{more}}}}}',
            )
        )
    return made


def _first_uses(meeting_id: int, votes: Sequence[Vote]) -> list[Vote]:
    """Return the ballots under mandates that none was cast under before in the meeting."""
    proxied = [one for one in votes if one.mandate_id is not None]
    if not proxied:
        return []
    earlier = Ballot.objects.filter(
        mandate__in={one.mandate_id for one in proxied}, resolution__meeting=meeting_id
    ).exclude(number__in=[one.number for one in proxied])
    used = set(earlier.order_by().values_list("mandate_id", flat=True).distinct())
    return [one for one in proxied if one.mandate_id not in used]
