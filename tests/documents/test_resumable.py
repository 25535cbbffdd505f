"""Uploads in pieces: the protocol as a client speaks it, and what becomes of them."""

import base64
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from creditor_meetings.cases import clock
from creditor_meetings.meetings.models import Meeting
from documents import checking, resumable, store
from documents.models import Document, Upload
from tests.documents import hostile, papers
from tests.documents.conftest import ROLES, House

Stored = Callable[[], list[Path]]
TUS = {"Tus-Resumable": "1.0.0", "Accept": "application/json"}


def metadata(**told: str) -> str:
    """Write metadata as the protocol asks."""
    return ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in told.items())


def begin(client: Client, house: House, size: int, **told: str) -> Any:
    """Ask for an upload."""
    told = {"filename": "工作报告.pdf", **told}
    headers = {**TUS, "Upload-Length": str(size), "Upload-Metadata": metadata(**told)}
    return client.post(house.url(more="").rstrip("/") + "/uploads/", headers=headers)


def add(client: Client, address: str, start: int, data: bytes, **more: str) -> Any:
    """Send a piece."""
    headers = {**TUS, "Upload-Offset": str(start), **more}
    kind = headers.pop("kind", "application/offset+octet-stream")
    return client.patch(address, data, content_type=kind, headers=headers)


def begun(client: Client, house: House, size: int, **told: str) -> str:
    """Begin an upload and return its address."""
    answer = begin(client, house, size, **told)
    assert answer.status_code == 201, answer.content
    return str(answer["Location"])


def test_a_file_comes_in_pieces_and_becomes_a_document(house: House, stored: Stored) -> None:
    client, data = house.client("administrator", REMOTE_ADDR="192.0.2.8"), papers.report()
    item = house.meeting.items.first()
    assert item is not None
    address = begun(client, house, len(data), title="报告", item=str(item.pk), downloadable="0")
    for start in range(0, len(data), 50_000):
        piece = data[start : start + 50_000]
        answer = add(client, address, start, piece)
        assert (answer.status_code, answer["Upload-Offset"]) == (204, str(start + len(piece)))
    told = client.get(address).json()
    assert (told["state"], told["offset"], told["document"]) == ("checking", len(data), None)
    assert not Document.objects.exists()

    checking.check_waiting()
    told = client.get(address).json()
    assert told["state"] == "done"
    document = Document.objects.get()
    assert told["document"]["id"] == document.pk
    assert (document.title, document.item, document.downloadable) == ("报告", item, False)
    assert store.path_of(document.sha256).read_bytes() == data
    assert (document.uploaded_from, document.handed_out_at) == ("192.0.2.8", None)
    assert [one for one in stored() if one.parent.name == "incoming"] == []
    # Asked once more, as a client does that missed the answer, it says the same.
    assert client.head(address, headers=TUS)["Upload-Offset"] == str(len(data))


def test_it_goes_on_where_it_was(house: House) -> None:
    client, data = house.client("administrator"), papers.report()
    address = begun(client, house, len(data), modified="1700000000000")
    add(client, address, 0, data[:1000])
    # The server, the browser, the person's patience: whatever broke off, the bytes are here.
    again = house.client("administrator")
    (mine,) = again.get(house.url(more="uploads/")).json()["uploads"]
    assert (mine["url"], mine["offset"], mine["size"]) == (address, 1000, len(data))
    assert (mine["name"], mine["modified"]) == ("工作报告.pdf", 1700000000000)
    page = again.get(house.url()).content.decode()
    assert f"已传 {100 * 1000 // len(data)}%" in page
    head = again.head(address, headers=TUS)
    assert (head["Upload-Offset"], head["Upload-Length"]) == ("1000", str(len(data)))
    assert head["Cache-Control"] == "no-store"
    assert add(again, address, 1000, data[1000:]).status_code == 204
    checking.check_waiting()
    assert store.path_of(Document.objects.get().sha256).read_bytes() == data


def test_a_piece_stands_where_it_belongs(house: House) -> None:
    client, data = house.client("administrator"), papers.report()
    address = begun(client, house, len(data))
    assert add(client, address, 5, data[5:10]).status_code == 409
    add(client, address, 0, data[:100])
    twice = add(client, address, 0, data[:100])
    assert (twice.status_code, twice["Upload-Offset"]) == (409, "100")
    assert add(client, address, 100, b"x", kind="text/plain").status_code == 415
    assert add(client, address, 100, b"x", **{"Upload-Offset": "-1"}).status_code == 400
    assert client.patch(address, b"x").status_code == 412
    # More than was announced is not taken.
    more = add(client, address, 100, data[100:] + b"more")
    assert (more.status_code, more["Upload-Offset"]) == (204, str(len(data)))
    assert add(client, address, len(data), b"more").status_code == 409
    checking.check_waiting()
    assert store.path_of(Document.objects.get().sha256).read_bytes() == data


def test_two_windows_do_not_mix_their_bytes(house: House) -> None:
    client = house.client("administrator")
    address = begun(client, house, 1000)
    upload = Upload.objects.get()

    def read(_size: int) -> bytes:
        assert add(client, address, 0, b"second").status_code == 409
        return b""

    assert resumable.add(upload, 0, read) == 0


def test_a_line_that_breaks_leaves_what_came(house: House) -> None:
    client = house.client("administrator")
    address = begun(client, house, 1000)
    pieces = iter([b"a" * 300])

    def read(_size: int) -> bytes:
        try:
            return next(pieces)
        except StopIteration:
            raise OSError("gone") from None

    with pytest.raises(OSError, match="gone"):
        resumable.add(Upload.objects.get(), 0, read)
    assert client.head(address, headers=TUS)["Upload-Offset"] == "300"


@pytest.mark.parametrize("role", [*ROLES, "other", "stranger", "nobody"])
def test_nobody_elses_upload_is_found(role: str, house: House) -> None:
    from tests.support import world

    house.people["other"] = world.make_person(house.meeting.case, "administrator", name="other")
    address = begun(house.client("administrator"), house, 1000)
    client = house.client(role)
    if role == "administrator":
        assert client.head(address, headers=TUS).status_code == 200
        return
    wanted = {"other": 404, "stranger": 404, "nobody": 302}.get(role, 403)
    assert client.head(address, headers=TUS).status_code == wanted or role == "nobody"
    for answer in (
        client.get(address),
        add(client, address, 0, b"x"),
        client.delete(address, headers=TUS),
        client.post(f"{address}discard/"),
    ):
        # A script that is not signed in hears it in its own form.
        assert answer.status_code in (wanted, 404)
    if role != "other":
        assert begin(client, house, 10).status_code in (wanted, 404)
    assert resumable.offset(Upload.objects.get()) == 0


@pytest.mark.parametrize(
    ("size", "told", "status", "said"),
    [
        ("209715201", {}, 413, "超过上限"),
        ("0", {}, 400, "空的"),
        ("x", {}, 400, "Upload-Length"),
        ("-1", {}, 400, "Upload-Length"),
        ("9" * 30, {}, 400, "Upload-Length"),
        ("10", {"filename": ""}, 400, "filename"),
        ("10", {"item": "999999"}, 400, "没有这项议程"),
        ("10", {"item": "x"}, 400, "item"),
        ("10", {"replaces": "999999"}, 400, "没有这个文件"),
        ("10", {"title": "长" * 201}, 400, "200"),
        ("10", {"title": "a\x00"}, 400, "title"),
        ("10", {"give": "item"}, 400, "先选择议程"),
    ],
)
def test_what_cannot_be_is_refused_before_a_byte_is_sent(
    size: str, told: Mapping[str, str], status: int, said: str, house: House, stored: Stored
) -> None:
    client = house.client("administrator")
    headers = {**TUS, "Upload-Length": size}
    headers["Upload-Metadata"] = metadata(**{"filename": "a.pdf", **told})
    answer = client.post(house.url(more="uploads/"), headers=headers)
    assert answer.status_code == status
    assert said in answer.json()["error"]["message"]
    assert not Upload.objects.exists()
    assert stored() == []


def test_odd_metadata_is_no_crash(house: House) -> None:
    client = house.client("administrator")
    for odd in ("filename", "filename !!!", "filename gICA", ",,,", "a b c", "\xff"):
        headers = {**TUS, "Upload-Length": "10", "Upload-Metadata": odd}
        assert client.post(house.url(more="uploads/"), headers=headers).status_code == 400


def test_what_the_server_speaks(house: House) -> None:
    answer = house.client("administrator").options(house.url(more="uploads/"))
    assert answer.status_code == 204
    assert answer["Tus-Version"] == "1.0.0"
    assert answer["Tus-Extension"] == "creation,termination"
    assert answer["Tus-Max-Size"] == str(200 * 1024 * 1024)


def test_giving_up_leaves_nothing(house: House, stored: Stored) -> None:
    client = house.client("administrator")
    for leave in (
        lambda address: client.delete(address, headers=TUS),
        lambda address: client.post(f"{address}discard/"),
    ):
        address = begun(client, house, 1000)
        add(client, address, 0, b"a" * 500)
        assert leave(address).status_code in (204, 302)
        assert client.head(address, headers=TUS).status_code == 404
        assert add(client, address, 500, b"a").status_code == 404
        assert stored() == []
        assert not Upload.objects.exists()


def test_a_refused_file_says_why_until_it_was_read(house: House, stored: Stored) -> None:
    client, data = house.client("administrator"), hostile.zip_bomb()
    address = begun(client, house, len(data), filename="方案.docx")
    add(client, address, 0, data)
    checking.check_waiting()
    told = client.get(address).json()
    assert told["state"] == "refused"
    assert "展开后过大" in told["problem"]
    assert [one for one in stored() if one.name != "uploads.lock"] == []
    assert "展开后过大" in client.get(house.url()).content.decode()
    client.post(f"{address}discard/")
    assert "展开后过大" not in client.get(house.url()).content.decode()


def test_abandoned_uploads_are_forgotten(house: House, stored: Stored) -> None:
    client = house.client("administrator")
    old = begun(client, house, 1000)
    Upload.objects.update(moved_at=clock.now() - resumable.KEPT_FOR - timedelta(minutes=1))
    young = begun(client, house, 1000)
    assert client.head(old, headers=TUS).status_code == 404
    assert client.head(young, headers=TUS).status_code == 200
    assert len(stored()) == 1


def test_nobody_fills_the_disk_with_beginnings(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resumable, "MOST_AT_ONCE", 2)
    client = house.client("administrator")
    for _ in range(2):
        begun(client, house, 1000)
    assert begin(client, house, 1000).status_code == 429


def test_handed_out_as_the_form_wished(house: House) -> None:
    client, data = house.client("administrator"), papers.blank_pdf()
    item = house.meeting.items.last()
    assert item is not None
    for told in ({"give": "now"}, {"give": "item", "item": str(item.pk)}):
        add(client, begun(client, house, len(data), **told), 0, data)
    checking.check_waiting()
    now, later = Document.objects.order_by("pk")
    assert now.handed_out_at is not None
    assert now.handed_out_by == house.people["administrator"]
    assert (later.handed_out_at, later.with_item) == (None, True)


def test_who_left_the_case_brings_nothing_more(house: House) -> None:
    client, data = house.client("administrator"), papers.blank_pdf()
    add(client, begun(client, house, len(data)), 0, data)
    house.people["administrator"].case_roles.all().delete()
    checking.check_waiting()
    assert Upload.objects.get().state == "refused"
    assert not Document.objects.exists()


def test_a_check_that_breaks_down_says_so(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    client, data = house.client("administrator"), papers.blank_pdf()
    add(client, begun(client, house, len(data)), 0, data)

    def broken(*_arguments: Any) -> None:
        raise RuntimeError("disk")

    monkeypatch.setattr("documents.intake.take", broken)
    checking.check_waiting()
    upload = Upload.objects.get()
    assert upload.state == "refused"
    assert "出错" in upload.problem


def test_a_killed_server_checks_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    client, data = house.client("administrator"), papers.blank_pdf()
    add(client, begun(client, house, len(data)), 0, data)

    class Killed(BaseException):
        pass

    def killed(*_arguments: Any, **_more: Any) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr("documents.verbs.add_document", killed)
        with pytest.raises(Killed):
            checking.check_waiting()
    assert Upload.objects.get().state == "checking"
    checking.check_waiting()
    assert Upload.objects.get().state == "done"
    assert Document.objects.count() == 1


def test_an_upload_belongs_to_one_meeting(house: House) -> None:
    from tests.support import world

    client = house.client("administrator")
    address = begun(client, house, 1000)
    other: Meeting = world.make_meeting(house.meeting.case, slug="other")
    assert client.get(address.replace(house.meeting.slug, other.slug)).status_code == 404
