"""Documents in real browsers: uploaded, handed out while people are in the room, read there."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.documents import papers
from tests.support.browser import OpenContext, TakeScreenshot, assert_accessible
from tests.support.servers import Server, StartServer

LIST = "/meetings/demo/documents/"
CHECKED_MS = 120_000
"""What is uploaded is sent, looked at by a process of its own, and asked for each second."""


@pytest.fixture
def server(daphne_server: StartServer) -> Server:
    """A server of this test's own with the demo case."""
    return daphne_server(demo=True)


def _page(browser_context: OpenContext, server: Server, role: str, size: str = "desktop") -> Page:
    person = server.people.one(role)
    return browser_context("zh-CN", size, person=person, url=server.url).new_page()


def _upload(page: Page, *files: Path, title: str = "") -> None:
    page.goto(LIST)
    page.get_by_label("选择文件").set_input_files(files)
    if title:
        page.get_by_label("标题").fill(title)
    page.get_by_role("button", name="上传", exact=True).click()


def _room(page: Page) -> Page:
    page.goto("/meetings/demo/#documents")
    expect(page.locator("#line")).to_have_attribute("data-status", "connected")
    expect(page.locator("#panel-documents")).to_be_visible()
    return page


def test_a_document_handed_out_reaches_everybody_and_is_read(
    server: Server, browser_context: OpenContext, tmp_path: Path, screenshot: TakeScreenshot
) -> None:
    paper = tmp_path / "补充报告.pdf"
    paper.write_bytes(papers.report())
    administrator = _page(browser_context, server, "administrator")
    creditor = _room(_page(browser_context, server, "creditor", "phone"))
    judge = _room(_page(browser_context, server, "judge"))
    title = "关于财产状况的补充报告"
    _upload(administrator, paper, title=title)
    expect(administrator.get_by_role("link", name=title, exact=True)).to_be_visible(
        timeout=CHECKED_MS
    )

    # The team has it at once, the others not yet.
    expect(judge.locator("#panel-documents").get_by_text(title)).to_be_visible()
    _room(administrator)
    expect(creditor.locator("#panel-documents .document").first).to_be_visible()
    expect(creditor.get_by_text(title)).to_have_count(0)
    badge = creditor.locator("[data-badge=documents]")
    expect(badge).to_have_text(re.compile(r"^\d+$"))
    unread = int(badge.inner_text())

    administrator.get_by_role("button", name=f"发放“{title}”").click()
    notice = creditor.locator("#notices").get_by_text(f"新文件：《{title}》")
    expect(notice).to_be_visible()
    # A notice goes by itself after a while; one that has the focus stays.
    read = creditor.locator("#notices").get_by_role("button", name="阅读")
    read.focus()
    expect(creditor.locator("[data-badge=documents]")).to_have_text(str(unread + 1))
    expect(administrator.get_by_role("button", name=f"发放“{title}”")).to_be_hidden()

    read.click()
    reader = creditor.locator("#panel-documents .documents-reader")
    expect(reader.get_by_role("heading", name=title)).to_be_focused()
    first = reader.get_by_alt_text("第 1 页，共 3 页")
    expect(first).to_be_visible()
    expect(first).to_have_js_property("complete", True)
    assert first.evaluate("image => image.naturalWidth") > 0
    expect(creditor.locator("[data-badge=documents]")).to_have_text(str(unread))
    for page in (administrator, judge):
        row = page.locator("#panel-documents .document", has_text=title)
        expect(row).to_contain_text("1 人已阅")
    screenshot(creditor, "documents-reader-phone")
    screenshot(judge, "documents-room-desktop")

    # What happens meanwhile leaves the reader as it is.
    reader.evaluate("node => { node.querySelector('img').dataset.mine = 'yes'; }")
    _upload(administrator, paper, title="第二份补充报告")
    expect(administrator.get_by_role("link", name="第二份补充报告", exact=True)).to_be_visible(
        timeout=CHECKED_MS
    )
    _room(administrator)
    administrator.get_by_role("button", name="发放“第二份补充报告”").click()
    expect(creditor.locator("[data-badge=documents]")).to_have_text(str(unread + 1))
    expect(reader.locator("img[data-mine=yes]")).to_have_count(1)

    reader.get_by_role("link", name="看文字").click()
    expect(reader.locator(".reader-text")).to_contain_text("796,598,397.62")
    assert_accessible(creditor, "#panel-documents")
    with creditor.expect_download() as given:
        reader.get_by_role("link", name="下载").click()
    assert given.value.suggested_filename == "补充报告.pdf"
    assert given.value.path().read_bytes() == papers.report()
    reader.get_by_role("button", name="返回文件列表").click()
    opened = creditor.locator("#panel-documents .document", has_text=title).first
    expect(opened.get_by_role("button")).to_be_focused()
    assert_accessible(creditor, "#panel-documents")
    assert_accessible(judge, "#panel-documents")

    # An address opens its document, also where the reader arrives after everything else.
    number = opened.get_attribute("data-key")
    creditor.goto("about:blank")
    creditor.goto(f"/meetings/demo/#documents/{number}")
    expect(reader.get_by_role("heading", name=title)).to_be_visible()
    # It counts as opened when it is sent, and the heading is there before.
    expect(reader.get_by_alt_text("第 1 页，共 3 页")).to_be_visible()

    # Who comes back later has it all, and what was read stays read.
    creditor.goto("about:blank")
    _room(creditor)
    expect(creditor.locator("[data-badge=documents]")).to_have_text(str(unread + 1))

    administrator.goto(LIST)
    administrator.get_by_role("link", name=re.compile(f"“{title}”的查阅记录")).click()
    expect(administrator.locator(".openings tbody tr")).to_have_count(3)
    expect(administrator.locator(".openings tbody")).to_contain_text("下载")
    assert_accessible(administrator)


def test_the_upload_page_says_of_each_file_what_became_of_it(
    server: Server, browser_context: OpenContext, tmp_path: Path, screenshot: TakeScreenshot
) -> None:
    good, bad, huge = (tmp_path / name for name in ("好.pdf", "网页.pdf", "巨大.pdf"))
    good.write_bytes(papers.report())
    bad.write_bytes(papers.HTML)
    with huge.open("wb") as file:
        file.truncate(201 * 1024 * 1024)
    page = _page(browser_context, server, "administrator")
    _upload(page, good, bad, huge)
    rows = page.locator(".upload")
    expect(rows.nth(0)).to_contain_text("已上传", timeout=CHECKED_MS)
    expect(rows.nth(1)).to_contain_text("请上传 PDF", timeout=CHECKED_MS)
    expect(rows.nth(2)).to_contain_text("超过上限 200.0 MB")
    assert_accessible(page)
    screenshot(page, "documents-upload-desktop", full_page=True)
    # What is stored is not sent again with the rest.
    names = "input => [...input.files].map(file => file.name).sort()"
    assert page.get_by_label("选择文件").evaluate(names) == ["巨大.pdf", "网页.pdf"]
    page.get_by_role("link", name="刷新文件列表").click()
    expect(page.get_by_role("link", name="好", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="网页", exact=True)).to_have_count(0)

    page.get_by_role("link", name="修改“好”").click()
    expect(page.get_by_role("button", name="保存")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("标题").fill("更好")
    page.get_by_label("议程").select_option(index=1)
    page.get_by_role("button", name="保存").click()
    page.get_by_role("link", name="更好", exact=True).click()
    picture = page.get_by_alt_text("更好，第 1 页，共 3 页")
    expect(picture).to_be_visible()
    assert_accessible(page)
    small = picture.bounding_box()
    for _ in range(3):
        page.get_by_role("button", name="放大", exact=True).click()
    large = picture.bounding_box()
    assert small is not None
    assert large is not None
    assert large["width"] > 1.8 * small["width"]
    assert_accessible(page)
    page.get_by_role("link", name="看文字").click()
    expect(page.locator(".reader-text")).to_be_visible()
    assert_accessible(page)
    page.goto(LIST)
    page.get_by_role("button", name="撤回“更好”").click()
    expect(page.get_by_text("已撤回“更好”")).to_be_visible()


def test_the_form_works_without_scripts(
    server: Server, browser_context: OpenContext, tmp_path: Path
) -> None:
    good, bad = tmp_path / "好.pdf", tmp_path / "空.pdf"
    good.write_bytes(papers.report())
    bad.write_bytes(b"")
    person = server.people.one("administrator")
    context = browser_context(
        "zh-CN", "phone", person=person, url=server.url, java_script_enabled=False
    )
    page = context.new_page()
    _upload(page, good, bad)
    expect(page.get_by_role("alert")).to_contain_text("空.pdf", timeout=CHECKED_MS)
    expect(page.get_by_role("link", name="好", exact=True)).to_be_visible()
    page.get_by_role("button", name="发放“好”").click()
    expect(page.get_by_text("已发放“好”")).to_be_visible()
