"""A creditor reads on a telephone: nearer, farther, by number, words found, text, and again."""

import json

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser import OpenContext, TakeScreenshot, assert_accessible
from tests.support.servers import Server, StartServer

PREPARE = """
import django; django.setup()
import json, sys, typst
from django.core.files.base import ContentFile
from creditor_meetings.cases.access import viewer_for
from creditor_meetings.cases.models import CaseRole
from creditor_meetings.meetings.models import Meeting
from documents import verbs
from documents.models import Document

meeting = Meeting.objects.get(slug="demo")
role = CaseRole.objects.filter(case=meeting.case, role="administrator", active=True).first()
viewer = viewer_for(role.person, meeting.case)
words = "#pagebreak()".join(f"\\n= 第 {n} 部分\\n本部分说明债权审查情况。" + (
    "特别事项：抵押物评估。" if n % 20 == 7 else "") for n in range(1, 61))
paper = typst.compile(('#set text(font: "Noto Sans CJK SC", size: 20pt)\\n' + words).encode(),
                      format="pdf", font_paths=["static/fonts"])
made = []
for version, title in enumerate(("长篇报告", "长篇报告修订")[:int(sys.argv[1])], start=1):
    found = Document.objects.filter(title=title).first()
    if found is None:
        file = ContentFile(paper, name="a.pdf")
        found = verbs.upload_document(meeting, file, viewer, title=title)
        Document.objects.filter(pk=found.pk).update(
            downloadable=False, version=version, replaces=made[-1] if made else None)
        verbs.hand_out_document(meeting, found.pk, viewer)
    made.append(found.pk)
print(json.dumps(made))
"""


@pytest.fixture
def server(daphne_server: StartServer) -> Server:
    """A server of this test's own with the demo case."""
    return daphne_server(demo=True)


def _prepare(server: Server, versions: int) -> list[int]:
    said = server.installation.python("-c", PREPARE, str(versions)).stdout
    return json.loads(said.strip().splitlines()[-1])


def _pictures(reader: Locator) -> list[str]:
    """The pages that have their picture, as they are asked for."""
    return reader.evaluate(
        "node => [...node.querySelectorAll('.reader-sheet img')].filter(i => i.naturalWidth)"
        ".map(i => i.currentSrc.split('/pages/')[1])"
    )


def _shown(page: Page, number: int) -> None:
    """Wait until one is on a page and sees its picture."""
    expect(page.locator(".reader [name=page]")).to_have_value(str(number))
    picture = page.locator(f'.reader-page[data-page="{number}"] img')
    expect(picture).to_be_in_viewport()
    expect(picture).to_have_js_property("complete", True)


def test_a_creditor_reads_a_long_document_on_a_telephone(
    server: Server, browser_context: OpenContext, screenshot: TakeScreenshot
) -> None:
    (first,) = _prepare(server, 1)
    person = server.people.one("creditor")
    page = browser_context("zh-CN", "phone", person=person, url=server.url).new_page()
    page.goto("/meetings/demo/#documents")
    page.get_by_role("button", name="长篇报告").click()
    reader = page.locator("#panel-documents .reader")
    _shown(page, 1)
    assert_accessible(page, "#panel-documents")

    # Those before the eyes and two ahead are fetched; the other 57 stand empty at their size.
    expect(reader.locator(".reader-page")).to_have_count(60)
    expect(reader.locator('.reader-page[data-page="3"] img')).to_have_count(1)
    expect(reader.locator('.reader-page[data-page="9"] img')).to_have_count(0)
    heights = reader.evaluate(
        "node => [...node.querySelectorAll('.reader-sheet')].map(n => Math.round(n.offsetHeight))"
    )
    assert len(set(heights)) == 1
    assert heights[0] > 300

    # By number, by button, by key.
    number = reader.get_by_label("页码")
    number.fill("30")
    number.press("Enter")
    _shown(page, 30)
    reader.get_by_role("button", name="下一页").click()
    _shown(page, 31)
    scroller = reader.locator(".reader-scroller")
    scroller.focus()
    scroller.press("PageUp")
    _shown(page, 30)
    scroller.press("End")
    expect(number).to_have_value("60")
    scroller.press("Home")
    _shown(page, 1)
    # What is far away was put aside again.
    expect(reader.locator('.reader-page[data-page="30"] img')).to_have_count(0)

    # Nearer: larger, finer, and it stays where it was.
    number.fill("12")
    number.press("Enter")
    _shown(page, 12)
    before = _width(reader, 12)
    for _ in range(3):
        reader.get_by_role("button", name="放大", exact=True).click()
    assert _width(reader, 12) == pytest.approx(before * 2, rel=0.02)
    expect(number).to_have_value("12")
    expect(reader.locator('.reader-page[data-page="12"] img[src*="w=1200"]')).to_be_visible()
    screenshot(page, "reader-phone-close")
    assert_accessible(page, "#panel-documents")
    scroller.press("0")
    assert _width(reader, 12) == pytest.approx(before, rel=0.01)
    scroller.press("+")
    assert _width(reader, 12) > before * 1.2
    reader.get_by_role("button", name="适合宽度").click()
    assert _width(reader, 12) == pytest.approx(before, rel=0.01)

    # Only to read.
    expect(reader.get_by_role("link", name="下载")).to_have_count(0)
    expect(reader).to_contain_text("不提供下载")
    assert page.request.get(f"/meetings/demo/documents/{first}/download/").status == 403

    # Words are found, marked on the page, gone through; width and spaces do not matter.
    reader.get_by_role("button", name="查找", exact=True).click()
    reader.get_by_role("searchbox").fill("抵押物 评估")
    expect(reader.locator("[data-search-count]")).to_have_text("第 2 处，共 3 处")
    _shown(page, 27)
    mark = reader.locator('.reader-page[data-page="27"] .reader-hit--here')
    expect(mark).to_be_in_viewport()
    reader.get_by_role("button", name="下一处").click()
    _shown(page, 47)
    reader.get_by_role("button", name="第 7 页").click()
    _shown(page, 7)
    expect(reader.locator("[aria-current]")).to_contain_text("特别事项：抵押物评估")
    screenshot(page, "reader-phone-search")
    assert_accessible(page, "#panel-documents")

    # The text, at the same page, with the same words marked; larger type; and back.
    reader.get_by_role("link", name="看文字").click()
    text = reader.locator('.reader-text section[data-page="7"]')
    expect(text).to_be_in_viewport()
    expect(text.locator("mark.reader-hit--here")).to_have_text("抵押物评估")
    expect(number).to_have_value("7")
    size = "node => parseFloat(getComputedStyle(node).fontSize)"
    plain = text.evaluate(size)
    assert plain >= 18
    reader.get_by_role("button", name="放大文字").click()
    reader.get_by_role("button", name="放大文字").click()
    assert text.evaluate(size) == pytest.approx(plain * 1.4, rel=0.02)
    expect(number).to_have_value("7")
    screenshot(page, "reader-phone-text")
    assert_accessible(page, "#panel-documents")
    reader.get_by_role("button", name="结束查找").click()
    expect(reader.locator(".reader-hit")).to_have_count(0)
    reader.get_by_role("link", name="看版面").click()
    _shown(page, 7)

    # A newer version comes while one reads: a line says so, the page stays.
    _prepare(server, 2)
    newer = page.locator("#panel-documents .reader-newer")
    expect(newer).to_contain_text("现在有第 2 版")
    _shown(page, 7)
    page.get_by_role("button", name="返回文件列表").click()
    rows = page.locator("#panel-documents .document", has_text="长篇报告")
    expect(rows).to_have_count(1)
    rows.get_by_text("旧版本").click()
    rows.get_by_role("button", name="第 1 版：长篇报告").click()
    # One is where one was.
    _shown(page, 7)
    newer.get_by_role("button", name="看第 2 版").click()
    _shown(page, 1)

    # On its own page too.
    page.goto(f"/meetings/demo/documents/{first}/")
    _shown(page, 7)
    assert any(one.startswith("7.webp") for one in _pictures(page.locator(".reader")))
    assert_accessible(page)


def _width(reader: Locator, page: int) -> float:
    box = reader.locator(f'.reader-page[data-page="{page}"] .reader-sheet').bounding_box()
    assert box is not None
    return box["width"]


def test_two_fingers_the_wheel_and_others_beside_the_page(
    server: Server, browser_context: OpenContext
) -> None:
    (document,) = _prepare(server, 1)
    person = server.people.one("judge")
    page = browser_context("zh-CN", "desktop", person=person, url=server.url).new_page()
    # Something that goes along with the reader, as the presenter's lead does.
    page.route(
        "**/js/documents/companions.js",
        lambda route: route.fulfill(
            content_type="text/javascript",
            body="""
import { onReader } from "./reader.js";
onReader((reader) => {
  window.told = [];
  window.reader = reader;
  for (const name of ["ready", "pagechange", "closed"]) {
    reader.addEventListener(name, (event) => window.told.push([name, event.detail]));
  }
  const mark = document.createElement("i");
  mark.className = "reader-mark";
  for (const [name, value] of [["--x", 500], ["--y", 250], ["--w", 100], ["--h", 50]]) {
    mark.style.setProperty(name, value);
  }
  reader.pageElement(2).append(mark);
  reader.slot("bar").append("讲解中");
});
""",
        ),
    )
    page.goto(f"/meetings/demo/documents/{document}/")
    _shown(page, 1)
    told = "() => window.told"
    assert page.evaluate(told) == [["ready", {}]]
    expect(page.locator('[data-reader-slot="bar"]')).to_have_text("讲解中")
    # The presenter's lead, then the reader's own way.
    page.evaluate("window.reader.goTo(20, {smooth: true, quiet: true})")
    _shown(page, 20)
    page.get_by_role("button", name="上一页").click()
    _shown(page, 19)
    assert [one[1] for one in page.evaluate(told)[1:]] == [
        {"page": 20, "by": "presenter"},
        {"page": 19, "by": "reader"},
    ]
    # What lies on a page lies there at any size.
    page.evaluate("window.reader.goTo(2)")
    reader = page.locator(".reader")
    for _ in range(2):
        sheet, mark = (
            reader.locator(one).bounding_box()
            for one in ('.reader-page[data-page="2"] .reader-sheet', "i.reader-mark")
        )
        assert sheet is not None
        assert mark is not None
        assert (mark["x"] - sheet["x"]) / sheet["width"] == pytest.approx(0.5, abs=0.01)
        assert (mark["y"] - sheet["y"]) / sheet["height"] == pytest.approx(0.25, abs=0.01)
        assert mark["width"] / sheet["width"] == pytest.approx(0.1, abs=0.01)
        # Nearer at a point by the wheel: what lies under the pointer stays there.
        box = reader.locator(".reader-scroller").bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 200)
        page.keyboard.down("Control")
        page.mouse.wheel(0, -200)
        page.keyboard.up("Control")
        expect(reader.locator("[data-zoom-shown]")).not_to_have_text("100%")
    expect(reader.locator("[name=page]")).to_have_value("2")
    page.evaluate("window.reader.close()")
    assert page.evaluate(told)[-1][0] == "closed"
