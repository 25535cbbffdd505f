"""Pages as readers get them: with the name, for this reader alone, drawn ahead, only to read."""

import io
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image, ImageChops, ImageStat

from creditor_meetings.cases import clock
from documents import pages, store, warming, watermark
from documents.models import Document, Opening
from tests.documents import papers
from tests.documents.conftest import House, draws_ahead


@pytest.fixture
def document(house: House) -> Document:
    """A document that everybody has."""
    return house.hand_out(house.upload())


def _picture(client: Client, house: House, document: Document, more: str = "?w=800") -> Image.Image:
    response = client.get(house.url(document, f"pages/2.webp{more}"))
    assert response.status_code == 200
    return Image.open(io.BytesIO(response.content)).convert("L")


def _darker(base: Image.Image, picture: Image.Image, mask: Image.Image) -> float:
    """How much darker the picture is than the bare page, where the mask is set."""
    return ImageStat.Stat(ImageChops.subtract(base, picture), mask).mean[0]


def _mask(base: Image.Image, text: str) -> Image.Image:
    paper = io.BytesIO()
    Image.new("RGB", base.size, "white").save(paper, format="JPEG", quality=100)
    paper.seek(0)
    only = Image.open(io.BytesIO(watermark.laid_over(paper, text))).convert("L")
    return only.point(lambda level: 255 if level < 245 else 0)


def test_a_page_holds_its_readers_name_and_no_other(house: House, document: Document) -> None:
    mine = _picture(house.client("creditor"), house, document)
    theirs = _picture(house.client("observer"), house, document)
    base = Image.open(pages.base(document, 2, 800)).convert("L")
    words = {
        role: watermark.words(
            house.viewer(role), Opening.objects.filter(person=house.people[role]).get().at
        )
        for role in ("creditor", "observer")
    }
    assert words["creditor"].startswith("creditor · 李华 · ")
    assert words["observer"].startswith("observer · 旁听人员 · ")
    masks = {role: _mask(base, text) for role, text in words.items()}
    for role, picture in (("creditor", mine), ("observer", theirs)):
        other = "observer" if role == "creditor" else "creditor"
        only_here = ImageChops.subtract(masks[role], masks[other])
        only_there = ImageChops.subtract(masks[other], masks[role])
        assert _darker(base, picture, only_here) > 15
        assert _darker(base, picture, only_there) < 8
    # What stands on the page stays readable: black is black, and most of the paper is white.
    assert mine.getextrema()[0] < 60
    assert ImageStat.Stat(mine).mean[0] > ImageStat.Stat(base).mean[0] - 12


def test_the_name_reaches_every_strip_of_the_page() -> None:
    paper = io.BytesIO()
    Image.new("RGB", (800, 1131), "white").save(paper, format="JPEG")
    paper.seek(0)
    marked = Image.open(io.BytesIO(watermark.laid_over(paper, "李华 · 2026-01-05 09:00"))).convert(
        "L"
    )
    for top in range(0, 1131 - 240, 60):
        assert marked.crop((0, top, 800, top + 240)).getextrema()[0] < 235, top
    for left in range(0, 800 - 300, 60):
        assert marked.crop((left, 0, left + 300, 1131)).getextrema()[0] < 235, left


@pytest.mark.parametrize("role", ["creditor", "proxy", "administrator", "judge"])
def test_who_is_named(house: House, role: str) -> None:
    named = {
        "creditor": "creditor · 李华",
        "proxy": "proxy · 李华",
        "administrator": "administrator · 管理人",
        "judge": "judge · 法官",
    }
    assert watermark.reader_name(house.viewer(role)) == named[role]


def test_who_acts_for_several_is_named_with_their_number(house: House) -> None:
    from tests.support import world

    case = house.meeting.case
    for name in ("甲公司", "乙公司"):
        creditor = world.make_creditor(case, name)
        world.give_role(house.people["creditor"], case, "proxy", creditor)
    assert watermark.reader_name(house.viewer("creditor")) == "creditor · 李华等 3 户"


def test_a_picture_is_kept_by_its_reader_alone(house: House, document: Document) -> None:
    mine, theirs = house.client("creditor"), house.client("observer")
    address = house.url(document, "pages/1.webp?w=480")
    first = mine.get(address)
    assert first["Cache-Control"] == f"private, max-age={300}"
    assert "Cookie" in first["Vary"]
    assert first["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in first["Content-Security-Policy"]
    again = mine.get(address, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert again["Cache-Control"].startswith("private")
    # The same page, asked for with another's tag, is another picture.
    other = theirs.get(address, headers={"If-None-Match": first["ETag"]})
    assert other.status_code == 200
    assert other["ETag"] != first["ETag"]
    assert other.content != first.content
    # Another page or width is another picture too.
    for more in ("pages/2.webp?w=480", "pages/1.webp?w=800"):
        assert mine.get(house.url(document, more))["ETag"] != first["ETag"]


def test_the_time_on_a_page_is_that_of_the_opening_on_record(
    house: House, document: Document, monkeypatch: Any
) -> None:
    client = house.client("creditor")
    client.get(house.url(document))
    opened = Opening.objects.get().at
    address = house.url(document, "pages/1.webp?w=480")
    tag = client.get(address)["ETag"]
    later = clock.now() + timedelta(minutes=7)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert client.get(address)["ETag"] == tag
    assert f"{timezone.localtime(opened):%Y-%m-%d %H:%M}" in watermark.words(
        house.viewer("creditor"), opened
    )
    client.get(house.url(document))
    assert client.get(address)["ETag"] != tag


def test_no_picture_is_made_for_who_has_it(
    house: House, document: Document, monkeypatch: Any
) -> None:
    client = house.client("creditor")
    address = house.url(document, "pages/1.webp?w=480")
    tag = client.get(address)["ETag"]
    monkeypatch.setattr(watermark, "laid_over", None)
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 304


def test_only_to_read_means_no_file_outside_the_team(house: House, document: Document) -> None:
    Document.objects.filter(pk=document.pk).update(downloadable=False)
    for role in ("creditor", "proxy", "debtor", "employees", "observer"):
        client = house.client(role)
        for more in ("file/", "download/"):
            for method in (client.get, client.head):
                response = method(house.url(document, more))
                assert response.status_code == 403
                assert response["Cache-Control"].startswith("private")
            assert "在线阅读" in client.get(house.url(document, more)).content.decode()
            ranged = client.get(house.url(document, more), headers={"Range": "bytes=0-9"})
            assert ranged.status_code == 403
        page = client.get(house.url(document)).content.decode()
        assert "download/" not in page
        assert "不提供下载" in page
        assert client.get(house.url(document, "pages/1.webp?w=480")).status_code == 200
    assert not Opening.objects.filter(access="downloaded").exists()
    for role in ("administrator", "judge", "clerk"):
        client = house.client(role)
        assert client.get(house.url(document, "download/")).getvalue() == papers.report()
        assert "download/" in client.get(house.url(document)).content.decode()


def test_every_answer_says_that_it_is_private(house: House, document: Document) -> None:
    client = house.client("creditor")
    headers = {"Range": "bytes=0-9"}
    answers = {
        "reader": client.get(house.url(document)),
        "inside": client.get(house.url(document, "?fragment=1")),
        "text": client.get(house.url(document, "?view=text")),
        "search": client.get(house.url(document, "search/?q=债权")),
        "file": client.get(house.url(document, "file/")),
        "head": client.head(house.url(document, "file/")),
        "range": client.get(house.url(document, "file/"), headers=headers),
        "outside": client.get(house.url(document, "file/"), headers={"Range": "bytes=999999999-"}),
        "download": client.get(house.url(document, "download/")),
        "no such page": client.get(house.url(document, "pages/99.webp")),
        "no such document": client.get("/meetings/demo/documents/987654/"),
    }
    for name, answer in answers.items():
        assert answer["Cache-Control"].startswith("private, no-"), name
        assert "public" not in answer["Cache-Control"], name
    for name in ("file", "range", "download"):
        assert answers[name]["ETag"] == f'"{document.sha256}"'
        assert answers[name]["Accept-Ranges"] == "bytes"


def test_the_reader_says_what_the_name_is_for(house: House, document: Document) -> None:
    page = house.client("creditor").get(house.url(document)).content.decode()
    assert "每一页都带有您的名字（creditor · 李华）" in page
    assert "仍然可能被截屏或拍照" in page


def test_a_document_of_many_pages_is_a_small_page(house: House) -> None:
    document = house.hand_out(house.upload(papers.blank_pdf(500), name="长.pdf"))
    inside = house.client("creditor").get(house.url(document, "?fragment=1")).content
    assert len(inside) < 12_000
    assert b'data-sizes="595x842*500"' in inside
    # Without scripts they are all there.
    whole = house.client("creditor").get(house.url(document)).content.decode()
    assert whole.count("<img") == 500
    assert whole.count('fetchpriority="high"') == 1


def test_the_first_pages_are_drawn_when_they_are_handed_out(
    house: House, monkeypatch: Any, django_capture_on_commit_callbacks: Any
) -> None:
    asked: list[Path] = []
    last_there = threading.Event()
    real = pages.draw

    def draw(source: Path, kind: str, page: int, width: int, kept: Path, **more: Any) -> None:
        real(source, kind, page, width, kept, **more)
        asked.append(kept)
        if kept == pages.base_path(document.sha256, 3, 480):
            last_there.set()

    monkeypatch.setattr(pages, "draw", draw)
    monkeypatch.setattr(warming, "soon", draws_ahead)
    document = house.upload()
    with django_capture_on_commit_callbacks(execute=True):
        house.hand_out(document)
    assert last_there.wait(180)
    for page in (1, 2, 3):
        for width in warming.WIDTHS:
            assert pages.base_path(document.sha256, page, width).is_file()
    # The same again has nothing to do.
    before = len(asked)
    warming.soon(document, 3)
    assert warming._waiting.empty()
    assert len(asked) == before


def test_a_page_that_cannot_be_drawn_ahead_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    next_asked = threading.Event()

    def draw(_source: Path, _kind: str, page: int, *_more: Any, **_calm: Any) -> None:
        if page == 1:
            raise ValueError("nobody thought of this")
        next_asked.set()

    monkeypatch.setattr(pages, "draw", draw)
    for page in (1, 2):
        warming._waiting.put((tmp_path / "a", "pdf", page, 480, tmp_path / "b"))
    warming._start()
    assert next_asked.wait(60)


def test_many_who_ask_at_once_have_it_drawn_once(
    house: House, document: Document, monkeypatch: Any
) -> None:
    from creditor_meetings.cases.files import opening

    drawn = []
    ready = threading.Barrier(6)
    real = opening.draw

    def draw(*arguments: Any, **more: Any) -> None:
        drawn.append(arguments)
        real(*arguments, **more)

    monkeypatch.setattr(opening, "draw", draw)
    kept = pages.base_path(document.sha256, 2, 480)

    def ask() -> None:
        ready.wait()
        pages.draw(store.path_of(document.sha256), "pdf", 2, 480, kept)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(drawn) == 1
    assert kept.is_file()


def test_a_newer_version_is_told_and_takes_nothing_away(house: House, document: Document) -> None:
    newer = house.upload(name="工作报告二稿.pdf")
    Document.objects.filter(pk=newer.pk).update(replaces=document, version=2)
    old = house.url(document)
    # What is not handed out is no version to the others.
    assert "看第 2 版" not in house.client("creditor").get(old).content.decode()
    assert "看第 2 版" in house.client("judge").get(old).content.decode()
    house.hand_out(newer)
    page = house.client("creditor").get(old).content.decode()
    assert "看第 2 版" in page
    assert house.url(newer) in page
    assert house.client("creditor").get(f"{old}pages/1.webp?w=480").status_code == 200


def test_note_of_reading_is_made_once_for_pages_side_by_side(
    house: House, document: Document
) -> None:
    client = house.client("creditor")
    for more in ("pages/1.webp?w=480", "pages/2.webp?w=480", "search/?q=债权"):
        client.get(house.url(document, more))
    assert Opening.objects.count() == 1
