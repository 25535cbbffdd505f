"""The text of documents: found whatever its width, case and line ends; read in paragraphs."""

import io
import string

import pytest
import typst
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader, PdfWriter

from documents import pages, paragraphs, search
from documents.models import Document, Opening
from tests.documents import papers
from tests.documents.conftest import House

TEXT = """
#set page(paper: "a4")
#set text(font: "Noto Sans CJK SC", size: 14pt)
债权申报三百二十六户，ABC 公司，ＶＩＰ客户。
#v(200pt)
#box(width: 5em)[重整计划草案与变价方案] \\
另有 #text(fill: white)[x] 债权申报一次。
#pagebreak()
#place(bottom + right)[债权申报]
"""


@pytest.fixture
def document(house: House) -> Document:
    """A document of two pages with known words."""
    made = typst.compile(TEXT.encode(), format="pdf")
    return house.hand_out(house.upload(made, name="文字.pdf"))


def _search(house: House, document: Document, words: str, role: str = "creditor") -> dict:
    response = house.client(role).get(house.url(document, "search/"), {"q": words})
    assert response.status_code == 200
    return response.json()


def test_where_it_stands_is_where_it_is_drawn(house: House, document: Document) -> None:
    found = _search(house, document, "债权申报")
    assert found["total"] == 3
    assert [hit["page"] for hit in found["hits"]] == [1, 1, 2]
    assert found["hits"][0]["excerpt"][1] == "债权申报"
    assert found["hits"][0]["excerpt"][2].startswith("三百二十六户")
    for hit in found["hits"]:
        picture = Image.open(pages.base(document, hit["page"], 1200)).convert("L")
        ((x, y, width, height),) = hit["rects"]
        box = [
            round(side * whole / 1000)
            for side, whole in zip((x, y, x + width, y + height), picture.size * 2, strict=True)
        ]
        word = picture.crop(tuple(box))
        # Ink within, four characters in a row, none just before on the same line at page 2.
        assert word.getextrema()[0] < 90
        assert 2.5 < word.width / word.height < 8
    x, y, width, height = found["hits"][2]["rects"][0]
    assert x + width > 800
    assert y + height > 900


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_pages_that_lie_on_their_side(house: House, turn: int) -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(typst.compile(TEXT.encode(), format="pdf"))))
    for page in writer.pages:
        page.rotate(turn)
    paper = io.BytesIO()
    writer.write(paper)
    document = house.hand_out(house.upload(paper.getvalue(), name="横.pdf"))
    ((x, y, width, height),) = _search(house, document, "债权申报")["hits"][2]["rects"]
    picture = Image.open(pages.base(document, 2, 1200)).convert("L")
    assert picture.getextrema()[0] < 90
    across, down = picture.size
    box = (x * across / 1000, y * down / 1000, (x + width) * across / 1000,
           (y + height) * down / 1000)  # fmt: skip
    assert picture.crop(tuple(round(side) for side in box)).getextrema()[0] < 90


@pytest.mark.parametrize(
    ("words", "total"),
    [
        ("abc", 1), ("ＡＢＣ", 1), ("vip", 1), ("ABC公司", 1), ("abc  公 司", 1),
        ("重整计划草案与变价方案", 1),  # runs over the ends of lines
        ("没有这几个字", 0), (".*", 0), ("%", 0),
    ],
)  # fmt: skip
def test_width_case_and_spaces_do_not_matter(
    house: House, document: Document, words: str, total: int
) -> None:
    found = _search(house, document, words)
    assert found["total"] == total
    assert not found["scanned"]
    assert all(hit["rects"] for hit in found["hits"])


@pytest.mark.parametrize("words", ["", "   ", "\u3000", "字" * 101, "字" * 2000, "a\x00b"])
def test_what_cannot_be_looked_for(house: House, document: Document, words: str) -> None:
    client = house.client("creditor")
    headers = {"Accept": "application/json"}
    response = client.get(house.url(document, "search/"), {"q": words}, headers=headers)
    assert response.status_code == 400
    assert response.json()["error"]["message"]


def test_a_scan_says_that_there_is_nothing_to_look_in(house: House) -> None:
    scan = house.hand_out(house.upload(papers.blank_pdf(3), name="扫描.pdf"))
    found = _search(house, scan, "债权")
    assert (found["total"], found["without_text"], found["scanned"]) == (0, 3, True)
    photo = house.hand_out(house.upload(papers.picture("JPEG"), name="照片.jpg"))
    assert _search(house, photo, "债权")["scanned"]
    page = house.client("creditor").get(house.url(photo)).content.decode()
    assert "data-search-open" not in page


def test_many_hits_are_counted_and_the_first_told(house: House) -> None:
    body = '#set text(font: "Noto Sans CJK SC")\n' + "债权" * 900
    document = house.hand_out(
        house.upload(typst.compile(body.encode(), format="pdf"), name="多.pdf")
    )
    found = _search(house, document, "债权")
    assert found["total"] == 900
    assert len(found["hits"]) == search.MOST_HITS


def test_who_searches_has_opened(house: House, document: Document) -> None:
    _search(house, document, "债权")
    assert Opening.objects.get().person == house.people["creditor"]


def test_strangers_and_documents_that_wait(house: House, document: Document) -> None:
    waiting = house.upload(name="未发.pdf")
    for role, found in (("stranger", document), ("creditor", waiting)):
        assert house.client(role).get(house.url(found, "search/?q=a")).status_code == 404


@given(st.text(alphabet=string.printable + "债权ＡＢ１　，。é", max_size=60), st.data())
def test_what_is_cut_out_of_a_text_is_found_in_it(text: str, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(text)))
    last = data.draw(st.integers(first, len(text)))
    wanted = search.fold(text[first:last])
    found = search._found(text, wanted) if wanted else []
    assert bool(found) == bool(wanted)
    for start, end in found:
        assert 0 <= start <= end < len(text)
        assert wanted in search.fold(text[start : end + 1])


def test_lines_become_paragraphs() -> None:
    lines = [
        "管理人执行职务工作报告",
        "管理人依照企业破产法第二十五条第一款第二项的规定调查债务人财产状",
        "况，现以二〇二二年六月三十日为基准日报告如下。账面价值取自专项审",
        "计报告。",
        "一、债务人基本情况",
        "示例包装有限公司成立于 2004 年。",
        "",
        "The administrator has examined the assets of the debtor as of the",
        "day of reference.",
    ]
    assert paragraphs.joined("\r\n".join(lines)) == [
        lines[0],
        lines[1] + lines[2] + lines[3],
        lines[4],
        lines[5],
        f"{lines[7]} {lines[8]}",
    ]


@given(st.text(max_size=200))
def test_no_character_is_lost_or_moved(text: str) -> None:
    together = "".join(paragraphs.joined(text))
    kept = paragraphs._CONTROL.sub("", text)
    assert "".join(together.split()) == "".join(kept.split())


def test_sizes_are_written_short() -> None:
    document = Document(page_sizes=[[595, 842]] * 3 + [[842, 595]] + [[595, 842]])
    assert pages.sizes(document) == "595x842*3,842x595,595x842"
