"""A vote from the opened poll to the confirmed outcome."""

import pytest

from creditor_meetings.cases.errors import Refused
from tests.support import world
from voting import verbs
from voting.models import Ballot, LedgerEntry

pytestmark = pytest.mark.django_db


def test_a_vote_is_held() -> None:
    case = world.make_case()
    a = world.make_creditor(case, "甲公司", confirmed="300.00")
    b = world.make_creditor(case, "乙公司", confirmed="200.00")
    s = world.make_creditor(case, "银行", nature="secured", confirmed="8000.00")
    meeting = world.make_meeting(case)
    chair = world.make_person(case, "administrator")
    judge = world.make_person(case, "judge")
    for_a, for_b, for_s = (world.make_person(case, "creditor", one) for one in (a, b, s))
    poll = world.open_poll(world.make_resolution(meeting), chair)
    assert world.cast(for_a, poll, "for")["amount"] == "300.00"
    world.cast(for_b, poll, "against")
    world.cast(for_s, poll, "for")
    outcome = world.close_poll(poll, judge)
    assert outcome.outcome == "passed"
    with pytest.raises(Refused) as refused:
        world.cast(for_a, poll, "against")
    assert refused.value.code == "poll_not_open"
    verbs.confirm_outcome(meeting, poll.pk, "confirmed", "", world.viewer(judge, meeting))
    assert Ballot.objects.count() == 3
    assert LedgerEntry.objects.count() == 11
