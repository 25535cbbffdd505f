"""The estate in real browsers: a plan is made and published; a supplier asks what it would get."""

import re

from playwright.sync_api import Page, expect

from tests.support.browser import OpenContext, TakeScreenshot, assert_accessible
from tests.support.servers import Server, StartServer

_CASE = """
import django; django.setup()
from datetime import date
from django.db import transaction
from tests.estate.conftest import House
from tests.support import world
with transaction.atomic():
    house = House(world.make_case(number="(2026)沪03破1号"))
    for role in ("administrator", "judge"):
        house.people[role] = world.make_person(house.case, role, name=role)
    claims = {
        "示例银行股份有限公司温州分行": {"nature": "secured", "confirmed": "8000000.00"},
        "江南建工集团有限公司": {"nature": "construction", "confirmed": "1200000.00"},
        "王强": {"nature": "employee", "confirmed": "56000.00"},
        "示例税务局": {"nature": "tax", "confirmed": "300000.00"},
        "温州供货有限公司": {"confirmed": "1284350.00"},
        "杭州贸易有限公司": {"confirmed": "2000000.01"},
        "诉讼未决有限公司": {
            "confirmed": "0.00", "filed": "999999.99", "conclusion": "undetermined"
        },
    }
    for name, claim in claims.items():
        house.creditors[name] = world.make_creditor(house.case, name, **claim)
    supplier = house.creditors["温州供货有限公司"]
    world.make_person(house.case, "creditor", supplier, name="supplier")
    world.make_meeting(house.case, slug="first")
    house.asset(
        "江南工业园厂房", book_fen="9800000.00", location="温州市鹿城区江南路 1 号", state="sold",
        realised_fen="7600000.00", costs_fen="152000.00", realised_on=date(2026, 2, 3),
        liens="1:1、2:2",
    )
    house.asset("数控机床 12 台", kind="machinery", appraised_fen="560000.00")
    house.money("sale", "7600000.00", counterparty="温州置业有限公司", note="厂房拍卖")
    house.money("taken_over", "1860000.00", note="接管账户余额")
    house.money("expenses", "152000.00", note="拍卖、评估费")
print(house.case.pk)
"""


class Street:
    """A server with the case, and browsers of its people."""

    def __init__(self, server: Server, open_context: OpenContext) -> None:
        self.server, self.open_context = server, open_context
        self.case = int(server.installation.python("-c", _CASE).stdout.split()[-1])

    def page(self, name: str, size: str = "desktop") -> Page:
        """A browser of somebody."""
        session = self.server.installation.session_of(name=name)
        context = self.open_context("zh-CN", size, person=session, url=self.server.url)
        return context.new_page()


def fits(page: Page) -> None:
    """Assert that nothing is wider than the window."""
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, f"{page.url} is {wide} px too wide"


def test_a_plan_from_the_draft_to_the_supplier_s_phone(
    daphne_server: StartServer, browser_context: OpenContext, screenshot: TakeScreenshot
) -> None:
    street = Street(daphne_server(), browser_context)
    home = f"/cases/{street.case}/estate/"
    page = street.page("administrator")
    for path, name in (("", "overview"), ("assets/", "assets"), ("money/", "money")):
        page.goto(home + path)
        assert_accessible(page)
        screenshot(page, f"estate-{name}-desktop", full_page=True)
    page.goto(f"{home}assets/")
    page.get_by_role("link", name="江南工业园厂房").click()
    expect(page).to_have_url(re.compile(r"/estate/assets/\d+/$"))
    expect(page.locator("h1")).to_contain_text("江南工业园厂房")
    assert_accessible(page)
    page.goto(f"{home}money/import/")
    page.get_by_label("表格文件").set_input_files(
        {
            "name": "x.csv",
            "mimeType": "text/csv",
            "buffer": "日期,类别,金额（元）\n昨天,变价收入,1\n".encode(),
        }
    )
    page.get_by_role("button", name="导入", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("1 处问题")
    assert_accessible(page)
    page.goto(f"{home}reports/")
    assert_accessible(page)
    screenshot(page, "estate-reports-desktop", full_page=True)

    page.goto(f"{home}plans/new/")
    page.get_by_role("textbox", name="预留金额").fill("60,000")
    page.get_by_label("项目").first.fill("管理人报酬")
    page.get_by_label("金额（元）", exact=True).first.fill("120000")
    assert_accessible(page)
    screenshot(page, "estate-plan-form-desktop", full_page=True)
    page.get_by_role("button", name="保存并查看分配表").click()
    expect(page.get_by_role("heading", name="债权分配表")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "estate-draft-desktop", full_page=True)
    page.get_by_role("button", name="公布这份方案").click()
    expect(page.get_by_role("status").first).to_contain_text("方案已公布")
    page.get_by_role("button", name="放入").click()
    expect(page).to_have_url(re.compile("/meetings/first/documents/"))
    expect(page.locator("main")).to_contain_text("破产财产分配方案")

    phone = street.page("supplier", "phone")
    phone.goto(f"{home}mine/")
    mine = phone.get_by_role("region", name="我的分配")
    # 1,800,000 - 60,000 - 120,000 - 356,000 of money for 8,000,000 + 1,200,000 - 7,448,000 of
    # the bank's, 1,284,350.00, 2,000,000.01 and 999,999.99.
    first = mine.locator(".estate-main dd").inner_text()
    assert_accessible(phone)
    fits(phone)
    screenshot(phone, "estate-mine-phone", full_page=True)

    # The calculator by the keyboard alone: it answers while somebody types, and says so.
    total = phone.get_by_role("textbox", name="可供分配金额")
    total.focus()
    phone.keyboard.press("Control+A")
    phone.keyboard.type("一百")
    said = phone.locator("[data-said]")
    expect(said).to_have_text("填写的金额有误，请按提示改正。")
    expect(phone.locator("[data-error=sum]")).to_contain_text("不是金额")
    assert_accessible(phone)
    phone.keyboard.press("Control+A")
    phone.keyboard.type("6512350.00")
    expect(said).to_have_text("测算：您可分得 1,284,350.00 元。")
    expect(phone.locator("[data-error=sum]")).to_be_empty()
    phone.get_by_role("textbox", name="我的债权 5").fill("2000000.00")
    expect(said).not_to_contain_text("1,284,350.00")
    assert_accessible(phone)
    fits(phone)
    screenshot(phone, "estate-what-if-phone", full_page=True)
    phone.get_by_role("link", name="恢复方案中的金额").click()
    expect(said).to_have_text(f"测算：您可分得 {first} 元。")
    expect(total).to_be_focused()

    judge = street.page("judge", "phone")
    for path in ("", "assets/", "money/", "plans/", "mine/"):
        judge.goto(home + path)
        assert_accessible(judge)
        fits(judge)
        screenshot(judge, f"estate-judge-{path.strip('/') or 'overview'}-phone", full_page=True)
