"""Claims in real browsers: a table imported by hand, and its verification live in the room."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.claims import papers
from tests.support.browser import OpenContext, TakeScreenshot, assert_accessible
from tests.support.servers import Server, StartServer

READ_MS = 120_000
"""So long a table of hundreds of claims may take to be read, or kept."""

_ROOM = """
import django; django.setup()
from django.db import transaction
from tests.support import world
with transaction.atomic():
    case = world.make_case(number="(2026)沪03破1号")
    empty = world.make_case(number="(2022)浙0381破示12号")
    supplier = world.make_creditor(case, "温州供货有限公司", confirmed="1000.00")
    bank = world.make_creditor(case, "示例银行", nature="secured", confirmed="8000.00")
    litigant = world.make_creditor(
        case, "诉讼未决有限公司", filed="500.00", confirmed="0.00", conclusion="undetermined"
    )
    for number in range(30):
        world.make_creditor(case, f"债权人{number:02d}")
    meeting = world.make_meeting(case, slug="first")
    for role in ("administrator", "judge"):
        world.make_person(case, role, name=role)
    person = world.make_person(empty, "administrator", name="importer")
    for name, creditor in (("supplier", supplier), ("bank", bank), ("litigant", litigant)):
        world.make_person(case, "creditor", creditor, name=name)
    proxy = world.make_person(case, "proxy", bank, name="proxy")
    world.give_role(proxy, case, "proxy", litigant)
print(empty.pk)
"""


class House:
    """A server with a case under verification, one without claims, and browsers of people."""

    def __init__(self, server: Server, open_context: OpenContext) -> None:
        self.server = server
        self.open_context = open_context
        self.empty_case = int(server.installation.python("-c", _ROOM).stdout.split()[-1])

    def page(self, name: str, size: str = "desktop", lang: str = "zh-CN") -> Page:
        """A browser of somebody."""
        session = self.server.installation.session_of(name=name)
        context = self.open_context(lang, size, person=session, url=self.server.url)
        return context.new_page()

    def room(self, name: str, size: str = "desktop") -> Page:
        """Somebody's room with the claims before them."""
        page = self.page(name, size)
        page.goto("/meetings/first/#claims")
        expect(page.locator("#line")).to_have_attribute("data-status", "connected")
        expect(page.locator(".verify-table .claims-table")).to_be_visible()
        return page


@pytest.fixture
def house(daphne_server: StartServer, browser_context: OpenContext) -> House:
    return House(daphne_server(), browser_context)


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_the_administrator_imports_a_table(
    house: House, tmp_path: Path, size: str, screenshot: TakeScreenshot
) -> None:
    bad = tmp_path / "有误的债权表.xlsx"
    bad.write_bytes(papers.workbook(papers.put(I5="abc", N8="大概确认")))
    page = house.page("importer", size)
    page.goto(f"/cases/{house.empty_case}/claims/import/")
    assert_accessible(page)

    page.get_by_label("债权表文件").set_input_files(
        {"name": "x.xlsx", "mimeType": "application/octet-stream", "buffer": b"garbage"}
    )
    page.get_by_role("button", name="上传并检查").click()
    expect(page.get_by_role("alert")).to_contain_text("不是有效的 .xlsx")
    assert_accessible(page)

    page.get_by_label("债权表文件").set_input_files(bad)
    page.get_by_role("button", name="上传并检查").click()
    expect(page.get_by_role("alert")).to_contain_text("2 处问题")
    row = page.get_by_role("row").filter(has_text="abc")
    expect(row.get_by_role("cell").nth(1)).to_have_text("5")
    expect(row.get_by_role("cell").nth(2)).to_have_text("I")
    expect(page.get_by_role("button", name="确认导入")).to_have_count(0)
    assert_accessible(page)

    page.get_by_role("link", name="上传另一个文件").click()
    page.get_by_label("债权表文件").set_input_files(papers.SAMPLE)
    page.get_by_role("button", name="上传并检查").click()
    expect(page.locator("main")).to_contain_text("796,598,397.62", timeout=READ_MS)
    expect(page.locator("main")).to_contain_text("738,620,984.68")
    assert_accessible(page)
    screenshot(page, f"claims-preview-{size}")
    page.get_by_role("button", name="确认导入").click()
    expect(page.get_by_role("status").first).to_contain_text(
        "已导入 326 个债权人、333 笔债权", timeout=READ_MS
    )
    assert_accessible(page)

    page.get_by_label("查找债权").fill("陈一凡")
    page.get_by_role("button", name="查找").click()
    expect(page.locator(".claims-table tbody tr").first).to_contain_text("陈一凡")


def test_unknown_headings_are_asked_about_and_a_newer_table_is_compared(
    house: House, screenshot: TakeScreenshot
) -> None:
    def odd(sheet: Any) -> None:
        papers.put(B3="对方单位", M3="定下的数")(sheet)

    def newer(sheet: Any) -> None:
        odd(sheet)
        papers.put(O8="其他理由")(sheet)

    page = house.page("importer", "phone")
    _upload(page, house, odd)
    expect(page.get_by_role("heading", level=1)).to_have_text("各列的含义")
    assert_accessible(page)
    page.get_by_label("对方单位").select_option(value="name")
    page.get_by_label("定下的数").select_option(value="confirmed")
    page.get_by_role("button", name="继续").click()
    page.get_by_role("button", name="确认导入").click()
    expect(page.get_by_role("status").first).to_contain_text("已导入")

    _upload(page, house, newer)
    expect(page.get_by_text("上次的选择").first).to_be_visible()
    page.get_by_role("button", name="继续").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("与现有债权的差异")
    expect(page.locator("main")).to_contain_text("其他理由")
    assert_accessible(page)
    screenshot(page, "claims-difference-phone")
    page.get_by_role("button", name="确认更新").click()
    expect(page.get_by_role("status").first).to_contain_text("1 笔修改")


def _upload(page: Page, house: House, spoil: Callable[[Any], None]) -> None:
    page.goto(f"/cases/{house.empty_case}/claims/import/")
    page.get_by_label("债权表文件").set_input_files(
        {"name": "债权表.xlsx", "mimeType": "application/octet-stream",
         "buffer": papers.workbook(spoil)}
    )  # fmt: skip
    page.get_by_role("button", name="上传并检查").click()


def test_claims_are_verified_live(house: House, screenshot: TakeScreenshot) -> None:
    supplier = house.room("supplier", "phone")
    bank = house.room("bank")
    administrator = house.room("administrator")
    judge = house.room("judge")
    for page in (supplier, administrator):
        assert_accessible(page, "#panel-claims")

    # A creditor confirms its own; administrator and judge see it at once.
    supplier.get_by_role("button", name="确认无异议").click()
    expect(supplier.locator(".verify-item [role=status]").first).to_contain_text("确认无异议")
    for page in (administrator, judge):
        expect(page.locator(".verify-counts")).to_contain_text("已确认无异议1")

    # The bank objects to the supplier's claim out of the table.
    bank.get_by_label("查找债权").fill("温州供货")
    bank.get_by_role("button", name="查找", exact=True).click()
    row = bank.locator(".verify-table tbody tr")
    expect(row).to_have_count(1)
    row.get_by_role("button", name="提出异议").click()
    bank.get_by_role("textbox", name="异议理由").fill("送货单没有签收")
    bank.get_by_role("textbox", name="法律依据").fill("民法典第五百九十八条")
    assert_accessible(bank, "#panel-claims")

    # What is being typed survives everything that happens meanwhile.
    answering = administrator.get_by_role("list").get_by_text("送货单没有签收")
    expect(answering).to_have_count(0)
    bank.get_by_role("button", name="提交异议").click()
    expect(bank.get_by_text("待管理人答复")).to_be_visible()
    expect(answering).to_be_visible()
    expect(supplier.get_by_text("送货单没有签收")).to_be_visible()
    expect(judge.locator("[data-badge=claims]")).to_be_hidden()
    expect(administrator.locator("[data-badge=claims]")).to_have_text("1")

    administrator.get_by_role("button", name="答复", exact=True).click()
    administrator.get_by_role("textbox", name="管理人答复").fill("已核对签收单")
    supplier.get_by_role("button", name="提出异议").first.click()
    supplier.get_by_role("textbox", name="异议理由").fill("利息少算")
    supplier.get_by_role("button", name="提交异议").click()
    expect(administrator.get_by_text("利息少算")).to_be_visible()
    expect(administrator.get_by_role("textbox", name="管理人答复")).to_have_value("已核对签收单")
    administrator.get_by_role("button", name="发布答复").click()
    expect(bank.get_by_text("已核对签收单")).to_be_visible()
    expect(bank.get_by_text("管理人已答复", exact=True)).to_be_visible()
    screenshot(administrator, "claims-verification")

    # Withdrawing asks once more.
    bank.get_by_role("button", name="撤回异议").click()
    bank.get_by_role("button", name="确定撤回").click()
    expect(bank.get_by_text("已撤回", exact=True)).to_be_visible()
    expect(administrator.get_by_text("已撤回", exact=True)).to_be_visible()


def test_the_judge_sets_a_temporary_amount(house: House) -> None:
    litigant = house.room("litigant", "phone")
    judge = house.room("judge")
    judge.get_by_text("暂缓确认的债权").click()
    item = judge.locator(".verify-item").filter(has_text="诉讼未决有限公司")
    item.get_by_role("button", name="临时确定债权额").click()
    item.get_by_label("临时确定债权额（元）").fill("５００．０１")
    item.get_by_label("理由").fill("参照一审判决")
    item.get_by_role("button", name="确定债权额", exact=True).click()
    expect(item.get_by_role("alert")).to_contain_text("不能超过申报金额")
    assert_accessible(judge, "#panel-claims")
    item.get_by_label("临时确定债权额（元）").fill("３００．５０")
    item.get_by_role("button", name="确定债权额", exact=True).click()
    expect(item).to_contain_text("300.50")
    expect(litigant.locator(".verify-item").first).to_contain_text("300.50")


def test_a_half_written_objection_survives_a_reload(house: House) -> None:
    page = house.room("supplier", "phone")
    page.get_by_role("button", name="提出异议").first.click()
    page.get_by_role("textbox", name="异议理由").fill("还没有写完")
    page.reload()
    expect(page.get_by_role("textbox", name="异议理由")).to_have_value("还没有写完")


def test_a_proxy_says_in_whose_name_it_objects(house: House) -> None:
    page = house.room("proxy")
    page.get_by_label("查找债权").fill("温州供货")
    page.get_by_label("查找债权").press("Enter")
    row = page.locator(".verify-table tbody tr")
    expect(row).to_have_count(1)
    row.get_by_role("button", name="提出异议").click()
    page.get_by_label("以谁的名义", exact=True).select_option("诉讼未决有限公司")
    page.get_by_role("textbox", name="异议理由").fill("重复申报")
    page.get_by_role("button", name="提交异议").click()
    expect(page.get_by_text("诉讼未决有限公司 提出")).to_be_visible()


def test_the_table_without_scripts(house: House) -> None:
    session = house.server.installation.session_of(name="bank")
    context = house.open_context(person=session, url=house.server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/meetings/first/claims/")
    expect(page.locator(".claims-table tbody tr").first).to_contain_text("示例银行")
    page.get_by_role("link", name="下一页").click()
    expect(page.locator(".claims-table tbody tr").first).to_contain_text("债权人")
    page.get_by_label("查找债权").fill("温州供货")
    page.get_by_role("button", name="查找").click()
    expect(page.locator(".claims-table tbody tr")).to_have_count(1)


def test_the_grid_finds_while_one_types(house: House, screenshot: TakeScreenshot) -> None:
    page = house.page("judge")
    page.goto("/meetings/first/claims/")
    rows = page.locator(".claims-table tbody tr")
    said = page.locator("[data-claims-said]")
    search = page.get_by_label("查找债权")

    # Found while typing; focus and what is typed stay, and the number found is said.
    search.press_sequentially("债权人0")
    expect(rows).to_have_count(10)
    expect(search).to_be_focused()
    expect(search).to_have_value("债权人0")
    expect(said).to_contain_text("找到 10 笔")
    expect(page).to_have_url(re.compile(r"q=%E5%80%BA"))
    search.fill("")
    expect(rows).to_have_count(25)

    # Filters apply at once; heads sort by several columns, and keep the focus.
    page.get_by_text("筛选与排序").click()
    page.get_by_label("债权性质", exact=True).select_option("ordinary")
    expect(said).to_contain_text("找到 32 笔")
    assert_accessible(page)
    head = page.get_by_role("columnheader", name="申报金额（元）")
    for order in ("ascending", "descending"):
        head.get_by_role("link").click()
        expect(head).to_have_attribute("aria-sort", order)
    page.get_by_role("link", name="审查结论").press("Enter")
    expect(rows.first).to_contain_text("温州供货有限公司")
    expect(page.get_by_role("link", name="审查结论")).to_be_focused()
    expect(page.locator(".claims-order")).to_contain_text("审查结论▲，其次申报金额")
    expect(page.get_by_label("债权性质", exact=True)).to_have_value("ordinary")

    # Pages turn; the browser's way back leads back.
    page.get_by_role("link", name="下一页").click()
    expect(page.get_by_text("第 2 页，共 2 页")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("第 1 页，共 2 页")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "claims-grid")

    # On a telephone each claim is a card, still a table to who hears it.
    phone = house.page("bank", "phone")
    phone.goto("/meetings/first/claims/")
    expect(phone.get_by_role("row").nth(1)).to_contain_text("示例银行")
    expect(phone.locator(".claims-table")).to_have_js_property(
        "scrollWidth", phone.evaluate("document.querySelector('.claims-table').clientWidth")
    )
    phone.get_by_text("筛选与排序").click()
    phone.get_by_label("只看本人").check()
    expect(phone.locator("[data-claims-said]")).to_contain_text("找到 1 笔")
    phone.locator(".claims-chart summary").click()
    expect(phone.locator(".claims-chart img")).not_to_have_js_property("naturalWidth", 0)
    expect(phone.locator(".claims-figures tfoot")).to_contain_text("合计")
    assert_accessible(phone)


def test_a_list_goes_to_the_court_and_comes_back_confirmed(
    house: House, screenshot: TakeScreenshot
) -> None:
    room = house.room("administrator")
    creditor = house.room("supplier", "phone")
    administrator = house.page("administrator")
    administrator.goto("/")
    case = re.search(r"/cases/(\d+)/", administrator.content())
    assert case is not None
    lists = f"/cases/{case[1]}/claims/undisputed/"
    administrator.goto(lists)
    assert_accessible(administrator)
    administrator.get_by_role("button", name="编制并提请法院裁定").click()
    expect(administrator.get_by_role("alert")).to_contain_text("核查尚未结束")
    administrator.get_by_label("我知道债权核查尚未结束").check()
    administrator.get_by_role("button", name="编制并提请法院裁定").click()
    expect(administrator.get_by_role("heading", level=1)).to_contain_text("第 1 号无异议债权表")
    expect(room.get_by_role("link", name="第 1 号无异议债权表")).to_be_visible()

    judge = house.page("judge", "phone")
    judge.goto(f"{lists}1/")
    assert_accessible(judge)
    judge.get_by_label("裁定书文号").fill("（2026）沪03破1号之三")
    judge.get_by_label("裁定日期").fill("2026-01-05")
    screenshot(judge, "claims-undisputed-phone")
    judge.get_by_role("button", name="登记裁定确认").click()
    expect(judge.locator("main")).to_contain_text("已裁定确认")
    expect(judge.get_by_role("button", name="登记裁定确认")).to_have_count(0)
    assert_accessible(judge)
    expect(room.locator("#panel-claims")).to_contain_text(
        "已由法院裁定确认（（2026）沪03破1号之三）"
    )
    # Everybody's table says so, without anybody loading a page anew.
    expect(creditor.locator(".verify-table")).to_contain_text("法院已裁定确认", timeout=60_000)
