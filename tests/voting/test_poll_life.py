"""A poll's life: opened with others, extended, suspended with the time given back, voided."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from creditor_meetings.cases import clock
from creditor_meetings.cases.errors import Refused
from creditor_meetings.meetings import verbs as meeting_verbs
from tests.support import world
from voting import book, chart_room, closing, due, poll_changes, verbs
from voting.ledger import chain
from voting.models import (
    ChartImage,
    LedgerEntry,
    Outcome,
    RegisterEntry,
    Resolution,
    ResolutionState,
)

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


class Hall:
    """Two creditors, a chair, a judge, and an open meeting at a moment that stands still."""

    def __init__(self) -> None:
        self.case = world.make_case()
        self.a = world.make_creditor(self.case, "甲", confirmed="300.00")
        self.b = world.make_creditor(self.case, "乙", confirmed="100.00")
        self.meeting = world.make_meeting(self.case)
        self.administrator = world.make_person(self.case, "administrator")
        self.judge = world.make_person(self.case, "judge")
        self.for_a = world.make_person(self.case, "creditor", self.a)
        self.for_b = world.make_person(self.case, "creditor", self.b)
        self.people = [self.administrator, self.judge, self.for_a, self.for_b]
        self.watch()

    def watch(self) -> None:
        """Follow the room from now on: what was made without a verb was told to nobody."""
        self.before = [world.take_snapshot(one, self.meeting) for one in self.people]

    def seen(self, person: Any) -> Any:
        return world.viewer(person, self.meeting)

    def poll(self, **opening: Any) -> Resolution:
        draft = world.make_resolution(self.meeting)
        self.watch()
        return world.open_poll(draft, self.administrator, **opening)

    def state(self, poll: Resolution) -> str:
        return Resolution.objects.get(pk=poll.pk).state

    def told_alike(self) -> None:
        """Ask of everybody that the events since the start lead to the fresh state."""
        for person, (seq, stale) in zip(self.people, self.before, strict=True):
            followed = world.catch_up(person, self.meeting, seq, stale)
            assert followed == world.take_snapshot(person, self.meeting)[1]


@pytest.fixture
def hall() -> Hall:
    return Hall()


def kinds(hall: Hall) -> list[str]:
    entries = list(book.entries_of(hall.meeting))
    assert chain.problems(entries) == []
    return [one.kind for one in entries]


def code(verb: Any, *arguments: Any, **more: Any) -> str:
    with pytest.raises(Refused) as raised:
        verb(*arguments, **more)
    assert raised.value.message
    return raised.value.code


def test_several_open_at_once_or_none(hall: Hall) -> None:
    ids = [world.make_resolution(hall.meeting).pk for _ in range(3)]
    seen = hall.seen(hall.administrator)
    closes_at = clock.now() + HOUR
    opened = verbs.open_polls(hall.meeting, ids, seen, closes_at=closes_at)
    assert [one.pk for one in opened] == ids
    assert {one.closes_at for one in Resolution.objects.all()} == {closes_at}
    fresh = world.make_resolution(hall.meeting)
    hall.watch()
    assert code(verbs.open_polls, hall.meeting, [fresh.pk, ids[0]], seen) == "bad_request"
    assert hall.state(fresh) == ResolutionState.DRAFT
    assert code(verbs.open_polls, hall.meeting, [], seen) == "bad_request"
    for poll in opened[:2]:
        world.cast(hall.for_a, poll, "for")
    outcomes = verbs.close_polls(hall.meeting, ids[:2], seen)
    assert [one.outcome for one in outcomes] == ["passed", "passed"]
    assert code(verbs.close_polls, hall.meeting, [ids[2], ids[0]], seen) == "poll_not_open"
    assert hall.state(opened[2]) == ResolutionState.OPEN
    hall.told_alike()


def test_opening_freezes_practice_and_rule(hall: Hall) -> None:
    hall.meeting.practice = {"secured_general": "none"}
    hall.meeting.save()
    poll = Resolution.objects.get(pk=hall.poll().pk)
    assert poll.practice is not None
    assert poll.frozen_rule is not None
    assert poll.practice["secured_general"] == "none"
    assert poll.practice["attendance"] == "signed_in_or_voted"
    assert poll.frozen_rule["id"] == "prc-ordinary"
    hall.meeting.practice = {}
    hall.meeting.save()
    told = world.take_snapshot(hall.for_a, hall.meeting)[1]["resolutions"][str(poll.pk)]
    assert told["practice"]["secured_general"] == "none"


def test_a_rule_that_is_not_in_force_opens_no_poll(hall: Hall) -> None:
    draft = world.make_resolution(hall.meeting, rule="prc-next-year")
    assert code(world.open_poll, draft, hall.judge) == "bad_request"
    assert not RegisterEntry.objects.exists()


def test_extended_with_reasons_to_a_later_close(hall: Hall) -> None:
    now = clock.now()
    with clock.set_to(now):
        poll = hall.poll(closes_at=now + HOUR)
        seen = hall.seen(hall.administrator)
        extend = poll_changes.extend_poll
        for closes_at, reasons in (
            (now + 2 * HOUR, " "),
            (now + HOUR, "理由"),
            (now - HOUR, "理由"),
            (now + timedelta(days=61), "理由"),
        ):
            assert code(extend, hall.meeting, poll.pk, closes_at, reasons, seen) == "bad_request"
        voter = hall.seen(hall.for_a)
        assert code(extend, hall.meeting, poll.pk, now + 2 * HOUR, "理由", voter) == "not_allowed"
        extend(hall.meeting, poll.pk, now + 2 * HOUR, "应债权人请求", seen, address="192.0.2.7")
    with clock.set_to(now + 1.5 * HOUR):
        assert closing.close_due(hall.meeting.pk) == pytest.approx(1800)
        world.cast(hall.for_a, poll, "for")
        hall.told_alike()
    change = poll.changes.get()
    assert (change.before, change.after) == (now + HOUR, now + 2 * HOUR)
    assert (change.by, change.reasons, change.address) == (
        hall.administrator, "应债权人请求", "192.0.2.7",
    )  # fmt: skip
    body = LedgerEntry.objects.get(kind="poll_extended").body
    assert (body["before"], body["after"]) == (
        clock.rfc3339(now + HOUR), clock.rfc3339(now + 2 * HOUR),
    )  # fmt: skip


def test_a_poll_that_is_over_is_not_extended_whether_or_not_it_was_closed(hall: Hall) -> None:
    now = clock.now()
    with clock.set_to(now):
        poll = hall.poll(closes_at=now + HOUR)
    seen = hall.seen(hall.judge)
    with clock.set_to(now + HOUR):
        later = now + 2 * HOUR
        extend, suspend, void = (
            poll_changes.extend_poll, poll_changes.suspend_poll, poll_changes.void_poll,
        )  # fmt: skip
        for _ in range(2):
            assert code(extend, hall.meeting, poll.pk, later, "理由", seen) == "poll_not_open"
            assert code(suspend, hall.meeting, poll.pk, "理由", seen) == "poll_not_open"
            if hall.state(poll) == ResolutionState.OPEN:
                # Voiding what has ended is the judge's, once it is counted.
                assert code(void, hall.meeting, poll.pk, "理由", seen) == "poll_not_open"
            closing.close_due(hall.meeting.pk)
    poll.refresh_from_db()
    assert (poll.state, poll.closed_at) == (ResolutionState.CLOSED, now + HOUR)


def test_closing_by_hand_after_the_announced_time_is_the_announced_close(hall: Hall) -> None:
    now = clock.now()
    with clock.set_to(now):
        poll = hall.poll(closes_at=now + HOUR)
    with clock.set_to(now + 2 * HOUR):
        world.close_poll(poll, hall.judge)
    poll.refresh_from_db()
    assert (poll.closed_at, poll.closed_by) == (now + HOUR, None)


def test_suspended_nobody_votes_and_the_time_is_given_back(hall: Hall) -> None:
    now = clock.now()
    with clock.set_to(now):
        poll = hall.poll(closes_at=now + HOUR)
        world.cast(hall.for_a, poll, "for")
    seen = hall.seen(hall.administrator)
    with clock.set_to(now + 0.5 * HOUR):
        suspend = poll_changes.suspend_poll
        assert code(suspend, hall.meeting, poll.pk, "", seen) == "bad_request"
        suspend(hall.meeting, poll.pk, "法院网络中断", seen)
        assert code(suspend, hall.meeting, poll.pk, "再次", seen) == "poll_not_open"
        assert code(world.cast, hall.for_b, poll, "for") == "poll_not_open"
        assert code(world.close_poll, poll, hall.judge) == "poll_not_open"
        world.sign_in(hall.for_b, hall.meeting)
        hall.told_alike()
    with clock.set_to(now + 2 * HOUR):
        # Its announced time has come and gone: nobody could vote, and nobody closes it.
        assert closing.close_due(hall.meeting.pk) is None
        assert hall.state(poll) == ResolutionState.SUSPENDED
        poll_changes.resume_poll(hall.meeting, poll.pk, seen)
        assert code(poll_changes.resume_poll, hall.meeting, poll.pk, seen) == "bad_request"
        poll.refresh_from_db()
        assert (poll.closes_at, poll.suspended_at) == (now + 2.5 * HOUR, None)
        world.cast(hall.for_b, poll, "against")
        hall.told_alike()
    with clock.set_to(now + 2.5 * HOUR):
        closing.close_due(hall.meeting.pk)
        hall.told_alike()
    assert Outcome.objects.get().result["groups"][0]["against"]["number"] == 1
    assert [one.kind for one in poll.changes.all()] == ["suspended", "resumed"]
    assert kinds(hall)[-4:] == ["poll_resumed", "ballot", "poll_closed", "result"]


def test_a_running_poll_is_voided_and_the_register_drawn_up_anew(hall: Hall) -> None:
    poll = hall.poll()
    world.cast(hall.for_a, poll, "for")
    drawn = ChartImage.objects.create(resolution=poll, drawn_from="x", drawn_at=clock.now())
    c = world.make_creditor(hall.case, "丙", confirmed="50.00")
    hall.watch()
    seen = hall.seen(hall.administrator)
    assert code(poll_changes.void_poll, hall.meeting, poll.pk, " ", seen) == "bad_request"
    draft = poll_changes.void_poll(hall.meeting, poll.pk, "遗漏债权人丙", seen)
    hall.told_alike()
    assert (draft.state, draft.replaces_id, draft.position, draft.title) == (
        ResolutionState.DRAFT, poll.pk, poll.position, poll.title,
    )  # fmt: skip
    state = world.take_snapshot(hall.for_a, hall.meeting)[1]
    assert state["resolutions"][str(poll.pk)]["replaced_by"] == draft.pk
    assert state["resolutions"][str(poll.pk)]["changes"][0]["reasons"] == "遗漏债权人丙"
    assert str(poll.pk) not in state["participation"] | state["tallies"] | state["outcomes"]
    # A drawing that was under way when the poll was voided is shown to nobody.
    poll.refresh_from_db()
    drawing = chart_room.drawing_of("变价", [], {}, final=False)
    chart_room.keep(poll, drawing, {"zh": "<svg/>", "en": "<svg/>"})
    hall.told_alike()
    drawn.refresh_from_db()
    assert drawn.svg_zh == ""
    assert code(world.cast, hall.for_a, poll, "for") == "poll_not_open"
    world.open_poll(draft, hall.administrator)
    assert set(RegisterEntry.objects.filter(resolution=draft).values_list("name", flat=True)) == {
        "甲", "乙", c.name,
    }  # fmt: skip
    # What was voted in the voided poll counts for nothing in the new one.
    assert world.close_poll(draft, hall.judge).result["groups"][0]["for"]["number"] == 0
    hall.told_alike()
    assert kinds(hall).count("poll_voided") == 1


def test_a_closed_poll_is_the_judges_to_void_until_it_is_confirmed(hall: Hall) -> None:
    first, second = hall.poll(), hall.poll()
    for poll in (first, second):
        world.close_poll(poll, hall.judge)
    void = poll_changes.void_poll
    by_chair, by_judge = hall.seen(hall.administrator), hall.seen(hall.judge)
    assert code(void, hall.meeting, first.pk, "登记有误", by_chair) == "not_allowed"
    void(hall.meeting, first.pk, "登记有误", by_judge)
    assert code(void, hall.meeting, first.pk, "登记有误", by_judge) == "bad_request"
    verbs.confirm_outcome(hall.meeting, second.pk, "confirmed", "", by_judge)
    assert code(void, hall.meeting, second.pk, "登记有误", by_judge) == "bad_request"
    confirm = verbs.confirm_outcome
    assert code(confirm, hall.meeting, first.pk, "confirmed", "", by_judge) == "bad_request"
    hall.told_alike()


def test_a_meeting_closes_while_a_poll_with_an_announced_close_goes_on(hall: Hall) -> None:
    now = clock.now()
    seen = hall.seen(hall.judge)
    with clock.set_to(now):
        poll = hall.poll()
        close = meeting_verbs.change_state
        assert code(close, hall.meeting, "closed", seen) == "bad_request"
        hall.meeting.refresh_from_db()
        assert hall.meeting.state == "open"
        poll_changes.extend_poll(hall.meeting, poll.pk, now + HOUR, "延续表决", seen)
        close(hall.meeting, "closed", seen)
        hall.meeting.refresh_from_db()
        # Who votes after the session attends by it.
        world.cast(hall.for_b, poll, "for")
        poll_changes.suspend_poll(hall.meeting, poll.pk, "系统维护", seen)
        poll_changes.resume_poll(hall.meeting, poll.pk, seen)
        draft = poll_changes.void_poll(hall.meeting, poll.pk, "登记有误", seen)
        # The correction goes on as the poll did, and only so.
        assert code(world.open_poll, draft, hall.judge) == "bad_request"
        anew = world.open_poll(draft, hall.judge, closes_at=now + HOUR)
        world.cast(hall.for_b, anew, "for")
        assert code(hall.poll, closes_at=now + HOUR) == "bad_request"
        hall.told_alike()
    with clock.set_to(now + HOUR):
        closing.close_due(hall.meeting.pk)
    group = Outcome.objects.get().result["groups"][0]
    assert (group["attending"], group["for"]["amount"]) == (1, "100.00")


def test_the_close_is_on_record_with_who_attended(hall: Hall) -> None:
    poll = hall.poll()
    world.sign_in(hall.for_b, hall.meeting)
    world.cast(hall.for_a, poll, "for")
    world.close_poll(poll, hall.judge)
    assert LedgerEntry.objects.get(kind="poll_closed").body["attended"] == [hall.a.pk, hall.b.pk]
    body = LedgerEntry.objects.get(kind="result").body
    assert body["branch"] == {"code": "court_65_1", "article": "EBL 65(1)"}
    assert body["ways"] == {"paper": {}}


def test_the_command_closes_what_is_due_though_nobody_is_there(hall: Hall) -> None:
    now = clock.now()
    with clock.set_to(now):
        due_poll, later = hall.poll(closes_at=now + HOUR), hall.poll(closes_at=now + 3 * HOUR)
    with clock.set_to(now + HOUR):
        call_command("close_due", "--once")
        call_command("close_due", "--once")
    assert hall.state(due_poll) == ResolutionState.CLOSED
    assert hall.state(later) == ResolutionState.OPEN
    assert Outcome.objects.count() == 1


def test_what_fails_in_one_meeting_keeps_no_other_open(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = Hall()
    now = clock.now()
    with clock.set_to(now):
        polls = [one.poll(closes_at=now + HOUR) for one in (hall, elsewhere)]
    close_due = closing.close_due

    def broken(meeting_id: int) -> float | None:
        if meeting_id == hall.meeting.pk:
            raise RuntimeError("broken")
        return close_due(meeting_id)

    monkeypatch.setattr(due, "close_due", broken)
    with clock.set_to(now + HOUR):
        assert due.close_all_due() <= due.LONGEST_REST
    assert [one.state for one in Resolution.objects.order_by("pk")] == ["open", "closed"]
    assert polls[0].pk < polls[1].pk


def test_a_database_that_fails_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing() -> float:
        raise RuntimeError("no database")

    monkeypatch.setattr(due, "close_all_due", failing)
    assert due.look() == due.LONGEST_REST


def test_the_watch_is_off_where_settings_say_so(settings: Any) -> None:
    settings.CLOSE_DUE_IN_SERVER = False
    # Those of other tests may end meanwhile.
    before = set(threading.enumerate())
    assert due.start() is None
    assert set(threading.enumerate()) <= before


@pytest.mark.django_db(transaction=True)
def test_two_that_close_at_once_close_once(hall: Hall) -> None:
    now = clock.now()
    with clock.set_to(now):
        hall.poll(closes_at=now + HOUR)
    with clock.set_to(now + HOUR):
        failed: list[BaseException] = []
        begin = threading.Barrier(3)

        def close() -> None:
            try:
                begin.wait()
                closing.close_due(hall.meeting.pk)
            except BaseException as error:
                failed.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=close) for _ in range(3)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    assert failed == []
    assert Outcome.objects.count() == 1
    assert kinds(hall).count("poll_closed") == 1
