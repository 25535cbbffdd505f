"""A large upload breaks off three times over and is whole in the end."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.documents import hostile, papers
from tests.support.browser import OpenContext, TakeScreenshot, assert_accessible
from tests.support.servers import Server, StartServer

LIST = "/meetings/demo/documents/"
PIECE = 4 * 1024 * 1024
CHECKED_MS = 240_000
"""So long LibreOffice may take for a file."""


@pytest.fixture
def server(daphne_server: StartServer) -> Server:
    """A server of this test's own with the demo case."""
    return daphne_server(demo=True)


def _page(browser_context: OpenContext, server: Server, size: str = "desktop") -> Page:
    person = server.people.one("administrator")
    return browser_context("zh-CN", size, person=person, url=server.url).new_page()


def _large(path: Path) -> None:
    # A PDF may be followed by a remark of any length before its last line.
    filler = b"\n%" + os.urandom(PIECE).hex().encode() + b"x" * PIECE
    path.write_bytes(papers.report().replace(b"\nstartxref", filler + b"\nstartxref"))


def test_an_upload_goes_on_after_whatever_broke_it_off(
    server: Server, browser_context: OpenContext, tmp_path: Path, screenshot: TakeScreenshot
) -> None:
    large, other, office = (tmp_path / name for name in ("大.pdf", "另.pdf", "方案.docx"))
    _large(large)
    other.write_bytes(papers.blank_pdf())
    office.write_bytes(hostile.document())
    page = _page(browser_context, server)
    page.goto(LIST)
    sent: list[str] = []

    def one_piece_each_time(route: Route) -> None:
        if route.request.method == "PATCH":
            sent.append(route.request.headers["upload-offset"])
            if len(sent) > 1:
                route.abort()
                return
        route.continue_()

    page.route("**/documents/uploads/*/", one_piece_each_time)
    page.get_by_label("选择文件").set_input_files(large)
    page.get_by_role("button", name="上传", exact=True).click()
    row = page.locator("[data-uploads] .upload")
    expect(row).to_contain_text("网络中断，正在重新连接…已传 33%，不会丢失。")
    screenshot(page, "documents-upload-broken", full_page=True)

    # The server goes, and the page with it.
    server.kill()
    server.start()
    server.wait_ready()
    page.goto(LIST)
    page.unroute("**/documents/uploads/*/")
    half = page.locator("[data-unfinished] .upload")
    expect(half).to_contain_text("已传 33%")
    assert_accessible(page)
    with page.expect_file_chooser() as chooser:
        half.get_by_role("button", name="继续上传“大.pdf”").click()
    chooser.value.set_files(other)
    expect(half).to_contain_text("这不是同一个文件：上次传的是“大.pdf”")

    # The same file chosen in the form goes on by itself; another one is converted meanwhile.
    went_on: list[str] = []
    page.on(
        "request",
        lambda request: (
            went_on.append(request.headers["upload-offset"]) if request.method == "PATCH" else None
        ),
    )
    page.get_by_label("选择文件").set_input_files([large, office])
    page.get_by_role("button", name="上传", exact=True).click()
    expect(page.get_by_role("link", name="大", exact=True)).to_be_visible(timeout=CHECKED_MS)
    assert str(PIECE) in went_on
    assert went_on.count("0") == 1, "only the office file begins at its beginning"
    expect(page.locator("[data-unfinished]")).to_have_count(0)
    expect(page.locator("tbody")).to_contain_text("由 Office 文件转换为 PDF")
    with page.expect_download() as given:
        page.get_by_role("link", name="下载上传的原文件：方案.docx").click()
    assert given.value.path().read_bytes() == office.read_bytes()

    # A new version from the form: the old one stays, marked as such.
    page.get_by_label("选择文件").set_input_files(other)
    page.get_by_label("是哪个文件的新版").select_option(label="方案")
    page.get_by_label("上传后立即发放").check()
    page.get_by_role("button", name="上传", exact=True).click()
    expect(page.locator("tr", has_text="旧版本，已有新版")).to_contain_text(
        "方案", timeout=CHECKED_MS
    )
    expect(page.locator("tr", has_text="第 2 版").first).to_contain_text("方案")
    assert_accessible(page)
    screenshot(page, "documents-versions-desktop", full_page=True)
    phone = _page(browser_context, server, "phone")
    phone.goto(LIST)
    screenshot(phone, "documents-versions-phone", full_page=True)
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
