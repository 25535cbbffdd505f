"""The pages in a real browser: looks, accessibility, a passkey from beginning to end."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import OpenContext, TakeScreenshot, assert_accessible
from tests.support.servers import Server, StartServer

BUILD = """
import django; django.setup()
import json
from creditor_meetings.cases import invitations
from creditor_meetings.cases.models import Creditor, Person
from tests.support.world import make_case, make_creditor, make_meeting, make_person
case = make_case(number="（2022）浙0381破示12号", court="示例市人民法院", debtor="示例包装有限公司",
                 administrator_firm="示例律师事务所", panel="陈法官、王法官", clerk="李书记员")
bank = make_creditor(case, "乐清示例银行泰隆示支行", confirmed="18662770.95")
ink = make_creditor(case, "云江示例油墨有限公司")
Creditor.objects.filter(pk=ink.pk).update(
    identity_number="91990000MAT11X5051", contact_name="池建国", phone="16000000001",
    email="creditor0001@example.com")
ink.refresh_from_db()
make_meeting(case, "convened", title="第一次债权人会议")
admin = make_person(case, "administrator", name="周管理")
make_person(case, "judge", name="陈法官")
member = make_person(case, "creditor", bank, name="王行长")
operator = Person.objects.create_superuser("op@example.com", "a long enough secret", name="运维")
staff = make_person(case, "clerk", name="李书记员")
staff.email = "clerk@example.com"
staff.set_password("a long enough secret")
staff.save()
link = invitations.issue_for_creditor(ink)
used = invitations.issue(case, "observer", "旁听人", requires_identity=False)
expired = invitations.issue(case, "observer", "过期")
expired.invitation.expires_at = case.created_at
expired.invitation.save()
demo = invitations.issue(case, "judge", "陈法官", requires_identity=False)
print(json.dumps({
    "case": case.pk, "admin": admin.pk, "member": member.pk, "operator": operator.pk,
    "staff": staff.pk, "link": link.token, "expired": expired.token, "demo": demo.token}))
"""


@pytest.fixture
def built(daphne_server: StartServer) -> tuple[Server, dict[str, Any]]:
    """A server with a small case, the second factor asked for."""
    server = daphne_server(env={"DEMO": "0", "REQUIRE_STAFF_MFA": "0"})
    out = server.installation.python("-c", BUILD).stdout
    return server, json.loads(out.strip().splitlines()[-1])


def no_sideways_scrolling(page: Page) -> None:
    wide = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert wide <= 0, f"{page.url} scrolls sideways by {wide} pixels"


@pytest.mark.parametrize(("lang", "size"), [("zh-CN", "phone"), ("en", "desktop")])
def test_every_page_is_accessible(
    built: tuple[Server, dict[str, Any]],
    browser_context: OpenContext,
    screenshot: TakeScreenshot,
    lang: str,
    size: str,
) -> None:
    server, ids = built

    def look(page: Page, path: str, name: str) -> None:
        page.goto(server.url + path)
        expect(page.locator("h1").first).to_be_visible()
        assert_accessible(page)
        no_sideways_scrolling(page)
        screenshot(page, f"{name}-{lang}-{size}", full_page=True)

    session = server.installation.session_of
    stranger = browser_context(lang, size).new_page()
    look(stranger, "/", "welcome")
    look(stranger, "/signin/", "signin")
    stranger.get_by_role("textbox").fill("16000000001")
    stranger.locator("main button[type=submit]").click()
    stranger.wait_for_url("**/signin/code/")
    look(stranger, "/signin/code/", "code")
    look(stranger, f"/invite/{ids['link']}/", "invite")
    look(stranger, f"/invite/{ids['expired']}/", "invite-expired")
    look(stranger, f"/invite/{ids['demo']}/", "invite-demo")
    look(stranger, "/invite/nothing/", "invite-unknown")
    look(stranger, "/account/login/", "login")
    look(stranger, "/account/password/reset/", "reset")
    look(stranger, "/nothing/", "404")
    member = browser_context(
        lang, size, person=session(pk=ids["member"]), url=server.url
    ).new_page()
    look(member, "/", "home-creditor")
    look(member, f"/cases/{ids['case']}/", "refused")
    admin = browser_context(lang, size, person=session(pk=ids["admin"]), url=server.url).new_page()
    for path, name in [("", "case"), ("edit/", "edit"), ("people/", "people")]:
        look(admin, f"/cases/{ids['case']}/{path}", name)
    look(admin, f"/cases/{ids['case']}/invitations/", "invitations")
    look(admin, "/", "home-admin")
    look(admin, "/account/password/set/", "password-set")
    look(admin, "/account/2fa/", "2fa")
    look(admin, "/account/2fa/totp/activate/", "totp")
    look(admin, "/account/2fa/webauthn/add/", "passkey-add")
    operator = browser_context(
        lang, size, person=session(pk=ids["operator"]), url=server.url
    ).new_page()
    look(operator, "/cases/new/", "new-case")


def test_a_creditor_comes_in_by_its_link_on_a_phone(
    built: tuple[Server, dict[str, Any]], browser_context: OpenContext
) -> None:
    server, ids = built
    page = browser_context("zh-CN", "phone").new_page()
    page.goto(f"{server.url}/invite/{ids['link']}/")
    expect(page.get_by_text("云江示例油墨有限公司")).to_be_visible()
    page.get_by_label("姓名或名称").fill("池建国")
    page.get_by_label("证件号码后六位").fill("111111")
    page.get_by_role("button", name="核对并进入").click()
    expect(page.get_by_text("还可以尝试 4 次")).to_be_visible()
    page.get_by_label("证件号码后六位").fill("1x5051")
    page.get_by_role("button", name="核对并进入").click()
    page.wait_for_url(re.compile(r"/meetings/[^/]+/$"))


def test_a_passkey_is_made_and_signs_in(
    daphne_server: StartServer, browser_context: OpenContext, tmp_path: Path
) -> None:
    server = daphne_server(env={"DEMO": "0", "DEBUG": "1", "REQUIRE_STAFF_MFA": "1"})
    out = server.installation.python("-c", BUILD).stdout
    ids = json.loads(out.strip().splitlines()[-1])
    # Browsers give passkeys to localhost, not to bare addresses.
    url = server.url.replace("127.0.0.1", "localhost")
    context = browser_context("zh-CN")
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    page.goto(f"{url}/account/login/?next=/cases/{ids['case']}/")
    page.get_by_label("电子邮箱").fill("clerk@example.com")
    page.get_by_label("密码").fill("a long enough secret")
    page.locator("main").get_by_role("button", name="登录", exact=True).click()
    # Nothing opens before there is a second factor.
    page.wait_for_url(f"{url}/account/2fa/")
    page.goto(f"{url}/account/2fa/webauthn/add/")
    expect(page.locator("#id_passwordless")).to_be_checked()
    page.locator("#mfa_webauthn_add").click()
    page.wait_for_url(re.compile("/account/2fa/recovery-codes/"))
    page.goto(f"{url}/cases/{ids['case']}/")
    expect(page.get_by_role("heading", level=1, name="示例包装有限公司")).to_be_visible()
    page.goto(f"{url}/account/logout/")
    page.locator("main").get_by_role("button").click()
    page.wait_for_url(f"{url}/signin/")
    page.goto(f"{url}/account/login/?next=/cases/{ids['case']}/")
    page.get_by_role("button", name="用通行密钥登录").click()
    page.wait_for_url(f"{url}/cases/{ids['case']}/")
    expect(page.get_by_role("heading", level=1, name="示例包装有限公司")).to_be_visible()
