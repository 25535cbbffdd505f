"""Archives that no honest program wrote: the verifier says 2, and neither hangs nor unpacks."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.evidence.conftest import VERIFIER
from tests.evidence.forging import Forgery

pytestmark = pytest.mark.django_db


def packed(files: dict[str, bytes]) -> bytes:
    """Pack files as they are named."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


DEEP = b"[" * 200_000 + b"]" * 200_000
MANIFEST = {"schema": "evidence/1", "meeting": {}, "ledger": {}, "files": [], "left_out": []}
BAD = {
    "no zip": b"hello",
    "empty": b"",
    "cut short": packed({"manifest.json": b"{}"})[:40],
    "traversal": packed({"../../etc/passwd": b"x", "manifest.json": b"{}"}),
    "absolute": packed({"/etc/passwd": b"x", "manifest.json": b"{}"}),
    "backslash": packed({"a\\b": b"x", "manifest.json": b"{}"}),
    "a folder": packed({"documents/": b"", "manifest.json": b"{}"}),
    "bomb": packed({"manifest.json": b"{}", "ledger.jsonl": b"0" * 80_000_000}),
    "deep": packed({"manifest.json": DEEP}),
    "another schema": packed({"manifest.json": json.dumps({"schema": "evidence/9"}).encode()}),
}


@pytest.mark.parametrize("name", BAD)
def test_an_archive_that_no_honest_program_wrote(
    verifier: SimpleNamespace, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    path = tmp_path / "bundle.zip"
    path.write_bytes(BAD[name])
    assert verifier.main([str(path), "--lang", "en"]) == 2
    said = capsys.readouterr()
    assert "unreadable: " in said.err
    assert said.out == ""
    assert [one.name for one in tmp_path.iterdir()] == ["bundle.zip"]


def test_a_missing_file_is_unreadable(
    verifier: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verifier.main(["/nowhere/bundle.zip", "--lang", "zh"]) == 2
    assert "无法读取" in capsys.readouterr().err


@pytest.mark.parametrize("line", [b'{"a":1e5}', b'{"a":NaN}', b"\xff\xfe", b"[]", b"", b'"x"'])
def test_a_line_that_is_no_entry(
    verifier: SimpleNamespace, held_meeting: bytes, line: bytes
) -> None:
    forged = Forgery(held_meeting)
    forged.lines[3] = line
    found = verifier.verify(io.BytesIO(forged.bundle()), "en").problems
    assert any("line 4" in one for one in found), found[:3]


def test_deep_json_in_the_ledger_is_unreadable(
    verifier: SimpleNamespace, held_meeting: bytes
) -> None:
    forged = Forgery(held_meeting)
    forged.lines[3] = DEEP
    with pytest.raises(verifier.Unreadable):
        verifier.verify(io.BytesIO(forged.bundle()), "en")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("keys.json", [{"public": 1}]),
        ("keys.json", {}),
        ("seals.json", [7]),
        ("seals.json", [{"first": -5, "size": 10**30, "root": "", "head": "", "signature": "",
                         "key": ""}]),
        ("heads.json", [{"statement": {"size": 1}, "signature": [], "key": {}}]),
        ("manifest.json", MANIFEST),
        ("manifest.sig.json", []),
    ],
)  # fmt: skip
def test_json_of_another_form_is_no_crash(
    verifier: SimpleNamespace, held_meeting: bytes, tmp_path: Path, name: str, value: object
) -> None:
    forged = Forgery(held_meeting)
    forged.files[name] = json.dumps(value).encode()
    path = tmp_path / "bundle.zip"
    path.write_bytes(forged.bundle(manifest=False))
    assert verifier.main([str(path)]) in (1, 2)


def test_it_runs_alone_in_either_language(held_meeting: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    path.write_bytes(held_meeting)
    # From the bundle itself, as a stranger has it: no other file of ours, no library.
    program = tmp_path / "verify_evidence.py"
    with zipfile.ZipFile(path) as archive:
        program.write_bytes(archive.read("verify_evidence.py"))
    assert program.read_bytes() == VERIFIER.read_bytes()

    def run(file: Path, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-I", program, file],
            env=env, capture_output=True, encoding="utf-8", timeout=600, check=False,
        )  # fmt: skip

    english, chinese = run(path, LANG="en_GB.UTF-8"), run(path, LANG="zh_CN.UTF-8")
    assert english.returncode == chinese.returncode == 0, english.stdout + english.stderr
    assert "ALL HOLDS" in english.stdout
    assert "全部成立" in chinese.stdout
    forged = Forgery(held_meeting)
    forged.lines.pop(4)
    path.write_bytes(forged.bundle())
    found = run(path, LANG="zh_CN.UTF-8")
    assert found.returncode == 1
    assert "应为第 5 条" in found.stdout
