"""Writing what a batch decided: attendance, ledger, ballots, figures, each in one go."""

from collections import defaultdict
from collections.abc import Sequence

from creditor_meetings.cases import clock, rows
from creditor_meetings.cases.models import Creditor
from creditor_meetings.meetings import verbs as meeting_verbs
from creditor_meetings.meetings.models import Attendance, AttendanceMethod, Meeting
from creditor_meetings.meetings.standing import NONE, standings
from voting import book, participation
from voting.box import telling
from voting.box.reading import Batch
from voting.box.votes import Vote, body
from voting.ledger import chain
from voting.models import Choice, PaperBallot, PaperState, Resolution

BALLOT = (
    "resolution_id", "creditor_id", "choice", "choices", "way", "person_id", "by_proxy",
    "mandate_id", "command_id", "at", "address", "device", "effective", "number",
)  # fmt: skip
ATTENDANCE = (
    "meeting_id", "creditor_id", "person_id", "method", "at", "device", "address", "amount_fen",
)  # fmt: skip
SUMS = [f"{choice}_{kind}" for choice in Choice.values for kind in ("number", "fen")]
_SAVE_TALLY = f"UPDATE voting_tally SET {', '.join(f'{one} = %s' for one in SUMS)} WHERE id = %s"  # nosec B608


def write(batch: Batch) -> None:
    """Write the ballots that count and tell of them, in the order in which locks are taken.

    Ledgers, then counters of events, each in the order of meetings: two writers that meet in
    several meetings never wait for each other in a circle.
    """
    _step_back(batch)
    by_meeting: dict[int, list[Vote]] = defaultdict(list)
    for vote in batch.votes:
        assert vote.resolution is not None
        by_meeting[vote.resolution.meeting_id].append(vote)
    newly: dict[int, list[Attendance]] = {}
    for meeting_id, votes in sorted(by_meeting.items()):
        newly[meeting_id] = _seal(batch, votes)
    _save_ballots(batch)
    _save_tallies(batch)
    running = {one: _count(batch, one, newly[one]) for one in sorted(by_meeting)}
    for meeting_id, votes in sorted(by_meeting.items()):
        telling.tell(votes, newly[meeting_id], running[meeting_id])


def _step_back(batch: Batch) -> None:
    """The unique index knows one effective ballot a creditor: step back before stepping in."""
    stored = [one.pk for one in batch.superseded if one.pk is not None]
    if not stored:
        return
    rows.execute(
        f"UPDATE voting_ballot SET effective = FALSE WHERE {rows.among('id')}",  # nosec B608
        [rows.listed(stored)],
    )
    papers = [one.pk for one in batch.superseded if one.is_paper]
    if papers:
        PaperBallot.objects.filter(ballot__in=papers).update(state=PaperState.OVERRULED)


def _seal(batch: Batch, votes: Sequence[Vote]) -> list[Attendance]:
    """Write a meeting's ballots to its ledger, and who attends by them; return the latter."""
    assert votes[0].resolution is not None
    meeting = votes[0].resolution.meeting
    # Signing in takes the same lock first: from here to the commit nobody else attends.
    head = book.locked_head(meeting.pk)
    newly = _attend(batch, meeting, votes)
    at = clock.rfc3339(batch.now)
    items = []
    for position, vote in enumerate(votes, start=head.length + 1):
        assert vote.resolution is not None
        # The position is the meeting's own, the resolution is of one meeting: used once.
        vote.number = f"{vote.resolution.id}-{position:06d}"
        items.append(chain.Item("ballot", at, body(vote)))
    for attendance, name in newly:
        items.append(
            chain.Item("attendance", at, meeting_verbs.attendance_entry(attendance, name)[1])
        )
    for vote, (face, receipt) in zip(votes, book.append_with_receipts(head, items), strict=False):
        vote.face, vote.receipt = face, receipt
    return [attendance for attendance, _name in newly]


def _attend(batch: Batch, meeting: Meeting, votes: Sequence[Vote]) -> list[tuple[Attendance, str]]:
    """Whoever votes attends: record those who had not signed in; return them, named."""
    creditors = {one.creditor_id: one for one in votes}
    present = rows.select(
        "SELECT creditor_id FROM meetings_attendance"  # nosec B608
        f" WHERE meeting_id = %s AND {rows.among('creditor_id')}",
        [meeting.pk, rows.listed(creditors)],
    )
    missing = creditors.keys() - {creditor for (creditor,) in present}
    if not missing:
        return []
    weighed = standings(meeting, missing)
    attending = [
        Attendance(
            meeting=meeting,
            creditor_id=creditor,
            person=creditors[creditor].person,
            method=AttendanceMethod.BALLOT,
            at=batch.now,
            device=creditors[creditor].device,
            address=creditors[creditor].address,
            amount_fen=weighed.get(creditor, NONE).amount_fen,
        )
        for creditor in sorted(missing)
    ]
    at = rows.moment(batch.now)
    rows.insert(
        "meetings_attendance",
        ATTENDANCE,
        [
            (meeting.pk, one.creditor_id, one.person_id, str(one.method), at, one.device,
             one.address, one.amount_fen)
            for one in attending
        ],
    )  # fmt: skip
    names = dict(Creditor.objects.filter(pk__in=missing).values_list("pk", "name"))
    return [(one, names[one.creditor_id]) for one in attending]


def _save_ballots(batch: Batch) -> None:
    at = rows.moment(batch.now)
    made = []
    for one in batch.votes:
        assert one.resolution is not None
        assert one.person is not None
        made.append(
            (one.resolution.id, one.creditor_id, one.choice, one.choices_written, one.way,
             one.person.id, one.by_proxy, one.mandate_id, one.command_id, at, one.address,
             one.device, one.effective, one.number)
        )  # fmt: skip
    rows.insert("voting_ballot", BALLOT, made)


def _save_tallies(batch: Batch) -> None:
    touched = {one.resolution.id for one in batch.votes if one.resolution is not None}
    for (resolution_id, _group), tally in batch.tallies.items():
        if resolution_id in touched:
            rows.execute(_SAVE_TALLY, [*(getattr(tally, one) for one in SUMS), tally.pk])


def _count(batch: Batch, meeting_id: int, newly: Sequence[Attendance]) -> list[Resolution]:
    """Add what happened to the figures of the meeting's polls; return those it happened to.

    Who attends by a ballot attends in every poll that runs.
    """
    polls = {
        one.resolution.id: one.resolution
        for one in batch.votes
        if one.resolution is not None and one.resolution.meeting_id == meeting_id
    }
    if newly:
        # Read under the ledger's lock: a poll that opens meanwhile waits for it, and counts us.
        running = Resolution.objects.filter(meeting=meeting_id, state__in=participation.RUNNING)
        polls |= {one.pk: one for one in running.select_related("meeting") if one.pk not in polls}
    for poll in polls.values():
        figures = _Figures(batch, poll)
        if not figures.add():
            participation.keep(poll)
            continue
        participation.note_attending([poll], [one.creditor_id for one in newly])
    return list(polls.values())


class _Figures:
    """What a batch changes in the figures of one poll, attendance by sign-in apart."""

    def __init__(self, batch: Batch, poll: Resolution) -> None:
        self.poll = poll
        self.voted = self.voted_fen = self.attending = 0
        self.by_group: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        self.paper = sum(
            one.is_paper and one.effective for one in batch.votes if one.resolution is poll
        ) - sum(one.is_paper and one.pk is not None for one in batch.superseded)
        by_votes = participation.only_votes_count(poll)
        for vote in batch.first_votes:
            if vote.resolution is poll:
                self._first(batch.rights[poll.id, vote.creditor_id], by_votes)

    def _first(self, lines: Sequence, attends: bool) -> None:
        """A creditor votes for the first time; whose earlier consent stands had voted before."""
        voting = [one for one in lines if not one.reason]
        if any(one.carried for one in voting):
            return
        self.voted += 1
        self.voted_fen += sum(one.amount_fen for one in voting)
        if attends:
            self.attending += 1
            for one in voting:
                sums = self.by_group[one.group]
                sums[0] += 1
                sums[1] += one.amount_fen

    def add(self) -> bool:
        """Add it all; False where the poll has no kept figures."""
        for group, (number, fen) in self.by_group.items():
            participation.add_attending(self.poll.pk, group, number, fen)
        return participation.add(
            self.poll.pk,
            attending=self.attending,
            voted=self.voted,
            voted_fen=self.voted_fen,
            paper=self.paper,
        )
