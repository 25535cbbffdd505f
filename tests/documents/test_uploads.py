"""The upload form: several files at once, each with its own answer."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from documents.models import Document
from tests.documents import papers
from tests.documents.conftest import House

JSON = {"Accept": "application/json"}


def _file(name: str, data: bytes, kind: str = "application/octet-stream") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, kind)


def test_several_files_at_once(house: House) -> None:
    item = house.meeting.items.first()
    assert item is not None
    files = [_file("工作报告.pdf", papers.report()), _file("照片.png", papers.picture())]
    form = {"files": files, "item": str(item.pk), "title": "只用于单个文件"}
    response = house.client("administrator").post(house.url(), form)
    assert (response.status_code, response["Location"]) == (302, house.url())
    rows = Document.objects.values_list("title", "kind", "item", "handed_out_at")
    assert list(rows) == [
        ("工作报告", "pdf", item.pk, None),
        ("照片", "image", item.pk, None),
    ]


def test_one_file_with_a_title_handed_out_at_once(house: House) -> None:
    form = {"files": _file("a.pdf", papers.report()), "title": " 财产状况报告 ", "give": "now"}
    client = house.client("administrator", REMOTE_ADDR="192.0.2.6")
    client.post(house.url(), form)
    document = Document.objects.get()
    assert document.title == "财产状况报告"
    assert document.uploaded_from == document.handed_out_from == "192.0.2.6"
    assert document.handed_out_by == house.people["administrator"]


def test_a_bad_file_keeps_no_good_one_out(house: House, stored: Callable[[], list[Path]]) -> None:
    name, data, _said = papers.bad_file("pdf cut in half")
    files = [_file("好.pdf", papers.report()), _file(name, data), _file("空.png", b"")]
    response = house.client("administrator").post(house.url(), {"files": files})
    assert response.status_code == 400
    page = response.content.decode()
    for said in ("报告.pdf", "不完整", "空.png", "空的", "其余文件不受影响"):
        assert said in page
    assert Document.objects.get().title == "好"
    assert len(stored()) == 1


def test_scripts_get_their_answer_as_json(house: House) -> None:
    files = [_file("好.pdf", papers.report()), _file("页.pdf", papers.HTML)]
    client = house.client("administrator")
    answer = client.post(house.url(), {"files": files}, headers=JSON)
    assert answer.status_code == 400
    told = answer.json()
    assert [one["title"] for one in told["stored"]] == ["好"]
    assert told["refused"][0]["file"] == "页.pdf"
    answer = client.post(house.url(), {"files": files[:1]}, headers=JSON)
    assert answer.status_code == 400  # the file object was read to its end: empty
    answer = client.post(house.url(), {"files": _file("好.pdf", papers.report())}, headers=JSON)
    assert answer.status_code == 201


def test_no_file_at_all(house: House) -> None:
    response = house.client("administrator").post(house.url(), {"title": "什么都没有"})
    assert response.status_code == 400
    assert "没有选择文件" in response.content.decode()


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"item": "x"}, "item"),
        ({"item": "999999999"}, "没有这项议程"),
        ({"title": "长" * 201}, "200"),
        ({"title": "a\x00b"}, "title"),
    ],
)
def test_a_bad_field_is_named(
    house: House, form: dict[str, str], said: str, stored: Callable[[], list[Path]]
) -> None:
    form = {"files": _file("a.pdf", papers.report()), **form}  # type: ignore[dict-item]
    response = house.client("administrator").post(house.url(), form, headers=JSON)
    assert response.status_code == 400
    assert said in response.json()["error"]["message"]
    assert not Document.objects.exists()
    assert stored() == []


def test_a_file_over_the_limit_is_not_kept_and_its_neighbour_is(
    house: House, settings: Any, stored: Callable[[], list[Path]]
) -> None:
    settings.DOCUMENT_MAX_BYTES = 64 * 1024
    files = [_file("大.pdf", b"%PDF-1.7" + bytes(70_000)), _file("小.pdf", papers.blank_pdf())]
    response = house.client("administrator").post(house.url(), {"files": files}, headers=JSON)
    told = response.json()
    assert [one["file"] for one in told["refused"]] == ["大.pdf"]
    assert "超过上限" in told["refused"][0]["message"]
    assert [one["title"] for one in told["stored"]] == ["小"]
    assert len(stored()) == 1


def test_a_huge_request_is_refused_before_a_byte_is_read(house: House) -> None:
    class Unread:
        def read(self, *_size: int) -> bytes:
            raise AssertionError("read")

        readline = read

    client = house.client("administrator")
    response = client.generic(
        "POST",
        house.url(),
        b"",
        "multipart/form-data; boundary=x",
        headers=JSON,
        **{"CONTENT_LENGTH": str(500 * 1024 * 1024), "wsgi.input": Unread()},
    )
    assert response.status_code == 413
    assert "200 MB" in response.json()["refused"][0]["message"]


def test_an_upload_needs_the_forms_token(house: House) -> None:
    client = house.client("administrator", enforce_csrf_checks=True)
    form = {"files": _file("a.pdf", papers.report())}
    assert client.post(house.url(), form).status_code == 403
    assert not Document.objects.exists()
    client.get(house.url())
    token = client.cookies["csrftoken"].value
    form = {"files": _file("a.pdf", papers.report()), "csrfmiddlewaretoken": token}
    assert client.post(house.url(), form).status_code == 302


@pytest.mark.parametrize("role", ["judge", "creditor", "stranger"])
def test_nobody_elses_upload_is_read(
    role: str, house: House, stored: Callable[[], list[Path]]
) -> None:
    response = house.client(role).post(house.url(), {"files": _file("a.pdf", papers.report())})
    assert response.status_code == (404 if role == "stranger" else 403)
    assert stored() == []
    assert not Document.objects.exists()
