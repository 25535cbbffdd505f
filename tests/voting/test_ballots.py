"""What a voter meets: receipts, second thoughts, refusals; and the poll's whole life."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command

from creditor_meetings.cases import clock
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import CaseRole
from creditor_meetings.meetings.models import Attendance
from creditor_meetings.realtime.models import Event
from tests.support import world
from voting import ballot_box, book, database_clock, law, signing_key, verbs
from voting.box import votes, writing
from voting.ledger import chain, receipts
from voting.models import Ballot, LedgerEntry, LedgerSeal, Outcome, ResolutionState, Tally

pytestmark = pytest.mark.django_db


class Hall:
    """Three creditors, a judge, an administrator, and a meeting that goes on."""

    def __init__(self) -> None:
        self.case = world.make_case()
        self.a, self.b, self.c = (
            world.make_creditor(self.case, name, confirmed=amount)
            for name, amount in (("甲", "300.00"), ("乙", "200.00"), ("丙", "100.00"))
        )
        self.meeting = world.make_meeting(self.case)
        self.judge = world.make_person(self.case, "judge")
        self.administrator = world.make_person(self.case, "administrator")
        self.for_a = world.make_person(self.case, "creditor", self.a)
        self.for_b = world.make_person(self.case, "creditor", self.b)
        self.proxy = world.make_person(self.case, "proxy", self.b)
        world.give_role(self.proxy, self.case, "proxy", self.c)

    def poll(self, **opening: Any) -> Any:
        return world.open_poll(world.make_resolution(self.meeting), self.administrator, **opening)


@pytest.fixture
def hall() -> Hall:
    return Hall()


def tally_of(poll: Any) -> dict[str, tuple[int, int]]:
    kept = Tally.objects.get(resolution=poll)
    return {
        choice: (getattr(kept, f"{choice}_number"), getattr(kept, f"{choice}_fen"))
        for choice in ("for", "against", "abstain")
    }


def refused(*arguments: Any, **more: Any) -> str:
    with pytest.raises(Refused) as raised:
        world.cast(*arguments, **more)
    assert raised.value.message
    return raised.value.code


def test_receipt_is_signed_and_says_what_was_voted(hall: Hall) -> None:
    poll = hall.poll()
    receipt = world.cast(hall.for_a, poll, "for")
    assert receipt["choice"] == "for"
    assert receipt["amount"] == "300.00"
    assert (receipt["resolution"], receipt["creditor"]) == (poll.pk, hall.a.pk)
    assert receipts.problems(receipt, signing_key.public_key()) == []
    stored = Ballot.objects.get(number=receipt["number"])
    assert stored.receipt == receipt
    entry = LedgerEntry.objects.get(meeting=hall.meeting, position=receipt["position"])
    assert entry.entry_hash == receipt["entry_hash"]
    assert chain.problems(book.entries_of(hall.meeting)) == []


def test_voting_again_supersedes_and_both_stay(hall: Hall) -> None:
    poll = hall.poll()
    first = world.cast(hall.for_a, poll, "for")
    second = world.cast(hall.for_a, poll, "against")
    assert first["number"] != second["number"]
    assert tally_of(poll) == {"for": (0, 0), "against": (1, 30000), "abstain": (0, 0)}
    assert Ballot.objects.filter(effective=True).get().choice == "against"
    assert LedgerEntry.objects.filter(kind="ballot").count() == 2


def test_the_same_id_again_gives_the_same_receipt(hall: Hall) -> None:
    poll = hall.poll()
    first = world.cast(hall.for_a, poll, "for", command_id="once")
    assert world.cast(hall.for_a, poll, "for", command_id="once") == first
    assert world.cast(hall.for_a, poll, "against", command_id="once") == first
    assert world.cast(hall.for_b, poll, "against", command_id="once") != first
    assert tally_of(poll)["for"] == (1, 30000)
    world.close_poll(poll, hall.judge)
    # The answer was lost with the network: it is given even after the close.
    assert world.cast(hall.for_a, poll, "for", command_id="once") == first


def test_one_batch_with_everything_in_it(hall: Hall) -> None:
    poll, other = hall.poll(), hall.poll()
    stranger = world.make_person(hall.case, "observer")

    def cast(person: Any, poll: Any, choice: str, creditor: Any, command: str) -> Any:
        context = world.context(person, hall.meeting, command)
        return ballot_box.Cast(context, poll.pk, creditor.pk, choice)

    batch = [
        cast(hall.for_a, poll, "for", hall.a, "1"),
        cast(stranger, poll, "against", hall.a, "2"),
        cast(hall.for_a, poll, "against", hall.a, "3"),
        cast(hall.for_a, poll, "for", hall.a, "1"),
        cast(hall.proxy, poll, "abstain", hall.c, "4"),
        cast(hall.for_a, poll, "abstain", hall.b, "5"),
        cast(hall.proxy, other, "for", hall.b, "6"),
        cast(hall.for_b, other, "against", hall.b, "7"),
    ]
    ballot_box.write(batch)
    failed = [n for n, one in enumerate(batch) if one.answer.exception() is not None]
    assert failed == [1, 5]
    assert {batch[n].answer.exception().code for n in failed} == {"not_allowed"}  # type: ignore[union-attr]
    assert batch[0].answer.result() == batch[3].answer.result()
    assert tally_of(poll) == {"for": (0, 0), "against": (1, 30000), "abstain": (1, 10000)}
    assert tally_of(other) == {"for": (0, 0), "against": (1, 20000), "abstain": (0, 0)}
    for one in (poll, other):
        assert law.running(one) == law.count(one)["groups"]
    # One signature for the whole batch: five ballots, and that three creditors attend by them.
    assert LedgerSeal.objects.order_by("-first").values_list("size", flat=True)[0] == 5 + 3
    given = [n for n in range(len(batch)) if n not in failed]
    for n in given:
        assert receipts.problems(batch[n].answer.result(), signing_key.public_key()) == []


def test_a_batch_that_breaks_fails_nobody_else(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    poll = hall.poll()
    whole = votes.body

    def breaking(one: votes.Vote) -> str:
        if one.creditor_id == hall.c.pk:
            raise RuntimeError("the disk is full")
        return whole(one)

    monkeypatch.setattr(writing, "body", breaking)
    casts = [
        ballot_box.Cast(world.context(person, hall.meeting), poll.pk, creditor.pk, "for")
        for person, creditor in (
            (hall.for_a, hall.a), (hall.proxy, hall.c), (hall.for_b, hall.b),
        )
    ]  # fmt: skip
    ballot_box.write(casts)
    assert [one.answer.exception() is None for one in casts] == [True, False, True]
    assert casts[1].answer.exception().code == "unavailable"  # type: ignore[union-attr]
    assert tally_of(poll)["for"] == (2, 50000)
    assert chain.problems(book.entries_of(hall.meeting)) == []


def test_who_may_not_vote(hall: Hall) -> None:
    poll = hall.poll()
    assert refused(hall.for_a, poll, "for", hall.b) == "not_allowed"
    assert refused(hall.judge, poll, "for", hall.a) == "not_allowed"
    assert refused(hall.judge, poll, "for") == "no_voting_right"
    assert refused(hall.proxy, poll, "for") == "bad_request"
    late = world.make_creditor(hall.case, "后到")
    assert refused(world.make_person(hall.case, "creditor", late), poll, "for") == "no_voting_right"
    stranger = world.make_person(world.make_case(), "creditor", world.make_creditor(hall.case))
    with pytest.raises(Refused):
        world.cast(stranger, poll, "for")
    assert Ballot.objects.count() == 0


def test_a_role_withdrawn_while_the_socket_is_open_votes_no_more(hall: Hall) -> None:
    poll = hall.poll()
    sent = ballot_box.read(
        world.context(hall.for_a, hall.meeting), {"resolution": poll.pk, "choice": "for"}
    )
    CaseRole.objects.filter(person=hall.for_a).update(active=False)
    ballot_box.write([sent])
    assert sent.answer.exception().code == "not_allowed"  # type: ignore[union-attr]


def test_polls_of_another_meeting_draft_and_unknown_ones(hall: Hall) -> None:
    other = Hall().poll()
    draft = world.make_resolution(hall.meeting)

    def answer(resolution_id: int) -> str:
        cast = ballot_box.Cast(
            world.context(hall.for_a, hall.meeting), resolution_id, hall.a.pk, "for"
        )
        ballot_box.write([cast])
        return cast.answer.exception().code  # type: ignore[union-attr]

    assert answer(other.pk) == "bad_request"
    assert answer(draft.pk) == "poll_not_open"
    assert answer(2**62) == "bad_request"


@pytest.mark.parametrize(
    "data",
    [
        {}, {"resolution": 1}, {"resolution": "1", "choice": "for"},
        {"resolution": 1, "choice": "yes"}, {"resolution": True, "choice": "for"},
        {"resolution": 1, "choice": "for", "amount": "9"},
        {"resolution": 1, "choice": ["for"]}, {"resolution": 2**80, "choice": "for"},
        {"resolution": 1, "choice": "for", "creditor": -1},
        {"resolution": 1, "choice": "for", "creditor": 1.0},
    ],
)  # fmt: skip
def test_bad_ballots_are_refused_by_name(hall: Hall, data: dict[str, Any]) -> None:
    with pytest.raises(Refused) as raised:
        ballot_box.read(world.context(hall.for_a, hall.meeting), data)
    assert raised.value.code == "bad_request"


def test_after_the_announced_time_no_ballot_counts(hall: Hall) -> None:
    poll = hall.poll(closes_at=database_clock.now() + timedelta(minutes=5))
    world.cast(hall.for_a, poll, "for")
    poll.refresh_from_db()
    if database_clock.connection.vendor == "postgresql":
        # There the database's own clock decides: move the announced time instead.
        poll.closes_at = database_clock.now() - timedelta(seconds=1)
        poll.save()
        assert refused(hall.for_b, poll, "against") == "poll_not_open"
        verbs.close_due(hall.meeting.pk)
    else:
        with clock.set_to(poll.closes_at):
            assert refused(hall.for_b, poll, "against") == "poll_not_open"
            assert verbs.close_due(hall.meeting.pk) is None
    outcome = Outcome.objects.get(resolution=poll)
    assert outcome.result["groups"][0]["for"]["number"] == 1
    poll.refresh_from_db()
    assert poll.closed_at == poll.closes_at
    assert poll.closed_by is None
    verbs.close_due(hall.meeting.pk)
    assert Outcome.objects.count() == 1


def test_close_due_says_when_to_look_again(hall: Hall) -> None:
    assert verbs.close_due(hall.meeting.pk) is None
    hall.poll()
    assert verbs.close_due(hall.meeting.pk) is None
    hall.poll(closes_at=database_clock.now() + timedelta(seconds=90))
    assert 0 < (verbs.close_due(hall.meeting.pk) or 0) <= 90


@pytest.mark.parametrize("off", [timedelta(0), timedelta(seconds=-1), timedelta(days=61)])
def test_a_close_in_the_past_or_too_far_is_refused(hall: Hall, off: timedelta) -> None:
    with pytest.raises(Refused):
        hall.poll(closes_at=database_clock.now() + off)


def test_voting_attends(hall: Hall) -> None:
    poll = hall.poll()
    assert law.attending(poll) == 0
    world.cast(hall.proxy, poll, "for", hall.c)
    attendance = Attendance.objects.get(meeting=hall.meeting)
    assert (attendance.creditor, attendance.method) == (hall.c, "ballot")
    assert attendance.amount_fen == 10000
    assert law.attending(poll) == 1
    assert Ballot.objects.get().by_proxy


def test_signing_in_moves_the_number_test_of_an_open_poll(hall: Hall) -> None:
    poll = hall.poll()
    world.cast(hall.for_a, poll, "for")
    assert law.running(poll)[0]["number_test"]["met"] is True
    world.sign_in(hall.for_b, hall.meeting)
    told = Event.objects.filter(kind="tally").latest("seq").data["set"]
    (group,) = told[f"tallies/{poll.pk}"]["groups"]
    assert group["number_test"] == {
        "numerator": 1, "denominator": 2, "share": "50.00%", "met": False,
    }  # fmt: skip
    assert group["not_voted"] == {"number": 1, "amount": "200.00"}
    assert told[f"participation/{poll.pk}"]["attending"] == 2


def test_only_the_chair_opens_and_closes(hall: Hall) -> None:
    resolution = world.make_resolution(hall.meeting)
    for person in (hall.for_a, hall.proxy, world.make_person(hall.case, "clerk")):
        with pytest.raises(Refused):
            world.open_poll(resolution, person)
    poll = world.open_poll(resolution, hall.judge)
    with pytest.raises(Refused):
        world.open_poll(poll, hall.judge)
    with pytest.raises(Refused):
        world.close_poll(poll, hall.for_a)
    world.close_poll(poll, hall.judge)
    with pytest.raises(Refused) as again:
        world.close_poll(poll, hall.judge)
    assert again.value.code == "poll_not_open"


def test_polls_open_only_while_the_meeting_goes_on(hall: Hall) -> None:
    for state in ("draft", "convened", "adjourned", "closed"):
        meeting = world.make_meeting(hall.case, state=state)
        resolution = world.make_resolution(meeting)
        with pytest.raises(Refused):
            world.open_poll(resolution, hall.judge)
        resolution.refresh_from_db()
        assert resolution.state == ResolutionState.DRAFT


def test_the_judge_confirms_once_and_declines_with_reasons(hall: Hall) -> None:
    poll = hall.poll()
    seen = world.viewer(hall.judge, hall.meeting)
    for attempt in ("open", "closed"):
        with pytest.raises(Refused):
            verbs.confirm_outcome(hall.meeting, poll.pk, "declined", "", seen)
        if attempt == "open":
            world.close_poll(poll, hall.judge)
    with pytest.raises(Refused) as no_judge:
        verbs.confirm_outcome(
            hall.meeting, poll.pk, "confirmed", "", world.viewer(hall.administrator, hall.meeting)
        )
    assert no_judge.value.code == "not_allowed"
    verbs.confirm_outcome(hall.meeting, poll.pk, "declined", "程序不合法", seen)
    with pytest.raises(Refused):
        verbs.confirm_outcome(hall.meeting, poll.pk, "confirmed", "", seen)
    kinds = list(LedgerEntry.objects.filter(meeting=hall.meeting).values_list("kind", flat=True))
    assert kinds == [
        "register_frozen", "poll_opened", "poll_closed", "result", "outcome_confirmed",
    ]  # fmt: skip
    assert chain.problems(book.entries_of(hall.meeting)) == []


def test_models_and_migration_agree() -> None:
    call_command("makemigrations", "voting", check=True, dry_run=True, verbosity=0)
