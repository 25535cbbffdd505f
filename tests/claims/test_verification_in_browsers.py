"""Verification in real browsers: from the objection to the suit, past the close of the meeting."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import OpenContext, TakeScreenshot, assert_accessible
from tests.support.servers import Server, StartServer
from tests.whole.story import paper

_ROOM = """
import django; django.setup()
from django.db import transaction
from creditor_meetings.claims.models import Claim
from tests.support import world
with transaction.atomic():
    case = world.make_case(number="(2026)沪03破1号")
    supplier = world.make_creditor(
        case, "温州供货有限公司", filed="1200.00", confirmed="1000.00",
        conclusion="partly_confirmed",
    )
    bank = world.make_creditor(case, "示例银行", nature="secured", confirmed="8000.00")
    Claim.objects.filter(creditor=bank).update(collateral="示例路1号厂房抵押")
    for number in range(3):
        world.make_creditor(
            case, f"诉讼未决{number}", filed=f"{500 + number}.37", confirmed="0.00",
            conclusion="undetermined",
        )
    meeting = world.make_meeting(case, slug="first")
    for role in ("administrator", "judge"):
        world.make_person(case, role, name=role)
    for name, creditor in (("supplier", supplier), ("bank", bank)):
        world.make_person(case, "creditor", creditor, name=name)
"""


@pytest.fixture
def server(daphne_server: StartServer) -> Server:
    started = daphne_server()
    started.installation.python("-c", _ROOM)
    return started


def room(server: Server, open_context: OpenContext, name: str, size: str = "desktop") -> Page:
    """Somebody's room with the claims before them."""
    session = server.installation.session_of(name=name)
    page = open_context("zh-CN", size, person=session, url=server.url).new_page()
    page.goto("/meetings/first/#claims")
    expect(page.locator("#line")).to_have_attribute("data-status", "connected")
    return page


def test_verification_goes_on_after_the_meeting(
    server: Server, browser_context: OpenContext, screenshot: TakeScreenshot
) -> None:
    supplier = room(server, browser_context, "supplier", "phone")
    administrator = room(server, browser_context, "administrator")
    own = supplier.locator(".verify-item").filter(has=supplier.locator("#own-claim-1"))
    own.get_by_role("button", name="提出异议").click()
    supplier.get_by_role("textbox", name="异议理由").fill("货款尾数应当确认")
    supplier.get_by_label("证据附件").set_input_files(
        {"name": "对账单.pdf", "mimeType": "application/pdf", "buffer": paper().read()}
    )
    assert_accessible(supplier, "#panel-claims")
    supplier.get_by_role("button", name="提交异议").click()
    item = administrator.locator(".verify-item").filter(has_text="货款尾数应当确认")
    for page in (supplier, administrator):
        expect(page.get_by_role("link", name="对账单.pdf")).to_be_visible()

    # The period is announced while the administrator fills in another form.
    item.get_by_role("button", name="采纳并调整债权").click()
    item.get_by_label("调整后的确认金额").fill("１，１５０")
    expect(item.get_by_label("审查结论")).to_have_value("partly_confirmed")
    item.get_by_label("采纳理由").fill("经核对账单")
    judge = room(server, browser_context, "judge")
    judge.get_by_role("button", name="确定核查截止时间").click()
    tomorrow = judge.evaluate("new Date(Date.now() + 2 * 864e5).toISOString().slice(0, 16)")
    judge.get_by_label("核查截止时间").fill(tomorrow)
    judge.get_by_role("button", name="公布截止时间").click()
    for page in (supplier, administrator):
        expect(page.locator(".verify-period")).to_contain_text("核查进行至")
    expect(item.get_by_label("采纳理由")).to_have_value("经核对账单")
    assert_accessible(administrator, "#panel-claims")

    # After the close the room takes it all the same.
    judge.evaluate("location.hash = '#agenda'")
    server.installation.python("-c", _CLOSE)
    expect(administrator.locator("#now")).to_contain_text("已闭会")
    item.locator("form").get_by_role("button", name="采纳并调整债权").click()
    for page in (supplier, administrator):
        expect(page.locator(".badge", has_text="已采纳")).to_be_visible()
    expect(own).to_contain_text("1,150.00")
    own.get_by_role("button", name="提出异议").click()
    supplier.get_by_role("textbox", name="异议理由").fill("还差五十元")
    supplier.get_by_role("button", name="提交异议").click()
    second = administrator.locator(".verify-item").filter(has_text="还差五十元")
    second.get_by_role("button", name="答复", exact=True).click()
    second.get_by_label("管理人答复", exact=True).fill("没有凭证")
    second.get_by_role("button", name="发布答复").click()
    supplier.get_by_role("button", name="坚持异议").click()
    supplier.get_by_role("button", name="确定坚持").click()
    expect(administrator.locator(".badge", has_text="仍有异议")).to_be_visible()

    # The end is declared: the fifteen days are told, and nobody is locked out.
    administrator.get_by_role("button", name="现在结束核查").click()
    administrator.get_by_role("button", name="结束核查", exact=True).click()
    expect(supplier.locator(".verify-period")).to_contain_text("还有 15 天")
    assert_accessible(supplier, "#panel-claims")
    screenshot(supplier, "verification-after-the-end-phone")
    supplier.get_by_role("button", name="填写诉讼案号").click()
    supplier.get_by_role("textbox", name="诉讼案号").fill("（2026）沪03民初88号")
    supplier.get_by_role("button", name="保存案号").click()
    expect(second).to_contain_text("已起诉：（2026）沪03民初88号")
    screenshot(administrator, "verification-in-dispute")


_CLOSE = """
import django; django.setup()
from creditor_meetings.cases.models import Person
from creditor_meetings.meetings import verbs
from creditor_meetings.meetings.models import Meeting
from tests.support import world
meeting = Meeting.objects.get()
judge = Person.objects.get(name="judge")
verbs.change_state(meeting, "closed", world.viewer(judge, meeting))
"""


def test_many_amounts_and_a_waiver(
    server: Server, browser_context: OpenContext, screenshot: TakeScreenshot
) -> None:
    judge = room(server, browser_context, "judge")
    judge.get_by_text("暂缓确认的债权").click()
    judge.get_by_role("button", name="为多笔债权一并确定").click()
    form = judge.locator(".temporary-form")
    form.get_by_label("按申报金额的百分比").fill("33.33")
    form.get_by_role("button", name="填入各笔").click()
    first = form.get_by_label("诉讼未决0")
    expect(first).to_have_value("166.77")
    expect(form).to_contain_text("将确定 3 笔，合计 501.30")
    first.fill("500.38")
    form.get_by_label("理由").fill("参照一审判决")
    form.get_by_role("button", name="一并确定债权额").click()
    expect(form.get_by_role("alert")).to_contain_text("诉讼未决0")
    # What is half done survives a reload.
    judge.reload()
    judge.get_by_text("暂缓确认的债权").click()
    expect(form.get_by_label("理由")).to_have_value("参照一审判决")
    first.fill("")
    assert_accessible(judge, "#panel-claims")
    screenshot(judge, "verification-many-amounts")
    form.get_by_role("button", name="一并确定债权额").click()
    item = judge.locator(".verify-item").filter(has_text="诉讼未决1")
    item.get_by_text("确定和变更的记录").click()
    expect(item).to_contain_text("参照一审判决")

    bank = room(server, browser_context, "bank", "phone")
    administrator = room(server, browser_context, "administrator")
    bank.get_by_role("button", name="放弃优先受偿权").click()
    expect(bank.locator(".verify-statement").first).to_contain_text("示例路1号厂房抵押")
    bank.get_by_label("签名").fill("别人")
    bank.get_by_role("button", name="签名并提交声明").click()
    expect(bank.locator(".verify-waiver").get_by_role("alert")).to_contain_text("示例银行")
    assert_accessible(bank, "#panel-claims")
    bank.get_by_label("签名").fill("示例银行")
    bank.get_by_role("button", name="签名并提交声明").click()
    expect(bank.locator(".badge", has_text="待管理人审核")).to_be_visible()
    administrator.get_by_text("放弃优先受偿权声明 1 份").click()
    assert_accessible(administrator, "#panel-claims")
    administrator.get_by_role("button", name="认可", exact=True).click()
    expect(bank.locator(".badge", has_text="已认可")).to_be_visible()
    expect(bank.locator(".verify-item").first).to_contain_text("已放弃")
