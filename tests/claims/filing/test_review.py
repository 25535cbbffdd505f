"""Review: two at a time without treading on each other, into the table, told, on record."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from creditor_meetings.cases import clock
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import CaseRole, Creditor, Person
from creditor_meetings.claims import history, news
from creditor_meetings.claims.filing import deciding, desk, drafting, identity
from creditor_meetings.claims.models import Claim, ClaimChange, Filing, FilingState
from creditor_meetings.claims.review import adjust_claim
from tests.claims.filing.conftest import FILLED, IN_TIME, House, Outbox, decision
from tests.support import world


def decide(house: House, filing: Filing, by: Person | None = None, **values) -> Filing:
    """Decide as it is now."""
    filing.refresh_from_db()
    return deciding.decide(
        filing,
        decision(**values),
        house.viewer(by or house.administrator),
        version=filing.version,
        claim_version=filing.claim.version if filing.claim else None,
        address="192.0.2.8",
    )


def test_a_decided_filing_is_an_entry_of_the_table(house: House, outbox: Outbox) -> None:
    world.make_creditor(house.case, "温州供货有限公司")
    filing = house.submitted()
    outbox.sent.clear()
    before = news.revision(house.case.pk)
    done = decide(house, filing, interest=1_000_50, conclusion="partly_confirmed",
                  reason="利息计算有误。", let_in=True)  # fmt: skip
    claim = Claim.objects.get(filing=filing)
    assert (claim.position, claim.creditor.position) == (2, 2)
    assert claim.creditor.name == FILLED["creditor_name"]
    assert (claim.filed_fen, claim.confirmed_fen) == (103_210_50, 101_000_50)
    assert (claim.confirmed_principal_fen, claim.confirmed_interest_fen) == (100_000_00, 1_000_50)
    assert (claim.conclusion, claim.reason, claim.late) == (
        "partly_confirmed", "利息计算有误。", False,
    )  # fmt: skip
    assert done.state == FilingState.DECIDED
    assert news.revision(house.case.pk) > before
    held = CaseRole.objects.get(person=house.author)
    assert (held.role, held.creditor, held.active) == ("creditor", claim.creditor, True)
    change = ClaimChange.objects.get(claim=claim)
    assert (change.after, change.by, change.address) == (
        filing.number, house.administrator, "192.0.2.8",
    )  # fmt: skip
    assert [one.to for one in outbox.sent] == ["13700000001", "chen@example.cn"]
    done.refresh_from_db()
    assert done.notified_at is not None


def test_a_late_filing_is_a_late_claim(house: House) -> None:
    with clock.set_to(IN_TIME + timedelta(days=60)):
        filing = decide(house, house.submitted())
    assert filing.claim is not None
    assert filing.claim.late


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"principal": 100_000_01}, "本金"),
        ({"interest": 0}, "部分确认"),
        ({"conclusion": "partly_confirmed", "reason": "x"}, "部分确认"),
        ({"conclusion": "rejected", "reason": "x"}, "应为 0"),
        ({"conclusion": "rejected", "principal": 0, "interest": 0}, "理由"),
        ({"conclusion": "partly_confirmed", "interest": 0}, "理由"),
    ],
)
def test_a_wrong_decision_changes_nothing(house: House, values: dict, words: str) -> None:
    filing = house.submitted()
    with pytest.raises(Refused, match=words):
        decide(house, filing, **values)
    assert not Claim.objects.exists()
    assert not Creditor.objects.exists()
    filing.refresh_from_db()
    assert filing.state == FilingState.SUBMITTED


def test_what_collateral_does_not_cover_is_of_secured_claims(house: House) -> None:
    filing = house.submitted()
    secured = {"nature": "secured", "collateral": "机器设备", "unsecured_part": 100_00}
    with pytest.raises(Refused, match="不足清偿"):
        decide(house, filing, **{**secured, "unsecured_part": 103_210_51})
    claim = decide(house, filing, **secured).claim
    assert claim is not None
    assert claim.unsecured_part_fen == 100_00
    with pytest.raises(Refused, match="不足清偿"):
        adjust_claim(claim, {"nature": "ordinary"}, house.viewer(house.administrator), reason="x")


def test_open_rooms_follow_a_decision(house: House) -> None:
    known = world.make_creditor(house.case, "温州供货有限公司")
    meeting = world.make_meeting(house.case)
    people = [
        world.make_person(house.case, "creditor", known),
        house.judge,
        house.administrator,
        world.make_person(house.case, "observer"),
    ]
    before = [world.take_snapshot(one, meeting) for one in people]
    filing = decide(house, house.submitted(), let_in=True)
    for person, (seq, stale) in zip(people, before, strict=True):
        fresh = world.take_snapshot(person, meeting)[1]
        assert world.catch_up(person, meeting, seq, stale) == fresh
    # Whoever was let in has the room now, with the own claim.
    own = world.take_snapshot(house.author, meeting)[1]
    assert filing.claim is not None
    assert str(filing.claim.pk) in own["my_claims"][str(filing.claim.creditor_id)]


def test_only_the_administrator_decides(house: House) -> None:
    filing = house.submitted()
    with pytest.raises(Refused):
        decide(house, filing, by=house.judge)
    with pytest.raises(Refused):
        desk.take(filing, house.viewer(house.judge))


def test_the_same_identity_number_is_one_head(house: House) -> None:
    known = world.make_creditor(house.case, FILLED["creditor_name"])
    Creditor.objects.filter(pk=known.pk).update(
        identity_number=identity.kept(FILLED["identity_number"]), phone="01012345678"
    )
    filing = decide(house, house.submitted())
    assert Creditor.objects.count() == 1
    assert filing.creditor == known
    assert known.claims.count() == 2
    # A number that stands on every letterhead lets nobody in by itself.
    assert not CaseRole.objects.filter(person=house.author).exists()
    known.refresh_from_db()
    assert known.phone == "01012345678"


def test_another_name_under_the_same_number_must_be_checked(house: House) -> None:
    known = world.make_creditor(house.case, "另一家公司")
    Creditor.objects.filter(pk=known.pk).update(identity_number=FILLED["identity_number"])
    filing = house.submitted()
    with pytest.raises(Refused, match="另一家公司"):
        decide(house, filing)
    assert decide(house, filing, same_creditor=True).creditor == known


def test_filings_under_one_number_are_pointed_out(house: House) -> None:
    first, second = house.submitted(), house.submitted(principal_fen=9_00)
    assert list(deciding.alike(first)) == [second]
    drafting.withdraw(second, house.author)
    assert not deciding.alike(first).exists()


def test_a_decision_is_changed_by_adjusting_the_entry(house: House) -> None:
    filing = decide(house, house.submitted())
    assert filing.claim is not None
    with pytest.raises(Refused, match="修改的理由"):
        decide(house, filing, conclusion="rejected", principal=0, interest=0, reason="无据。")
    again = decide(
        house,
        filing,
        conclusion="rejected",
        principal=0,
        interest=0,
        reason="证据系伪造。",
        why="复核",
    )
    claim = Claim.objects.get()
    assert (claim.conclusion, claim.confirmed_fen) == ("rejected", 0)
    assert again.conclusion == "rejected"
    changed = ClaimChange.objects.filter(claim=claim, reason="复核")
    assert "conclusion" in changed.values_list("field", flat=True)
    labels = [line.after for act in history.of_claim(claim) for line in act.lines]
    assert "不予确认" in labels


def test_an_entry_changed_meanwhile_is_not_overwritten(house: House) -> None:
    filing = decide(house, house.submitted())
    claim = filing.claim
    assert claim is not None
    seen = claim.version
    adjust_claim(
        Claim.objects.get(pk=claim.pk),
        {"note": "对账中"},
        house.viewer(house.colleague),
        reason="x",
    )
    with pytest.raises(Refused, match="他人修改"):
        deciding.decide(
            filing,
            decision(why="复核", reason="y"),
            house.viewer(house.administrator),
            version=filing.version,
            claim_version=seen,
        )


# --- several people at the queue ---


def test_two_reviewers_do_not_tread_on_each_other(house: House) -> None:
    filing = house.submitted()
    seen = filing.version
    desk.take(filing, house.viewer(house.administrator))
    with pytest.raises(Refused, match="周明"):
        desk.take(filing, house.viewer(house.colleague))
    with pytest.raises(Refused, match="周明"):
        deciding.decide(filing, decision(), house.viewer(house.colleague), version=seen)
    desk.take(filing, house.viewer(house.colleague), why="周明外出")
    with pytest.raises(Refused, match="何青"):
        decide(house, filing)
    assert filing.changes.get(field="taken_by").reason == "周明外出"
    decide(house, filing, by=house.colleague)
    with pytest.raises(Refused, match="刚有变化"):
        deciding.decide(filing, decision(), house.viewer(house.administrator), version=seen)
    assert Claim.objects.count() == 1


def test_a_hold_ends_by_itself_and_is_renewed_by_an_open_page(house: House) -> None:
    filing = house.submitted()
    desk.take(filing, house.viewer(house.administrator))
    later = IN_TIME + desk.HELD - timedelta(seconds=1)
    with clock.set_to(later):
        assert desk.renew(filing, house.viewer(house.administrator)).is_of(house.administrator)
    with clock.set_to(later + desk.HELD + timedelta(seconds=1)):
        desk.take(filing, house.viewer(house.colleague))
        assert desk.renew(filing, house.viewer(house.administrator)).is_of(house.colleague)
        desk.release(filing, house.viewer(house.administrator))
        filing.refresh_from_db()
        assert desk.hold_of(filing).is_of(house.colleague)


def test_the_next_one_is_nobody_elses(house: House) -> None:
    first, second = house.submitted(), house.submitted(principal_fen=9_00)
    assert desk.take_next(house.case, house.viewer(house.administrator)) == first
    assert desk.take_next(house.case, house.viewer(house.colleague)) == second
    assert desk.take_next(house.case, house.viewer(house.colleague)) is None


def test_what_was_withdrawn_under_review_is_not_decided(house: House) -> None:
    filing = house.taken(house.submitted())
    drafting.withdraw(filing, house.author)
    with pytest.raises(Refused):
        deciding.decide(
            filing, decision(), house.viewer(house.administrator), version=filing.version
        )
    assert not Claim.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_is_told_to_look_again(house: House) -> None:
    filing = house.submitted()
    results: list[str] = []
    gate = threading.Barrier(2)

    def act(person: Person) -> None:
        viewer = house.viewer(person)
        gate.wait()
        try:
            deciding.decide(filing, decision(), viewer, version=filing.version)
            results.append("done")
        except Refused as refusal:
            results.append(refusal.message)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=act, args=[one]) for one in (house.administrator, house.colleague)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results)[0] == "done"
    assert results.count("done") == 1
    assert Claim.objects.count() == 1
