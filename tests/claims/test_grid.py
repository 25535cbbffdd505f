"""The claims table as a grid: sorted, filtered, paged, at the same cost however long it is."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from creditor_meetings.cases import clock
from creditor_meetings.cases.models import Case, Creditor, Person
from creditor_meetings.claims.grid import listing
from creditor_meetings.claims.models import Claim, Objection
from creditor_meetings.claims.wish import Wish
from creditor_meetings.meetings.models import Meeting
from tests.support import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> Case:
    return world.make_case()


@pytest.fixture
def creditors(case: Case) -> dict[str, Creditor]:
    made = {
        "甲": world.make_creditor(case, "甲公司", confirmed="300.00"),
        "乙": world.make_creditor(case, "乙公司", nature="secured", confirmed="100.00"),
        "丙": world.make_creditor(case, "丙公司", confirmed="300.00"),
        "丁": world.make_creditor(
            case, "丁公司", nature="secured", confirmed="0.00", filed="900.00",
            conclusion="rejected",
        ),
    }  # fmt: skip
    Claim.objects.filter(creditor=made["丁"]).update(late=True)
    return made


def found(case: Case, person: Person, query: str = "", **more) -> list[str]:
    query = dict(re.findall(r"(\w+)=([^&]*)", query))
    seen = world.viewer(person, Meeting(case=case))
    shown = listing(case, seen, Wish.of(query), open_to_all=True, **more)
    return [row.claim.creditor.name[0] for row in shown.rows]


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ("", "甲乙丙丁"),
        ("sort=filed", "乙甲丙丁"),
        ("sort=-filed", "丁丙甲乙"),
        ("sort=nature,-filed", "甲丙丁乙"),
        ("sort=-nature,filed", "乙丁丙甲"),
        ("sort=conclusion,-confirmed", "甲丙乙丁"),
        ("sort=nonsense,-filed,filed", "丁丙甲乙"),
        ("nature=secured", "乙丁"),
        ("conclusion=rejected", "丁"),
        ("late=1", "丁"),
        ("nature=secured&late=1&sort=-filed", "丁"),
        ("nature=investor", "甲乙丙丁"),
        ("q=乙公", "乙"),
        ("q=不予确认", "丁"),
        ("q=3", "丙"),
    ],
)
def test_what_is_asked_for_is_shown(
    case: Case, creditors: dict[str, Creditor], query: str, order: str
) -> None:
    # Staff find by identity numbers as well, which hold any digit.
    assert "".join(found(case, world.make_person(case, "observer"), query)) == order


def test_sums_are_of_all_that_was_found(case: Case, creditors: dict[str, Creditor]) -> None:
    seen = world.viewer(world.make_person(case, "clerk"), Meeting(case=case))
    shown = listing(case, seen, Wish(nature="secured"), open_to_all=True, page_size=1)
    assert (shown.sums["count"], shown.sums["filed"], shown.sums["confirmed"]) == (
        2, 100_000, 10_000,
    )  # fmt: skip
    assert (shown.page, shown.pages, len(shown.rows)) == (1, 2, 1)


def test_heads_sort_by_several_columns_one_after_the_other() -> None:
    wish = Wish().sorted_by("filed").sorted_by("nature")
    assert wish.sort == ("nature", "filed")
    assert wish.sorted_by("nature").sort == ("-nature", "filed")
    assert wish.sorted_by("nature").sorted_by("nature").sort == ("filed",)
    assert len(Wish(sort=("name", "filed", "nature")).sorted_by("conclusion").sort) == 3


def test_an_address_says_all_that_is_asked_for() -> None:
    wish = Wish("张", ("nature", "-filed"), "tax", "rejected", True, True, True, 3, 50)
    pairs = re.findall(r"(\w+)=([^&]*)", wish.query().replace("%2C", ","))
    assert Wish.of({**dict(pairs), "q": "张"}) == wish


def test_own_claims_come_first_and_pages_join(case: Case) -> None:
    made = [world.make_creditor(case, f"{number:02d}号") for number in range(25)]
    person = world.make_person(case, "creditor", made[20])
    world.give_role(person, case, "proxy", made[3])
    seen = world.viewer(person, Meeting(case=case))

    def page(number: int) -> list[str]:
        shown = listing(case, seen, Wish(page=number), open_to_all=True, page_size=10)
        return [row.claim.creditor.name[:2] for row in shown.rows]

    everything = [*page(1), *page(2), *page(3)]
    assert everything[:3] == ["03", "20", "00"]
    assert sorted(everything) == [f"{number:02d}" for number in range(25)]
    mine = listing(case, seen, Wish(mine=True), open_to_all=True)
    assert [row.claim.creditor.name[:2] for row in mine.rows] == ["03", "20"]


def object_to(creditors: dict[str, Creditor], who: str, whose: str, person: Person, **more) -> None:
    Objection.objects.create(
        claim=creditors[whose].claims.get(), creditor=creditors.get(who), person=person,
        reasons="不实", at=clock.now(), **more,
    )  # fmt: skip


def test_objected_claims_are_found_by_those_who_may_know(
    case: Case, creditors: dict[str, Creditor]
) -> None:
    people = {
        name: world.make_person(case, "creditor", creditor) for name, creditor in creditors.items()
    }
    object_to(creditors, "甲", "乙", people["甲"])
    object_to(creditors, "丙", "丁", people["丙"], withdrawn_at=clock.now())
    assert found(case, world.make_person(case, "judge"), "objected=1") == ["乙"]
    assert found(case, people["甲"], "objected=1") == ["乙"]
    assert found(case, people["乙"], "objected=1") == ["乙"]
    # Nobody else learns of it, by no filter together with another.
    assert found(case, people["丙"], "objected=1") == []
    assert found(case, world.make_person(case, "observer"), "objected=1") == []
    object_to(creditors, "", "丙", people["甲"])
    assert found(case, world.make_person(case, "debtor"), "objected=1") == ["丙"]


def make_claims(case: Case, number: int) -> None:
    start = Creditor.objects.filter(case=case).count()
    Creditor.objects.bulk_create(
        Creditor(
            case=case, position=start + at + 1, name=f"供应商{start + at}",
            identity_number=f"N{start + at}",
        )
        for at in range(number)
    )  # fmt: skip
    Claim.objects.bulk_create(
        Claim(
            case=case, creditor=one, position=one.position, nature="ordinary",
            filed_fen=100, confirmed_fen=100, conclusion="confirmed",
        )
        for one in Creditor.objects.filter(case=case, position__gt=start)
    )  # fmt: skip


@pytest.mark.parametrize("role", ["administrator", "creditor"])
@pytest.mark.parametrize("query", ["", "?sort=nature,-filed&page=3", "?q=商1&objected=&late="])
def test_a_longer_table_takes_no_more_queries(case: Case, role: str, query: str) -> None:
    make_claims(case, 40)
    own = Creditor.objects.filter(case=case).first()
    person = world.make_person(case, role, own if role == "creditor" else None)
    client = Client()
    client.force_login(person, "django.contrib.auth.backends.ModelBackend")
    meeting = world.make_meeting(case)
    address = f"/meetings/{meeting.slug}/claims/{query}"

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(address, headers={"X-Requested-With": "XMLHttpRequest"})
        assert answer.status_code == 200
        return len(queries)

    asked()  # whatever is kept from the first time
    before = asked()
    make_claims(case, 400)
    assert asked() == before <= 16


def test_the_script_of_a_page_gets_the_table_alone(
    case: Case, creditors: dict[str, Creditor]
) -> None:
    client = Client()
    client.force_login(
        world.make_person(case, "judge"), "django.contrib.auth.backends.ModelBackend"
    )
    asked = {"X-Requested-With": "XMLHttpRequest", "X-Claims-Place": "page"}
    answer = client.get(f"/cases/{case.pk}/claims/?q=甲", headers=asked)
    page = answer.content.decode()
    assert "<html" not in page
    assert "甲公司" in page
    assert "乙公司" not in page
    assert {"X-Requested-With", "X-Claims-Place"} <= set(answer["Vary"].split(", "))


def test_a_row_says_by_which_ruling_it_stands(case: Case, creditors: dict[str, Creditor]) -> None:
    made = case.undisputed_lists.create(
        number=1, state="confirmed", claims=1, creditors=1, confirmed_fen=1, disputed=0,
        content_sha256="", made_by=world.make_person(case, "administrator"), made_at=clock.now(),
        ruling_number="（2026）沪03破1号之三",
    )  # fmt: skip
    claim = creditors["甲"].claims.get()
    made.entries.create(claim=claim, position=1, confirmed_fen=1, version=0)
    seen = world.viewer(world.make_person(case, "observer"), Meeting(case=case))
    shown = listing(case, seen, Wish(), open_to_all=True)
    rulings = {row.claim.creditor.name[0]: row.ruling for row in shown.rows}
    assert rulings == {"甲": "（2026）沪03破1号之三", "乙": "", "丙": "", "丁": ""}
