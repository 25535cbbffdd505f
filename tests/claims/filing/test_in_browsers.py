"""A claim filed on a phone, reviewed at a desk, and its result read on the phone again."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.claims.filing.conftest import picture
from tests.support.browser import OpenContext, TakeScreenshot, assert_accessible
from tests.support.databases import wait_until
from tests.support.servers import Server, StartServer

_CASE = """
import django; django.setup()
from datetime import date
from django.db import transaction
from creditor_meetings.cases.access import viewer_for
from creditor_meetings.claims.filing import doors
from tests.support import world
with transaction.atomic():
    case = world.make_case(number="(2026)沪03破1号", filing_deadline=date(2020, 5, 10))
    world.make_creditor(case, "温州供货有限公司")
    world.make_meeting(case, slug="first")
    reviewer = world.make_person(case, "administrator", name="周明")
    world.make_person(case, "administrator", name="何青")
print(case.pk)
"""


def code_sent(server: Server) -> str:
    """Wait for the newest code in the outbox, and read it."""
    outbox = Path(server.installation.data_dir) / "outbox"
    codes: list[str] = []

    def read() -> bool:
        # A message is there before all of it is written.
        for newest in sorted(outbox.glob("*.txt"))[-1:]:
            codes.extend(re.findall(r"验证码 (\d{6})", newest.read_text()))
        return bool(codes)

    wait_until(read, what="a code", seconds=60)
    return codes[0]


@pytest.fixture
def server(daphne_server: StartServer) -> Server:
    return daphne_server()


def test_a_claim_is_filed_reviewed_and_its_result_read(
    server: Server, browser_context: OpenContext, screenshot: TakeScreenshot
) -> None:
    case = int(server.installation.python("-c", _CASE).stdout.split()[-1])

    def staff(name: str) -> Page:
        session = server.installation.session_of(name=name)
        return browser_context(person=session, url=server.url).new_page()

    # The administrator opens the door; its address goes into the announcement.
    reviewer = staff("周明")
    reviewer.goto(f"/cases/{case}/filing/")
    reviewer.get_by_role("button", name="开通在线申报").click()
    address = reviewer.locator("#address").inner_text()
    assert_accessible(reviewer)
    screenshot(reviewer, "filing-door-desktop")
    path = re.sub(r"^https?://[^/]+", "", address)

    # Somebody nobody knows proves a phone number and begins.
    phone = browser_context(size="phone", base_url=server.url).new_page()
    phone.goto(path)
    assert_accessible(phone)
    screenshot(phone, "filing-public-phone", full_page=True)
    phone.get_by_label("手机号码或电子邮箱").fill("138 0000 1234")
    phone.get_by_role("button", name="获取验证码").click()
    expect(phone.get_by_label("六位验证码")).to_be_visible()
    assert_accessible(phone)
    phone.get_by_label("六位验证码").fill(code_sent(server))
    phone.get_by_role("button", name="继续").click()
    phone.get_by_role("button", name="开始填写").click()

    # Who: what is typed is kept by itself, a doubtful number warns, and nothing stops.
    expect(phone.get_by_role("heading", name="申报人")).to_be_visible()
    assert_accessible(phone)
    phone.get_by_role("button", name="下一步").click()
    expect(phone.get_by_role("alert")).to_contain_text("标红")
    assert_accessible(phone)
    phone.get_by_label("主体类型").select_option("company")
    phone.get_by_label("债权人名称或姓名").fill("钱塘示例轴承有限公司")
    phone.get_by_label("证件号码").fill("91110000600037341m")
    expect(phone.locator("[data-doubt]")).to_contain_text("逐位核对")
    phone.get_by_label("证件号码").fill("91110000600037341L")
    expect(phone.locator("[data-doubt]")).to_be_hidden()
    phone.get_by_label("联系人姓名").fill("陈晓梅")
    phone.get_by_label("送达地址").fill("杭州市示例路 1 号")
    screenshot(phone, "filing-who-phone", full_page=True)
    phone.get_by_role("button", name="下一步").click()

    # How much: a wrong amount is named and everything typed stays.
    phone.get_by_label("本金（元）").fill("100,000")
    phone.get_by_label("利息（元）").fill("3210.505")
    phone.get_by_role("button", name="下一步").click()
    expect(phone.get_by_text("“3210.505”不是金额")).to_be_visible()
    expect(phone.get_by_label("本金（元）")).to_have_value("100,000")
    phone.get_by_label("利息（元）").fill("3210.50")
    expect(phone.locator("[data-capitals]")).to_have_text("壹拾万叁仟贰佰壹拾元伍角整")
    assert_accessible(phone)
    screenshot(phone, "filing-amounts-phone", full_page=True)

    # Left half way: from the same address it goes on where it was.
    phone.goto(path)
    phone.get_by_role("link", name="继续填写").click()
    expect(phone.get_by_role("heading", name="事实理由")).to_be_visible()
    phone.get_by_label("事实和理由").fill("二〇二四年三月起供应轴承，货款未付。\n对账单见证据。")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    phone.route("**/js/claims/filing_files.js", hold)
    phone.get_by_role("button", name="下一步").click()

    # Evidence: the good file goes up, the bad one says what is wrong. Whoever is quicker than a
    # slow line has chosen before the page's script is there.
    expect(phone.get_by_role("heading", name="证据", exact=True)).to_be_visible()
    files = [
        {"name": one.name, "mimeType": "image/png", "buffer": one.read()}
        for one in (picture("合同.png"), picture("对账单.png", "gray"))
    ]
    phone.get_by_label("选择文件").set_input_files(files)
    for route in held:
        route.continue_()
    phone.unroute("**/js/claims/filing_files.js")
    expect(phone.get_by_role("link", name="对账单.png")).to_be_visible(timeout=60_000)
    bad = {"name": "坏.pdf", "mimeType": "application/pdf", "buffer": b"nothing"}
    phone.get_by_label("选择文件").set_input_files(bad)
    expect(phone.locator(".filing-upload--bad")).to_contain_text("无法辨认")
    assert_accessible(phone)
    screenshot(phone, "filing-evidence-phone", full_page=True)
    phone.get_by_role("link", name="下一步").click()

    # The whole of it in words, then the name.
    expect(phone.locator(".filing-declaration")).to_contain_text("壹拾万叁仟贰佰壹拾元伍角整")
    expect(phone.get_by_text("补充申报（逾期）")).to_be_visible()
    phone.get_by_label("输入姓名").fill("别人")
    phone.get_by_label("我已核对").check()
    phone.get_by_role("button", name="签名并提交").click()
    expect(phone.get_by_role("alert")).to_contain_text("陈晓梅")
    expect(phone.get_by_label("输入姓名")).to_have_value("别人")
    assert_accessible(phone)
    screenshot(phone, "filing-sign-phone", full_page=True)
    phone.get_by_label("输入姓名").fill("陈晓梅")
    phone.get_by_role("button", name="签名并提交").click()
    expect(phone.get_by_text("申报已提交")).to_be_visible()
    number = f"ZQ{case:04d}-00001"
    expect(phone.locator("main")).to_contain_text(number)
    assert_accessible(phone)
    screenshot(phone, "filing-receipt-phone", full_page=True)
    with phone.expect_download() as download:
        phone.get_by_role("link", name="下载回执").click()
    assert download.value.path().read_bytes().startswith(b"%PDF")

    # Two reviewers: who takes it has it, the other sees that.
    reviewer.goto(f"/cases/{case}/filings/")
    assert_accessible(reviewer)
    screenshot(reviewer, "filing-queue-desktop")
    reviewer.get_by_role("button", name="领取下一件").click()
    expect(reviewer.get_by_text("由您审查")).to_be_visible()
    colleague = staff("何青")
    colleague.goto(f"/cases/{case}/filings/")
    expect(colleague.get_by_role("row").filter(has_text=number)).to_contain_text("周明")
    colleague.get_by_role("link", name="打开").click()
    expect(colleague.get_by_text("周明 正在审查")).to_be_visible()
    expect(colleague.get_by_role("button", name="保存结论")).to_have_count(0)
    assert_accessible(colleague)

    # The evidence beside the form; a wrong amount is said and nothing typed is lost.
    expect(reviewer.locator(".review-evidence img").first).to_be_visible()
    reviewer.get_by_label("审查结论").select_option("partly_confirmed")
    reviewer.get_by_role("button", name="按申报填写").click()
    reviewer.get_by_label("理由", exact=True).fill("利息起算日有误。")
    reviewer.get_by_role("button", name="保存结论").click()
    expect(reviewer.get_by_role("alert")).to_contain_text("部分确认")
    expect(reviewer.get_by_label("理由", exact=True)).to_have_value("利息起算日有误。")
    reviewer.get_by_label("确认利息（元）").fill("1000.50")
    expect(reviewer.locator("[data-sum]")).to_have_text("101,000.50")
    assert_accessible(reviewer)
    screenshot(reviewer, "filing-review-desktop")
    reviewer.get_by_role("button", name="保存结论").click()
    expect(reviewer.get_by_role("status").first).to_contain_text("已保存")
    reviewer.get_by_role("link", name="钱塘示例轴承有限公司").click()
    expect(reviewer.get_by_role("heading", name="债权表记载")).to_be_visible()
    assert_accessible(reviewer)
    screenshot(reviewer, "claim-desktop", full_page=True)

    # The creditor sees the result, why, and what to do; and has the meeting now.
    phone.reload()
    expect(phone.get_by_role("heading", name="审查结果")).to_be_visible()
    expect(phone.locator("main")).to_contain_text("101,000.50")
    expect(phone.locator("main")).to_contain_text("利息起算日有误。")
    expect(phone.locator("main")).to_contain_text("十五日")
    assert_accessible(phone)
    screenshot(phone, "filing-result-phone", full_page=True)
    phone.get_by_role("link", name="进入会议").click()
    expect(phone.locator("#line")).to_have_attribute("data-status", "connected")
    phone.goto("/")
    expect(phone.get_by_role("heading", name="我的债权申报")).to_be_visible()
    assert_accessible(phone)
