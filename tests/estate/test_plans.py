"""A plan from draft to payment, and the next one after it."""

import io
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import viewer_for
from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.money import fen
from creditor_meetings.claims.models import Claim, Objection
from creditor_meetings.claims.review import adjust_claim
from creditor_meetings.estate import content, plan_files, plans, rows, store
from creditor_meetings.estate.account import account_of
from creditor_meetings.estate.models import EstateChange, PlanState
from tests.estate.conftest import House

pytestmark = pytest.mark.django_db


def lines(data) -> dict[str, tuple[int, int, int]]:
    """By creditor: out of collateral, in its rank, set aside."""
    return {
        one["name"].removeprefix("债权人 "): (
            one["collateral_paid_fen"],
            one["paid_fen"],
            one["set_aside_fen"] + one["collateral_set_aside_fen"],
        )
        for one in data["claims"]
    }


def furnish(house: House) -> None:
    """A factory under a mortgage, sold for 6,000.00; with 2,000.00 of other money."""
    house.asset(
        "厂房", state="sold", realised_fen="6100.00", costs_fen="100.00",
        realised_on=date(2026, 2, 1), liens="1:1、2:2",
    )  # fmt: skip
    house.money("sale", "6100.00")
    house.money("taken_over", "3000.00")
    house.money("expenses", "100.00")


def test_the_table_follows_the_case(house: House) -> None:
    furnish(house)
    plan = house.plan(
        reserve_fen="500.00",
        costs=[{"kind": "expenses", "name": "管理人报酬", "fen": fen("200.00")}],
    )
    data = plans.computed(plan)
    assert data["basis"]["balance_fen"] == fen("9000.00")
    assert data["free_fen"] == fen("2500.00")
    assert data["total_fen"] == fen("8500.00")
    found = lines(data)
    # The builder before the bank, whatever the ranks say.
    assert found["builder"] == (fen("1000.00"), 0, 0)
    assert found["bank"][0] == fen("5000.00")
    assert found["worker"][1] == fen("500.00")
    assert found["tax"][1] == fen("300.00")
    # 1,500.00 for 3,000.00 + 1,000.00 + 2,000.01 + 999.99 of ordinary claims.
    assert found["supplier"] == (0, fen("214.29"), 0)
    assert found["litigant"] == (0, 0, fen("214.28"))
    assert found["fined"] == (0, 0, 0)
    assert data["left_fen"] == 0
    assert sum(data[name] for name in ("paid_fen", "set_aside_fen", "left_fen")) == fen("8500.00")


def test_what_the_account_does_not_hold_is_not_distributed(house: House) -> None:
    furnish(house)
    plan = house.plan(reserve_fen="3000.01")
    with pytest.raises(Refused, match=r"9,000\.00"):
        plans.computed(plan)
    assert plans.computed(house.plan(free_fen="1.00"))["free_fen"] == 100


def test_what_is_published_never_changes(house: House) -> None:
    furnish(house)
    plan = house.published()
    assert plan.state == PlanState.PUBLISHED
    before = plans.computed(plan)
    claim = Claim.objects.get(creditor=house.creditors["supplier"])
    adjust_claim(
        claim, {"confirmed_fen": fen("1.00"), "conclusion": "partly_confirmed"},
        viewer_for(house.people["administrator"], house.case), reason="更正",
    )  # fmt: skip
    house.money("other_in", "5.00")
    content.load.cache_clear()
    assert plans.computed(plan) == before
    assert content.encode(content.outcome(before)) == content.encode(before)
    book = load_workbook(io.BytesIO(store.read(plan.xlsx_sha256)))
    assert book.sheetnames[0] == "分配表"
    assert store.read(plan.pdf_sha256).startswith(b"%PDF-")
    with pytest.raises(Refused):
        plans.change(
            plan, {name: getattr(plan, name) for name in plans.FIELDS}, house.author(), version=None
        )
    store.path_of(plan.content_sha256).write_bytes(b"{}")
    content.load.cache_clear()
    with pytest.raises(Refused):
        plans.computed(plan)


def test_only_what_was_looked_at_is_published(house: House) -> None:
    furnish(house)
    plan = house.plan()
    seen = store.keep(content.encode(plans.computed(plan)))
    house.money("other_in", "5.00")
    with pytest.raises(Refused, match="刚有变化"):
        plans.publish(plan, house.author(), seen=seen)
    plan.refresh_from_db()
    assert plan.state == PlanState.DRAFT


def test_the_spreadsheet_runs_nothing_and_names_nobody_s_number(house: House) -> None:
    furnish(house)
    creditor = house.creditors["supplier"]
    creditor.name = '=HYPERLINK("http://x","y")'
    creditor.save()
    plan = house.published(title="+1+1")
    book = load_workbook(io.BytesIO(store.read(plan.xlsx_sha256)))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    values = {str(cell.value) for cell in cells}
    assert creditor.name in values
    assert not [v for v in values for one in house.creditors.values() if one.identity_number in v]
    sheet = book["分配表"]
    assert sheet.cell(sheet.max_row, 11).value == sum(
        sheet.cell(row, 11).value for row in range(4, sheet.max_row)
    )


def test_objections_put_money_aside(house: House) -> None:
    def object_to(name: str, by: str | None) -> None:
        Objection.objects.create(
            claim=Claim.objects.get(creditor=house.creditors[name]),
            person=house.people["judge"],
            creditor=house.creditors[by] if by else None, reasons="异议", at=clock.now(),
        )  # fmt: skip

    object_to("trader", "supplier")
    object_to("tax", None)
    Claim.objects.filter(creditor=house.creditors["supplier"]).update(
        filed_fen=fen("1500.00"), principal_fen=fen("1500.00")
    )
    object_to("supplier", "supplier")
    house.money("taken_over", "5000.00")
    data = plans.computed(house.plan(pending="none"))
    found = lines(data)
    assert found["tax"] == (0, 0, fen("300.00"))
    assert found["trader"] == (0, 0, fen("2000.01"))
    assert found["supplier"] == (0, fen("1000.00"), fen("500.00"))
    assert found["litigant"] == (0, 0, 0)
    paid = lines(plans.computed(house.plan(disputed="pay", pending="none")))
    assert paid["trader"] == (0, fen("2000.01"), 0)


def test_a_further_distribution_counts_on_the_first(house: House) -> None:
    house.asset(
        "厂房", state="sold", realised_fen="6000.00", realised_on=date(2026, 2, 1), liens="1",
    )  # fmt: skip
    house.money("sale", "6000.00")
    house.money("taken_over", "2800.00")
    first = house.published()
    data = plans.computed(first)
    # After workers and tax 2,000.00 for 2,000.00 that the bank's collateral did not cover,
    # 1,000.00, 2,000.01 and 999.99; the builder waits for a collateral that nobody registered.
    assert lines(data)["supplier"] == (0, fen("333.33"), 0)
    plans.execute(first, house.author(), day=date(2026, 4, 1), ruling="（2026）沪03破1号之二")
    first.refresh_from_db()
    assert first.state == PlanState.EXECUTED
    account = account_of(house.case)
    assert account.balance_fen == data["set_aside_fen"] + data["left_fen"]

    litigant = Claim.objects.get(creditor=house.creditors["litigant"])
    adjust_claim(
        litigant, {"confirmed_fen": fen("999.99"), "conclusion": "confirmed"},
        viewer_for(house.people["administrator"], house.case), reason="判决生效",
    )  # fmt: skip
    house.money("recovered", "600.00")
    second = house.published(title="第二次分配方案")
    more = plans.computed(second)
    assert more["held_fen"] == data["set_aside_fen"]
    assert more["free_fen"] == fen("600.00")
    assert more["basis"]["previous"] == [first.number]
    # What was kept for the litigant is paid now, and all ordinary creditors are level.
    got = lines(more)["litigant"][1]
    assert got > lines(data)["litigant"][2]
    whole = {one["name"]: one["received_fen"] + one["paid_fen"] for one in more["claims"]}
    assert (
        abs(whole["债权人 litigant"] + whole["债权人 trader"] - 3 * whole["债权人 supplier"]) <= 3
    )
    assert lines(more)["bank"][0] == 0

    plans.execute(second, house.author(), day=date(2026, 5, 1), ruling="")
    assert account_of(house.case).balance_fen == more["set_aside_fen"] + more["left_fen"]


def test_who_files_late_missed_what_was_distributed(house: House) -> None:
    from tests.support import world

    house.money("taken_over", "2800.00")
    first = house.published(pending="none")
    plans.execute(first, house.author(), day=date(2026, 4, 1), ruling="")
    late = world.make_creditor(house.case, "债权人 late", confirmed="1000.00")
    Claim.objects.filter(creditor=late).update(late=True)
    house.money("recovered", "400.01")
    data = plans.computed(house.plan(pending="none", title="第二次"))
    found = lines(data)
    # 400.01 for 1,000.00 + 2,000.01 + 1,000.00: a tenth each, and no more for the late one.
    assert found["late"][1] == fen("100.00")
    assert abs(found["supplier"][1] - fen("100.00")) <= 1
    assert abs(found["trader"][1] - fen("200.00")) <= 1


def test_of_two_plans_on_the_same_money_one_is_carried_out(house: House) -> None:
    house.money("taken_over", "2800.00")
    first, second = house.published(), house.published(title="另一份")
    plans.execute(second, house.author(), day=date(2026, 4, 1), ruling="")
    with pytest.raises(Refused, match="另一份方案已经执行"):
        plans.execute(first, house.author(), day=date(2026, 4, 1), ruling="")


def test_everything_is_on_record(house: House) -> None:
    furnish(house)
    plan = house.published()
    plans.execute(plan, house.author(), day=date(2026, 4, 1), ruling="之二")
    draft = house.plan()
    values = {name: getattr(draft, name) for name in plans.FIELDS} | {"reserve_fen": 100}
    assert plans.change(draft, values, house.author("留作诉讼费"), version=0) == ["reserve_fen"]
    with pytest.raises(Refused, match="他人修改"):
        plans.change(draft, values, house.author(), version=0)
    plans.discard(draft, house.author("不用了"))
    with pytest.raises(NotFound):
        plans.discard(draft, house.author())
    done = EstateChange.objects.filter(plan__isnull=False).order_by("pk")
    assert [one.field for one in done] == [
        "added", "published", "executed", "added", "reserve_fen", "discarded"
    ]  # fmt: skip
    assert {(one.by.name, one.address) for one in done} == {("administrator", "192.0.2.7")}


def test_the_administrator_alone_writes(house: House) -> None:
    from creditor_meetings.estate.record import Author

    plan = house.plan()
    entry = house.money("interest", "1.00")
    for name in ("judge", "clerk", "bank", "observer"):
        author = Author(viewer_for(house.people[name], house.case), "理由")
        for act in (
            lambda author=author: plans.discard(plan, author),
            lambda author=author: rows.remove(entry, author),
            lambda author=author: plans.publish(plan, author, seen=""),
        ):
            with pytest.raises(Refused):
                act()


def test_the_files_of_many_claims_are_made_aside(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan_files, "MANY", 2)
    begun: list[int] = []
    monkeypatch.setattr(plan_files, "make_soon", begun.append)
    house.money("taken_over", "2800.00")
    plan = house.published()
    assert (plan.xlsx_sha256, plan.pdf_sha256) == ("", "")
    client = Client()
    client.force_login(house.people["supplier"])
    page = client.get(reverse("estate:plan", args=[house.case.pk, plan.pk])).content.decode()
    assert "正在生成" in page
    path = reverse("estate:plan_file", args=[house.case.pk, plan.pk, "pdf"])
    assert client.get(path).status_code == 503
    assert plan.pk in begun
    plan_files.make(plan)
    plan.refresh_from_db()
    assert b"".join(client.get(path)).startswith(b"%PDF-")
    kept = plan.pdf_sha256
    plan_files.make(plan)
    plan.refresh_from_db()
    assert plan.pdf_sha256 == kept
