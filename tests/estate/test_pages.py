"""The pages of the estate, by role: who sees what, what is kept of a form, what refuses."""

import io
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from creditor_meetings.cases.money import fen
from creditor_meetings.estate import content, tables
from creditor_meetings.estate.account import account_of
from creditor_meetings.estate.models import Asset, Entry, EstateChange, Plan
from tests.estate.conftest import House
from tests.support import world

pytestmark = pytest.mark.django_db


def at(house: House, name: str, *arguments: object) -> str:
    return reverse(f"estate:{name}", args=[house.case.pk, *arguments])


def being(house: House, name: str) -> Client:
    client = Client()
    client.force_login(house.people[name])
    return client


ASSET = {
    "kind": "building", "name": "厂房", "location": "温州", "book_fen": "1,000,000.00",
    "appraised_fen": "90万", "state": "held", "liens": "1", "realised_fen": "", "costs_fen": "",
    "realised_on": "", "note": "",
}  # fmt: skip


def test_a_property_is_registered_changed_and_removed_on_record(house: House) -> None:
    client = being(house, "administrator")
    bad = client.post(at(house, "new_asset"), ASSET | {"book_fen": "很多", "liens": "5"})
    assert bad.status_code == 400
    text = bad.content.decode()
    assert "不是金额" in text
    assert "编号 5 是普通债权" in text
    assert 'value="很多"' in text
    assert client.post(at(house, "new_asset"), ASSET).status_code == 302
    found = Asset.objects.get()
    assert (found.number, found.book_fen, found.appraised_fen) == (1, 10**8, 9 * 10**7)
    assert [(one.claim.position, one.rank) for one in found.liens.all()] == [(1, 1)]

    sold = ASSET | {"state": "sold", "version": "0", "reason": "拍卖成交"}
    text = client.post(at(house, "asset", found.pk), sold).content.decode()
    assert "应填写变价所得" in text
    assert "应填写变价日期" in text
    sold |= {"realised_fen": "800000", "costs_fen": "800000.01", "realised_on": "2026-03-01"}
    assert (
        "变价费用超过变价所得" in client.post(at(house, "asset", found.pk), sold).content.decode()
    )
    sold |= {"costs_fen": "1", "liens": "1:2、2:1:5.00"}
    assert client.post(at(house, "asset", found.pk), sold).status_code == 302
    late = client.post(at(house, "asset", found.pk), sold | {"note": "晚了"})
    assert "刚被他人修改" in late.content.decode()
    page = client.get(at(house, "asset", found.pk)).content.decode()
    assert "拍卖成交" in page
    assert "管理中 → 已变价" in page
    assert "1:1 → 2:1:5.00、1:2" in page

    assert client.post(at(house, "remove_asset", found.pk), {"reason": " "}).status_code == 400
    assert client.post(at(house, "remove_asset", found.pk), {"reason": "重复"}).status_code == 302
    assert client.get(at(house, "asset", found.pk)).status_code == 404
    assert EstateChange.objects.filter(asset=found, field="removed", reason="重复").exists()


def test_money_is_booked_and_the_balance_is_right(house: House) -> None:
    client = being(house, "administrator")
    line = {
        "day": "2026-03-01", "kind": "sale", "amount_fen": "12345.67", "counterparty": "买方",
        "note": "", "voucher": "",
    }  # fmt: skip
    assert client.post(at(house, "new_entry"), line | {"amount_fen": "0"}).status_code == 400
    assert client.post(at(house, "new_entry"), line | {"day": "2999-01-01"}).status_code == 400
    assert client.post(at(house, "new_entry"), line).status_code == 302
    assert (
        client.post(
            at(house, "new_entry"), line | {"kind": "expenses", "amount_fen": "345.67"}
        ).status_code
        == 302
    )
    assert account_of(house.case).balance_fen == fen("12000.00")
    for name in ("administrator", "judge", "clerk"):
        assert "12,000.00" in being(house, name).get(at(house, "overview")).content.decode()
    page = being(house, "judge").get(at(house, "entry", Entry.objects.first().pk)).content.decode()
    assert "disabled" in page
    assert "保存" not in page


def test_an_export_is_imported_unchanged(house: House) -> None:
    house.asset("=SUM(A1)", book_fen="1.00", liens="1:2:77.00、2", note="@备注")
    house.asset("仓库", state="sold", realised_fen="5.00", realised_on=date(2026, 1, 2))
    house.money("sale", "5.00", counterparty="+买方", voucher="-1")
    client = being(house, "administrator")
    for kind in tables.TABLES:
        exported = client.get(at(house, f"export_{kind}"))
        assert exported["Content-Disposition"].startswith("attachment")
        file = b"".join(exported) if exported.streaming else exported.content
        book = load_workbook(io.BytesIO(file))
        cells = [cell for row in book.worksheets[0].iter_rows() for cell in row]
        assert not [cell for cell in cells if cell.data_type == "f"]
        before = EstateChange.objects.count()
        upload = {"file": SimpleUploadedFile("原样.xlsx", file)}
        assert client.post(at(house, f"import_{kind}"), upload).status_code == 302
        assert EstateChange.objects.count() == before
        again = client.get(at(house, f"export_{kind}")).content
        rows = [
            [[cell.value for cell in row] for row in load_workbook(io.BytesIO(one)).worksheets[0]]
            for one in (file, again)
        ]
        assert rows[0] == rows[1]


def workbook(*rows: tuple[object, ...]) -> SimpleUploadedFile:
    from openpyxl import Workbook

    book = Workbook()
    for row in rows:
        book.active.append(row)
    made = io.BytesIO()
    book.save(made)
    return SimpleUploadedFile("收支.xlsx", made.getvalue())


MONEY_HEAD = ("编号", "日期", "类别", "金额（元）", "对方", "摘要", "凭证号")


def test_an_import_takes_all_or_nothing_and_names_each_cell(house: House) -> None:
    kept = house.money("sale", "5.00", note="第一笔")
    client = being(house, "administrator")
    bad = client.post(
        at(house, "import_money"),
        {
            "file": workbook(
                ("收支表",), MONEY_HEAD,
                (1, date(2026, 3, 2), "变价收入", 7, "", "改", ""),
                ("", "昨天", "变价收入", 7, "", "", ""),
                ("", date(2026, 3, 2), "收入", -1, "", "", ""),
            )
        },
    )  # fmt: skip
    assert bad.status_code == 400
    text = bad.content.decode()
    assert "3 处问题" in text
    assert "应为以下之一" in text
    found = [
        (one.row, one.column)
        for one in bad.context["problems"]
    ]  # fmt: skip
    assert found == [(4, "B"), (5, "C"), (5, "D")]
    kept.refresh_from_db()
    assert kept.note == "第一笔"

    good = workbook(
        MONEY_HEAD,
        (1, date(2026, 3, 1), "变价收入", 7, "", "改", ""),
        ("", "2026年3月2日", "破产费用", "1,000.50", "评估公司", "评估费", "记-3"),
        ("合计", "", "", 1007.5, "", "", ""),
    )
    response = client.post(at(house, "import_money"), {"file": good}, follow=True)
    assert "新增 1 项，修改 1 项，0 项没有变化" in response.content.decode()
    kept.refresh_from_db()
    assert (kept.amount_fen, kept.note) == (700, "改")
    change = EstateChange.objects.get(entry=kept, field="amount_fen")
    assert (change.before, change.after, change.reason) == ("5.00", "7.00", "导入文件 收支.xlsx")

    good.seek(0)
    twice = client.post(at(house, "import_money"), {"file": good})
    assert "内容完全相同" in twice.content.decode()
    assert Entry.objects.count() == 2
    for file in (SimpleUploadedFile("x.xlsx", b"PK\x03\x04x"), workbook(("什么", "也不是"))):
        assert client.post(at(house, "import_money"), {"file": file}).status_code == 400
    assert client.post(at(house, "import_money")).status_code == 400


PLAN = {
    "title": "分配方案", "free_fen": "", "reserve_fen": "", "pending": "temporary",
    "disputed": "set_aside", "manner": "银行转账", "open_to_all": "on",
    "cost-TOTAL_FORMS": "1", "cost-INITIAL_FORMS": "0",
    "cost-0-kind": "expenses", "cost-0-name": "管理人报酬", "cost-0-fen": "100",
}  # fmt: skip


def test_a_plan_is_made_looked_at_published_and_paid_out(house: House) -> None:
    client = being(house, "administrator")
    wrong = client.post(at(house, "new_plan"), PLAN | {"cost-0-fen": "", "title": ""})
    assert wrong.status_code == 400
    assert "请填写金额" in wrong.content.decode()
    assert "管理人报酬" in wrong.content.decode()
    assert client.post(at(house, "new_plan"), PLAN).status_code == 302
    plan = Plan.objects.get()
    house.money("expenses", "1.00")
    assert "不足以扣除" in client.get(at(house, "plan", plan.pk)).content.decode()
    house.money("taken_over", "2901.00")
    page = client.get(at(house, "plan", plan.pk))
    assert "公布这份方案" in page.content.decode()
    supplier = being(house, "supplier")
    assert supplier.get(at(house, "plan", plan.pk)).status_code == 404
    assert "还没有分配方案" in supplier.get(at(house, "mine")).content.decode()

    house.money("taken_over", "0.01")
    stale = client.post(
        at(house, "publish_plan", plan.pk), {"seen": page.context["seen"]}, follow=True
    )
    assert "刚有变化" in stale.content.decode()
    seen = client.get(at(house, "plan", plan.pk)).context["seen"]
    done = client.post(at(house, "publish_plan", plan.pk), {"seen": seen}, follow=True)
    assert "方案已公布" in done.content.decode()
    assert client.get(at(house, "edit_plan", plan.pk)).status_code == 400
    again = client.post(at(house, "publish_plan", plan.pk), {"seen": seen}, follow=True)
    assert "不能这样做" in again.content.decode()
    for ending, start in (("pdf", b"%PDF-"), ("xlsx", b"PK")):
        response = supplier.get(at(house, "plan_file", plan.pk, ending))
        assert b"".join(response).startswith(start)
        assert response["Content-Disposition"].startswith("attachment")

    paid = {"day": "2026-04-01", "ruling": "（2026）沪03破1号之三"}
    assert client.post(at(house, "execute_plan", plan.pk), {"day": "x"}).status_code == 302
    client.post(at(house, "execute_plan", plan.pk), paid)
    plan.refresh_from_db()
    assert plan.state == "executed"
    assert account_of(house.case).balance_fen == plan.set_aside_fen + plan.left_fen


def test_a_creditor_sees_its_own_line_and_others_only_where_the_plan_is_open(house: House) -> None:
    house.money("taken_over", "2800.00")
    plan = house.published(open_to_all=False)
    supplier = being(house, "supplier")
    page = supplier.get(at(house, "mine")).content.decode()
    assert "我的分配" in page
    assert "债权人 supplier" in page
    for other in ("bank", "trader", "litigant"):
        assert f"债权人 {other}" not in page
    assert supplier.get(at(house, "plan_file", plan.pk, "pdf")).status_code == 404
    assert (
        f"债权人 {'bank'}" in being(house, "judge").get(at(house, "plan", plan.pk)).content.decode()
    )
    house.published(title="公开的方案")
    page = supplier.get(at(house, "mine")).content.decode()
    assert "公开的方案" in page
    assert "债权人 bank" in page
    numbers = [one.identity_number for one in house.creditors.values()]
    assert not [one for one in numbers if one in page]
    q = supplier.get(at(house, "mine"), {"q": "trader"}).content.decode()
    assert "债权人 trader" in q
    assert "债权人 bank" not in q


def test_the_calculator_answers_by_the_same_law(house: House) -> None:
    house.money("taken_over", "2800.00")
    plan = house.published()
    supplier = being(house, "supplier")
    path = at(house, "estimate", plan.pk)
    as_planned = supplier.get(path).json()
    data = content.load(plan.content_sha256)
    line = next(one for one in data["claims"] if one["name"] == "债权人 supplier")
    assert as_planned["ok"]
    assert as_planned["data"]["lines"][0]["receives"] == f"{line['paid_fen'] / 100:.2f}"
    # 4,800.00 - 800.00 for 1,000.00 + 2,000.01 + 999.99: everything is paid.
    rich = supplier.get(path, {"sum": "4,800.00"}).json()["data"]
    assert (rich["receives"], rich["left"]) == ("1,000.00", "0.00")
    assert "1,000.00" in rich["said"]
    half = supplier.get(path, {"sum": "2800.00", "claim-5": "2000"}).json()["data"]
    assert half["receives"] == "800.00"
    # Nobody asks about another's claim, and what is no amount is named.
    assert supplier.get(path, {"claim-6": "1"}).json() == as_planned
    wrong = supplier.get(path, {"sum": "abc", "claim-5": "-1"}).json()
    assert not wrong["ok"]
    assert set(wrong["data"]["errors"]) == {"sum", "claim-5"}
    text = supplier.get(path).content.decode()
    assert "trader" not in text
    # The same without a script.
    page = supplier.get(at(house, "plan", plan.pk), {"sum": "4800", "claim-5": "1000"})
    assert "您可分得 1,000.00 元" in page.content.decode()
    assert being(house, "observer").get(path, {"sum": "1"}).json()["data"]["lines"] == []
    draft = house.plan()
    assert being(house, "judge").get(at(house, "estimate", draft.pk)).status_code == 404


def test_the_page_of_the_case_leads_to_its_estate(house: House) -> None:
    page = being(house, "judge").get(reverse("case", args=[house.case.pk])).content.decode()
    for name in ("overview", "plans", "reports"):
        assert at(house, name) in page


def test_a_creditor_finds_its_share_on_its_home_page(house: House) -> None:
    house.money("taken_over", "2800.00")
    house.plan()
    supplier = being(house, "supplier")
    assert at(house, "mine") not in supplier.get("/").content.decode()
    house.published()
    assert at(house, "mine") in supplier.get("/").content.decode()
    assert at(house, "mine") not in being(house, "judge").get("/").content.decode()


def test_a_plan_goes_into_the_documents_of_a_meeting(house: House) -> None:
    house.money("taken_over", "2800.00")
    plan = house.published()
    meeting = world.make_meeting(house.case)
    elsewhere = world.make_meeting(world.make_case())
    client = being(house, "administrator")
    path = at(house, "file_plan", plan.pk)
    assert client.post(path, {"meeting": elsewhere.slug}).status_code == 400
    assert client.post(path, {"meeting": meeting.slug}).status_code == 302
    document = meeting.documents.get()
    assert (document.title, document.kind, document.sha256) == (plan.title, "pdf", plan.pdf_sha256)
    assert document.handed_out_at is None
    filed = EstateChange.objects.get(plan=plan, field="filed")
    assert filed.after.startswith(f"{meeting.slug} {document.pk}")
