"""In browsers: a room that meets a newer server, and the operator's page while people vote."""

import json
import re

import httpx
from playwright.sync_api import Page, Route, expect

from tests.running.voting import Voter
from tests.support.browser import OpenContext, TakeScreenshot, assert_accessible
from tests.support.servers import StartServer
from tests.voting.test_durability import SEATS

OPERATOR = """
import django; django.setup()
from creditor_meetings.cases.models import Person
from tests.voting.seats import session_of
print(session_of(Person.objects.create_superuser("operator@example.cn", "a long password")))
"""


def test_a_newer_server_and_the_operators_page(
    daphne_server: StartServer, browser_context: OpenContext, screenshot: TakeScreenshot
) -> None:
    server = daphne_server()
    hall = json.loads(server.installation.python("-c", SEATS).stdout)
    operator = server.installation.python("-c", OPERATOR).stdout.split()[-1]

    # --- a page of before meets the server of now ---
    phone = browser_context("zh-CN", "phone", person=hall["voters"][0]["session"], url=server.url)
    page = phone.new_page()

    def as_before(route: Route) -> None:
        answer = httpx.get(
            route.request.url, cookies={"sessionid": hall["voters"][0]["session"]}, timeout=30
        )
        older = re.sub(r'data-build="\w+"', 'data-build="0123456789ab"', answer.text)
        assert older != answer.text
        policy = answer.headers["content-security-policy"]
        route.fulfill(
            body=older, content_type="text/html", headers={"content-security-policy": policy}
        )

    address = f"**/meetings/{hall['slug']}/"
    page.route(address, as_before)
    page.goto(f"/meetings/{hall['slug']}/")
    bar = page.get_by_role("region", name="系统更新")
    expect(bar).to_contain_text("您正在填写的内容会保留")
    page.get_by_role("button", name=re.compile("^去表决")).click()
    page.get_by_role("radio", name="反对", exact=True).check()
    assert_accessible(page, within="#renewal-bar")
    screenshot(page, "renewal-phone")
    page.unroute(address)
    with page.expect_navigation():
        bar.get_by_role("button", name="更新本页").click()
    expect(page.locator("#line-text")).to_have_text("已连接")
    expect(page.get_by_role("radio", name="反对", exact=True)).to_be_checked()
    expect(page.locator("#renewal-bar")).to_be_hidden()

    # --- the operator watches a vote ---
    voters = [Voter(server.ws_url, server.url, hall, seat) for seat in hall["voters"][1:4]]
    for voter in voters:
        voter.start()
    desktop = browser_context("zh-CN", "desktop", person=operator, url=server.url)
    watching = desktop.new_page()
    watching.goto("/operator/")
    tile = watching.get_by_role("listitem").filter(
        has=watching.get_by_role("heading", name="每秒选票")
    )
    expect(tile.locator(".tile-value")).not_to_have_text("0", timeout=60_000)
    expect(watching.locator("#renewing")).to_have_text("每 5 秒自动更新")
    processes = watching.get_by_role("region", name="服务进程")
    expect(processes.get_by_role("row")).to_have_count(2)
    expect(processes).to_contain_text("运行中")
    assert_accessible(watching)
    screenshot(watching, "operator-desktop", full_page=True)
    small = browser_context("zh-CN", "phone", person=operator, url=server.url).new_page()
    small.goto("/operator/")
    assert_accessible(small)
    assert not wider_than_its_window(small)
    screenshot(small, "operator-phone", full_page=True)

    # The server goes: the page says so and keeps its numbers.
    for voter in voters:
        voter.enough.set()
    server.stop()
    expect(watching.locator("#renewing")).to_contain_text("连接中断", timeout=60_000)
    expect(tile).to_be_visible()


def wider_than_its_window(page: Page) -> bool:
    return bool(
        page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    )
