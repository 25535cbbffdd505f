"""The bytes as they go out: ranges, names, and what browsers and caches may do with them."""

from urllib.parse import quote

import pytest
from django.test import AsyncClient

from documents.models import Document, Opening
from tests.documents import papers
from tests.documents.conftest import House

SIZE = len(papers.report())


@pytest.fixture
def document(house: House) -> Document:
    """A document that everybody has."""
    return house.hand_out(house.upload(name="破产财产变价方案（第二稿）.pdf"))


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-99", 0, 99),
        ("bytes=100-100", 100, 100),
        (f"bytes=5-{SIZE * 2}", 5, SIZE - 1),
        ("bytes=7-", 7, SIZE - 1),
        ("bytes=-10", SIZE - 10, SIZE - 1),
        (f"bytes=-{SIZE * 2}", 0, SIZE - 1),
        ("bytes=0-", 0, SIZE - 1),
    ],
)
def test_a_range(house: House, document: Document, asked: str, first: int, last: int) -> None:
    client = house.client("creditor")
    response = client.get(house.url(document, "file/"), headers={"Range": asked})
    assert response.status_code == 206
    assert response["Content-Range"] == f"bytes {first}-{last}/{SIZE}"
    assert response["Content-Length"] == str(last - first + 1)
    assert response.getvalue() == papers.report()[first : last + 1]


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", "bytes=-0", "bytes=99999999999999999999-"])
def test_a_range_outside_the_file(house: House, document: Document, asked: str) -> None:
    client = house.client("creditor")
    response = client.get(house.url(document, "file/"), headers={"Range": asked})
    assert response.status_code == 416
    assert response["Content-Range"] == f"bytes */{SIZE}"


@pytest.mark.parametrize(
    "asked", ["bytes=0-1,5-9", "lines=0-9", "bytes=a-b", "bytes=-", "bytes=9-3", "nonsense"]
)
def test_a_range_that_is_none_gives_the_whole(house: House, document: Document, asked: str) -> None:
    client = house.client("creditor")
    response = client.get(house.url(document, "file/"), headers={"Range": asked})
    assert response.status_code == 200
    assert response.getvalue() == papers.report()


def test_a_range_of_something_else_gives_the_whole(house: House, document: Document) -> None:
    client = house.client("creditor")
    headers = {"Range": "bytes=0-9", "If-Range": '"older"'}
    assert client.get(house.url(document, "file/"), headers=headers).status_code == 200


def test_what_one_has_is_not_sent_again(house: House, document: Document) -> None:
    client = house.client("creditor")
    tag = client.get(house.url(document, "file/"))["ETag"]
    response = client.get(house.url(document, "file/"), headers={"If-None-Match": tag})
    assert (response.status_code, response.content) == (304, b"")


@pytest.mark.parametrize(("more", "how"), [("file/", "inline"), ("download/", "attachment")])
def test_names_types_and_caches(house: House, document: Document, more: str, how: str) -> None:
    response = house.client("creditor").get(house.url(document, more))
    disposition = response["Content-Disposition"]
    assert disposition.startswith(f"{how}; ")
    assert f"filename*=UTF-8''{quote('破产财产变价方案（第二稿）.pdf')}" in disposition
    assert disposition.isascii()
    assert response["Content-Type"] == "application/pdf"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert response["Cache-Control"] == "private, no-cache"
    assert response.getvalue() == papers.report()


def test_a_name_cannot_leave_its_header(house: House) -> None:
    document = house.hand_out(house.upload(name='a";b\\c%0d\x7f.pdf'))
    header = house.client("creditor").get(house.url(document, "download/"))["Content-Disposition"]
    plain = header.split('filename="')[1].split('"')[0]
    assert not set(plain) & set('"\\;%')
    assert header.count('"') == 2


def test_head_tells_the_size_and_is_no_opening(house: House, document: Document) -> None:
    response = house.client("creditor").head(house.url(document, "file/"))
    assert response["Content-Length"] == str(SIZE)
    assert not Opening.objects.exists()


@pytest.mark.parametrize(
    ("visits", "recorded"),
    [
        ([("", None)], ["opened"]),
        ([("?fragment=1", None)], ["opened"]),
        ([("", None), ("?view=text", None), ("?view=pages", None)], ["opened"]),
        ([("", None), ("", None)], ["opened", "opened"]),
        ([("?view=text", None)], ["opened"]),
        ([("pages/1.webp", None), ("pages/2.webp", None)], ["opened"]),
        ([("file/", "bytes=0-9"), ("file/", "bytes=10-19")], ["opened"]),
        ([("file/", "bytes=10-19")], ["opened"]),
        ([("download/", None)], ["downloaded"]),
        ([("download/", "bytes=5-")], ["downloaded"]),
        ([("", None), ("download/", None)], ["opened", "downloaded"]),
    ],
)
def test_what_counts_as_an_opening(
    house: House, document: Document, visits: list, recorded: list[str]
) -> None:
    client = house.client("creditor", REMOTE_ADDR="192.0.2.5")
    for more, asked in visits:
        headers = {"User-Agent": "Safari", **({"Range": asked} if asked else {})}
        assert client.get(house.url(document, more), headers=headers).status_code in (200, 206)
    rows = list(Opening.objects.values_list("access", "address", "device", "person__name"))
    assert rows == [(access, "192.0.2.5", "Safari", "creditor") for access in recorded]


def test_pages_are_pictures_of_the_width_asked_for(house: House, document: Document) -> None:
    from io import BytesIO

    from PIL import Image

    client = house.client("creditor")
    for asked, width in [
        ("", 800),
        ("1", 480),
        ("480", 480),
        ("900", 1200),
        ("1801", 2400),
        ("99999", 2400),
        ("x", 800),
    ]:
        response = client.get(house.url(document, f"pages/2.webp?w={asked}"))
        assert response["Content-Type"] == "image/webp"
        assert response["Cache-Control"].startswith("private")
        image = Image.open(BytesIO(response.content))
        assert image.width == width
        # It is the page and not a blank one.
        assert image.convert("L").getextrema()[0] < 60


def test_a_page_is_drawn_once(house: House, document: Document, monkeypatch) -> None:
    from creditor_meetings.cases.files import opening

    house.client("creditor").get(house.url(document, "pages/1.webp"))

    def fail(*_arguments: object, **_more: object) -> None:
        raise AssertionError("drawn again")

    monkeypatch.setattr(opening, "draw", fail)
    assert house.client("judge").get(house.url(document, "pages/1.webp")).status_code == 200


def test_the_text_of_a_pdf_can_be_read(house: House, document: Document) -> None:
    page = house.client("creditor").get(house.url(document, "?view=text")).content.decode()
    assert "796,598,397.62" in page
    assert "厂房及土地评估价值" in page


def test_a_scan_says_that_it_has_no_text(house: House) -> None:
    document = house.hand_out(house.upload(papers.blank_pdf(), name="扫描.pdf"))
    page = house.client("creditor").get(house.url(document, "?view=text")).content.decode()
    assert "没有可读的文字" in page


def test_a_picture_is_read_as_one_page(house: House) -> None:
    document = house.hand_out(house.upload(papers.picture("JPEG"), name="现场照片.jpg"))
    client = house.client("creditor")
    assert 'alt="现场照片"' in client.get(house.url(document)).content.decode()
    assert client.get(house.url(document, "pages/1.webp?w=480")).status_code == 200
    assert client.get(house.url(document, "file/"))["Content-Type"] == "image/jpeg"


@pytest.mark.django_db(transaction=True)
async def test_under_asgi_a_file_goes_out_in_pieces() -> None:
    from asgiref.sync import sync_to_async

    from tests.documents.conftest import build_house

    def prepare() -> tuple[House, Document]:
        house = build_house()
        return house, house.hand_out(house.upload())

    house, document = await sync_to_async(prepare)()
    client = AsyncClient()
    await sync_to_async(client.force_login)(
        house.people["creditor"], "django.contrib.auth.backends.ModelBackend"
    )
    response = await client.get(house.url(document, "file/"), headers={"Range": "bytes=3-"})
    assert response.is_async
    pieces = [piece async for piece in response.streaming_content]
    assert b"".join(pieces) == papers.report()[3:]
