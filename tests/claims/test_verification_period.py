"""How long claims are verified, the fifteen days after it, and the reminders of them."""

from datetime import UTC, datetime, timedelta

import pytest

from creditor_meetings.cases import clock
from creditor_meetings.claims import verification_clock
from creditor_meetings.claims.models import Objection, VerificationPeriod
from creditor_meetings.meetings import verification_reminders
from creditor_meetings.meetings.models import Meeting, Notice
from creditor_meetings.realtime import registry
from tests.claims.verifying import House, make_house, object_as
from tests.support import world
from voting import due

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> House:
    return make_house()


def in_days(days: float) -> str:
    return clock.rfc3339(clock.now() + timedelta(days=days))


def close(house: House) -> None:
    house.done("judge", "close_meeting")
    house.meeting.refresh_from_db()


@pytest.mark.parametrize(
    ("end", "last"),
    [
        # 23:30 in Shanghai: the day of the end does not count.
        (datetime(2026, 3, 2, 15, 30, tzinfo=UTC), datetime(2026, 3, 17, 15, 59, 59, tzinfo=UTC)),
        # Half an hour later it is another day there.
        (datetime(2026, 3, 2, 16, 0, tzinfo=UTC), datetime(2026, 3, 18, 15, 59, 59, tzinfo=UTC)),
        (datetime(2024, 2, 20, 1, 0, tzinfo=UTC), datetime(2024, 3, 6, 15, 59, 59, tzinfo=UTC)),
    ],
)
def test_fifteen_days_are_counted_by_the_courts_calendar(end: datetime, last: datetime) -> None:
    assert verification_clock.deadline_after(end).astimezone(UTC) == last


def test_without_a_period_verification_ends_with_the_meeting(house: House) -> None:
    assert house.state("bank")["verification_period"]["ends_at"] is None
    assert verification_clock.suit_deadline(house.meeting.case) is None
    close(house)
    told = house.state("bank")["verification_period"]
    assert told["ends_at"] == clock.rfc3339(house.meeting.closed_at)
    assert told["announced"] is False
    assert verification_clock.ends_at(house.meeting.case) == house.meeting.closed_at
    assert verification_clock.is_over(house.meeting.case_id)


def test_with_one_it_goes_on_after_the_close_until_its_end(house: House) -> None:
    first = object_as(house, "bank", "supplier")
    house.done("administrator", "set_verification_period", ends_at=in_days(10))
    close(house)
    house.done("supplier", "confirm_claim", claim=house.claim("supplier"))
    second = object_as(house, "litigant", "litigant")
    house.done("administrator", "answer_objection", objection=second, answer="核对后答复")
    house.done("bank", "withdraw_objection", objection=first)
    assert not Objection.objects.filter(late=True).exists()
    with clock.set_to(clock.now() + timedelta(days=11)):
        late = object_as(house, "bank", "supplier")
        assert house.refused("litigant", "confirm_claim", claim=house.claim("litigant")) == (
            "not_allowed"
        )
        # Nobody is locked out of saying that it went to court, or that it agrees after all.
        house.done("bank", "note_suit", objection=late, suit="（2026）沪03民初1号")
        house.done("litigant", "withdraw_objection", objection=second)
        told = house.state("bank")["objections"][str(late)]
        assert told["late"] is True
        assert told["suit"] == "（2026）沪03民初1号"


def test_the_end_is_moved_with_a_reason_and_declared(house: House) -> None:
    for who in ("clerk", "supplier", "debtor", "observer"):
        assert house.refused(who, "set_verification_period", ends_at=in_days(1)) == "not_allowed"
        assert house.refused(who, "end_verification") == "not_allowed"
    house.done("judge", "set_verification_period", ends_at=in_days(3), reason="会后继续核查")
    assert house.refused("judge", "set_verification_period", ends_at=in_days(5)) == "bad_request"
    house.done("administrator", "set_verification_period", ends_at=in_days(5), reason="债权人较多")
    assert house.state("observer")["verification_period"]["reason"] == "债权人较多"
    for wrong in (in_days(-1), in_days(400), "2026-01-01", 5):
        data = {"ends_at": wrong, "reason": "x"}
        assert house.refused("judge", "set_verification_period", **data) == "bad_request"
    house.done("administrator", "end_verification", reason="已经核查完毕")
    assert house.refused("judge", "end_verification") == "bad_request"
    assert object_as(house, "bank", "supplier")
    assert Objection.objects.get().late is True
    # And goes on again where it has to.
    house.done("judge", "set_verification_period", ends_at=in_days(5), reason="补充核查")
    house.done("supplier", "confirm_claim", claim=house.claim("supplier"))


def test_a_later_meeting_verifies_what_was_filed_late(house: House) -> None:
    house.done("administrator", "end_verification")
    close(house)
    with clock.set_to(clock.now() + timedelta(days=30)):
        second = world.make_meeting(house.meeting.case, "convened")
        in_first, house.meeting = house.meeting, second
        house.done("judge", "open_meeting")
        second.refresh_from_db()
        house.done("supplier", "confirm_claim", claim=house.claim("supplier"))
        object_as(house, "bank", "supplier")
        assert Objection.objects.get().late is False
        close(house)
        assert verification_clock.ends_at(second.case_id) == second.closed_at
        assert in_first.closed_at < second.closed_at


def test_stale_state_and_events_are_a_fresh_snapshot_for_everybody(house: House) -> None:
    other = world.make_meeting(house.meeting.case, "convened")
    rooms = (house.meeting, other)
    before = {
        (who, room): world.take_snapshot(house.people[who], room)
        for who in house.everybody
        for room in rooms
    }
    object_as(house, "bank", "supplier")
    house.done("administrator", "set_verification_period", ends_at=in_days(2), reason="a")
    house.done("administrator", "set_verification_period", ends_at=in_days(4), reason="b")
    close(house)
    with clock.set_to(clock.now() + timedelta(days=5)):
        due.close_all_due()
        for (who, room), (seq, state) in before.items():
            fresh = world.take_snapshot(house.people[who], room)[1]
            assert world.catch_up(house.people[who], room, seq, state) == fresh, (who, room.slug)
    assert VerificationPeriod.objects.get().ended_at is not None


def test_creditors_with_standing_objections_are_reminded_twice_and_no_more(house: House) -> None:
    assert verification_reminders.due in registry.watches()
    object_as(house, "bank", "supplier")
    object_as(house, "debtor", "supplier")
    withdrawn = object_as(house, "litigant", "supplier")
    house.done("litigant", "withdraw_objection", objection=withdrawn)
    house.done("administrator", "set_verification_period", ends_at=in_days(2))
    now = clock.now()
    sent = []
    for day in (1, 3, 3.5, 10, 13.3, 14.5, 16, 30):
        with clock.set_to(now + timedelta(days=day)):
            due.close_all_due()
            verification_reminders.due(house.meeting.pk)
            sent.append(Notice.objects.count())
    assert sent == [0, 1, 1, 1, 1, 2, 2, 2]
    for notice in Notice.objects.all():
        assert notice.kind == "verification"
        assert "第八条" in notice.text
        told = set(notice.deliveries.values_list("creditor", flat=True))
        assert told == {house.creditors["bank"].pk}
    told = house.state("bank")["my_notices"][str(house.creditors["bank"].pk)]
    assert len(told) == 2


def test_a_server_that_was_away_reminds_nobody_afterwards(house: House) -> None:
    object_as(house, "bank", "supplier")
    house.done("administrator", "set_verification_period", ends_at=in_days(2))
    with clock.set_to(clock.now() + timedelta(days=40)):
        due.close_all_due()
        verification_reminders.due(house.meeting.pk)
        assert not Notice.objects.exists()


def test_a_draft_meeting_verifies_nothing(house: House) -> None:
    Meeting.objects.filter(pk=house.meeting.pk).update(state="draft", opened_at=None)
    house.meeting.refresh_from_db()
    data = {"ends_at": in_days(3)}
    assert house.refused("judge", "set_verification_period", **data) == "bad_request"
    assert house.refused("judge", "end_verification") == "bad_request"
