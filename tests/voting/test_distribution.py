"""The order of payment by worked cases, each with the article it rests on."""

from fractions import Fraction

import pytest

from voting.rules.distribution import (
    Cost,
    Debt,
    Distribution,
    Estate,
    Lien,
    Pool,
    Rank,
    distribute,
)
from voting.rules.records import Nature


def debt(number: int, nature: str = "ordinary", certain: int = 100, **more) -> Debt:
    return Debt(number, Nature(nature), certain, **more)


def paid(found: Distribution) -> dict[int, int]:
    return {one.number: one.receives_fen for one in found.lines}


def kept(found: Distribution) -> dict[int, int]:
    return {one.number: one.kept_fen for one in found.lines if one.kept_fen}


def test_the_order_of_article_113() -> None:
    estate = Estate(
        1000,
        costs=(Cost(1, Rank.EXPENSES, 100), Cost(2, Rank.COMMON_BENEFIT, 50)),
        debts=(
            debt(1, "employee", 300),
            debt(2, "social_insurance", 100),
            debt(3, "tax", 100),
            debt(4, "ordinary", 500),
            debt(5, "ordinary", 1000),
            debt(6, "subordinated", 500),
        ),
    )
    found = distribute(estate)
    assert found.costs == {1: 100, 2: 50}
    # 350 for 1500: a part of it each, in proportion.
    assert paid(found) == {1: 300, 2: 100, 3: 100, 4: 117, 5: 233, 6: 0}
    assert found.left_fen == 0
    assert [one.full for one in found.steps] == [True, True, True, True, False, False]
    assert found.step(Rank.ORDINARY).level == Fraction(350, 1500)
    assert found.step(Rank.EMPLOYEE).article == "113(1)(1)"


def test_expenses_go_before_common_benefit_debts_and_share_when_short() -> None:
    costs = (
        Cost(1, Rank.EXPENSES, 100),
        Cost(2, Rank.EXPENSES, 200),
        Cost(3, Rank.COMMON_BENEFIT, 100),
    )
    short = distribute(Estate(200, costs=costs, debts=(debt(1, "employee"),)))
    assert short.costs == {1: 67, 2: 133, 3: 0}
    assert not short.covers_expenses
    assert paid(short) == {1: 0}
    # EBL 43(3): what is left after expenses is shared among common-benefit debts.
    more = distribute(Estate(330, costs=(*costs, Cost(4, Rank.COMMON_BENEFIT, 200))))
    assert more.costs == {1: 100, 2: 200, 3: 10, 4: 20}
    assert more.covers_expenses


def test_taxes_and_social_insurance_share_one_place() -> None:
    found = distribute(Estate(100, debts=(debt(1, "tax", 300), debt(2, "social_insurance", 100))))
    assert paid(found) == {1: 75, 2: 25}


def test_collateral_pays_first_and_what_it_does_not_cover_is_ordinary() -> None:
    estate = Estate(
        100,
        pools=(Pool(1, 600, (Lien(1),)),),
        debts=(debt(1, "secured", 1000), debt(2, "ordinary", 600)),
    )
    found = distribute(estate)
    line = found.lines[0]
    assert (line.collateral_paid_fen, line.base_fen, line.paid_fen) == (600, 400, 40)
    assert paid(found) == {1: 640, 2: 60}
    assert found.total_fen == 700


def test_a_surplus_of_collateral_goes_to_the_estate() -> None:
    estate = Estate(0, pools=(Pool(1, 500, (Lien(1),)),), debts=(debt(1, "secured", 300), debt(2)))
    found = distribute(estate)
    assert paid(found) == {1: 300, 2: 100}
    assert found.left_fen == 100


def test_who_waived_priority_takes_part_with_the_whole_claim() -> None:
    estate = Estate(
        0,
        pools=(Pool(1, 300, (Lien(1),)),),
        debts=(debt(1, "secured", 500, waived=True), debt(2, "ordinary", 100)),
    )
    assert paid(distribute(estate)) == {1: 250, 2: 50}


def test_building_work_goes_before_a_mortgage_of_whatever_rank() -> None:
    estate = Estate(
        0,
        pools=(Pool(1, 500, (Lien(1, rank=1), Lien(2, rank=9))),),
        debts=(debt(1, "secured", 400), debt(2, "construction", 300)),
    )
    found = distribute(estate)
    assert [one.collateral_paid_fen for one in found.lines] == [200, 300]


def test_mortgages_by_rank_in_proportion_within_it_and_up_to_their_limit() -> None:
    liens = (Lien(1, 1, limit_fen=100), Lien(2, 2), Lien(3, 2))
    estate = Estate(
        0,
        pools=(Pool(1, 250, liens),),
        debts=(debt(1, "secured", 400), debt(2, "secured", 100), debt(3, "secured", 200)),
    )
    found = distribute(estate)
    assert [one.collateral_paid_fen for one in found.lines] == [100, 50, 100]
    assert [one.base_fen for one in found.lines] == [300, 50, 100]


def test_several_properties_secure_one_claim() -> None:
    estate = Estate(
        0,
        pools=(Pool(2, 300, (Lien(1),)), Pool(1, 300, (Lien(1),))),
        debts=(debt(1, "secured", 400),),
    )
    found = distribute(estate)
    assert paid(found) == {1: 400}
    assert found.left_fen == 200


def test_while_collateral_is_not_sold_the_expected_shortfall_is_set_aside() -> None:
    debts = (debt(1, "secured", 1000, unsecured_fen=300), debt(2, "ordinary", 300))
    for pools in ((Pool(1, None, (Lien(1),)),), ()):
        found = distribute(Estate(200, pools=pools, debts=debts))
        assert found.lines[0].waiting
        assert paid(found) == {1: 0, 2: 100}
        assert kept(found) == {1: 100}


def test_what_is_in_dispute_is_set_aside() -> None:
    estate = Estate(150, debts=(debt(1, certain=0, pending_fen=200), debt(2, certain=100)))
    found = distribute(estate)
    assert paid(found) == {1: 0, 2: 50}
    assert kept(found) == {1: 100}
    assert found.step(Rank.ORDINARY).set_aside_fen == 100


def test_of_a_secured_claim_in_dispute_its_collateral_is_set_aside() -> None:
    estate = Estate(
        0,
        pools=(Pool(1, 500, (Lien(1),)),),
        debts=(debt(1, "secured", 300, pending_fen=400),),
    )
    line = distribute(estate).lines[0]
    assert (line.collateral_paid_fen, line.collateral_set_aside_fen) == (300, 200)
    assert line.base_fen == 200


def test_it_is_known_what_each_property_paid() -> None:
    estate = Estate(
        0,
        pools=(Pool(1, 500, (Lien(1),)), Pool(2, 400, (Lien(1), Lien(2)))),
        debts=(debt(1, "secured", 600), debt(2, "secured", certain=0, pending_fen=100)),
    )
    found = distribute(estate)
    assert [one.shares for one in found.pools] == [{1: (500, 0)}, {1: (100, 0), 2: (0, 100)}]
    assert [one.surplus_fen for one in found.pools] == [0, 200]
    assert found.pools[1].set_aside_fen == 100
    assert found.left_fen == 200


def test_what_was_set_aside_is_paid_when_the_claim_is_confirmed() -> None:
    first = distribute(Estate(150, debts=(debt(1, certain=0, pending_fen=200), debt(2))))
    assert (paid(first), kept(first)) == ({1: 0, 2: 50}, {1: 100})
    # Confirmed with half of it: it gets what the other got, and both share what was freed.
    second = distribute(
        Estate(0, held_fen=100, debts=(debt(1, certain=100), debt(2, received_fen=50)))
    )
    assert paid(second) == {1: 75, 2: 25}
    rejected = distribute(
        Estate(0, held_fen=100, debts=(debt(1, certain=0), debt(2, received_fen=50)))
    )
    assert paid(rejected) == {1: 0, 2: 50}
    assert rejected.left_fen == 50


def test_who_filed_late_does_not_share_in_what_was_distributed_before() -> None:
    # EBL 56: the first distribution paid 50 %, the late claim takes part from the second on.
    late = debt(2, certain=100, missed=Fraction(1, 2))
    second = distribute(Estate(40, debts=(debt(1, received_fen=50), late)))
    assert paid(second) == {1: 20, 2: 20}
    # The others are full before its missed half is looked at, and then it is paid too.
    rich = distribute(Estate(130, debts=(debt(1, received_fen=50), late)))
    assert paid(rich) == {1: 50, 2: 80}


def test_who_was_forgotten_catches_up_first() -> None:
    found = distribute(Estate(60, debts=(debt(1, received_fen=50), debt(2))))
    assert paid(found) == {1: 5, 2: 55}


def test_remaining_fen_go_to_the_largest_remainders_then_to_the_lower_number() -> None:
    equal = distribute(Estate(5, debts=tuple(debt(n) for n in (3, 1, 2))))
    assert paid(equal) == {1: 2, 2: 2, 3: 1}
    # 10 for 60, 30, 11 of 101: 5.94, 2.97, 1.09.
    unequal = distribute(
        Estate(10, debts=(debt(1, certain=60), debt(2, certain=30), debt(3, certain=11)))
    )
    assert paid(unequal) == {1: 6, 2: 3, 3: 1}


@pytest.mark.parametrize(
    ("estate", "words"),
    [
        (Estate(-1), "below zero"),
        (Estate(1, debts=(debt(1), debt(1))), "debt: a number"),
        (Estate(1, debts=(debt(1, "investor"),)), "no place"),
        (Estate(1, pools=(Pool(1, 5, (Lien(7),)),)), "pool 1"),
        (Estate(1, costs=(Cost(1, Rank.ORDINARY, 1),)), "cost"),
        (Estate(1, debts=(debt(1, missed=Fraction(2)),)), "missed"),
    ],
)
def test_what_no_estate_can_be(estate: Estate, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        distribute(estate)
