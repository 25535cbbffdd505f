"""Preparing a meeting in a browser: usable and accessible on desktop and phone, live to rooms."""

import pytest
from playwright.sync_api import expect

from tests.support.browser import OpenContext, assert_accessible
from tests.support.servers import StartServer


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_an_administrator_prepares_and_a_room_follows(
    daphne_server: StartServer, browser_context: OpenContext, size: str
) -> None:
    server = daphne_server(demo=True)
    people = server.people
    page = browser_context(size=size, person=people.one("administrator"), url=server.url).new_page()
    room = browser_context(person=people.one("creditor"), url=server.url).new_page()
    room.goto("/meetings/demo/")
    expect(room.get_by_text("核查债权").first).to_be_attached()

    page.goto("/meetings/demo/prepare/")
    assert_accessible(page)
    narrow = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert page.evaluate(narrow), "the page is wider than the window"

    add = page.locator("form[action$='/agenda/add/']")
    add.get_by_label("标题").fill("选任债权人委员会")
    add.get_by_role("button", name="添加议程").click()
    expect(page.locator(".agenda-line")).to_have_count(10)
    expect(room.get_by_text("选任债权人委员会").first).to_be_attached()

    page.get_by_role("button", name="上移：选任债权人委员会").click()
    expect(page.locator(".agenda-line").nth(8)).to_contain_text("选任债权人委员会")

    page.goto("/")
    page.goto(f"/cases/{_case_id(page)}/meetings/new/")
    assert_accessible(page)
    page.get_by_label("会议名称").fill("第二次债权人会议")
    page.get_by_role("button", name="建立会议").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("第二次债权人会议")
    assert_accessible(page)


def _case_id(page) -> str:
    address = page.locator("a[href^='/cases/']").first.get_attribute("href")
    assert address is not None
    return address.split("/")[2]
