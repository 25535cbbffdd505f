"""Copies and bringing them back: what is refused, what is found out, what is stored once."""

import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from creditor_meetings.running.keeping import copying, databases, manifest, restoring
from creditor_meetings.running.keeping.manifest import Unusable


@pytest.fixture
def data(tmp_path: Path, settings: Any) -> Path:
    """An installation with a small database and a few files."""
    directory = tmp_path / "data"
    directory.mkdir()
    point_to(settings, directory)
    with closing(sqlite3.connect(directory / "db.sqlite3")) as database:
        database.executescript(
            "PRAGMA journal_mode=WAL;"
            "CREATE TABLE django_migrations (id INTEGER PRIMARY KEY, app TEXT, name TEXT);"
            "INSERT INTO django_migrations (app, name) VALUES ('voting', '0001_initial');"
        )
    (directory / "ledger_key").write_text("the key")
    (directory / "ledger_key").chmod(0o600)
    paper(directory, b"a paper")
    for name in ("static/app.js", "matplotlib/x", "media/incoming/half", "media/derived/x.jpg"):
        write(directory / name, b"can be made again")
    write(directory / "recordings/1/1.webm", b"a recording")
    return directory


def point_to(settings: Any, directory: Path) -> None:
    settings.DATA_DIR = directory
    settings.DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3", "NAME": str(directory / "db.sqlite3"),
        }
    }  # fmt: skip


def write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def paper(directory: Path, content: bytes) -> Path:
    path = directory / "papers" / f"{sha256(content).hexdigest()}.pdf"
    write(path, content)
    return path


@pytest.fixture
def elsewhere(tmp_path: Path, settings: Any) -> Callable[[], Path]:
    """Turn to an empty place, as another machine would be."""

    def turn() -> Path:
        directory = tmp_path / "elsewhere"
        directory.mkdir()
        # What any start of this software makes.
        (directory / "secret_key").write_text("made by itself")
        (directory / "static").mkdir()
        point_to(settings, directory)
        return directory

    return turn


def test_there_and_back(data: Path, tmp_path: Path, elsewhere: Callable[[], Path]) -> None:
    (data / "secret_key").write_text("the secret")
    made = copying.make(tmp_path / "copies")
    kept = {one.path for one in made.manifest.files}
    assert {one.partition("/")[2] for one in kept if one.startswith("data/")} == {
        "ledger_key", "secret_key", "recordings/1/1.webm",
        f"papers/{sha256(b'a paper').hexdigest()}.pdf",
    }  # fmt: skip
    assert made.manifest.migrations == ["voting.0001_initial"]
    assert made.place.stat().st_mode & 0o077 == 0
    there = elsewhere()
    held = restoring.bring_back(made.place)
    assert held == made.manifest
    assert (there / "secret_key").read_text() == "the secret"
    assert (there / "ledger_key").stat().st_mode & 0o777 == 0o600
    assert (there / "recordings/1/1.webm").read_bytes() == b"a recording"
    with closing(sqlite3.connect(there / "db.sqlite3")) as database:
        assert database.execute("SELECT app FROM django_migrations").fetchall() == [("voting",)]
    with pytest.raises(Unusable, match="is not empty"):
        restoring.bring_back(made.place)


def test_a_file_that_did_not_change_is_stored_once(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = copying.make(tmp_path / "copies")
    first.place.rename(first.place.with_name("20200101T000000Z"))
    new = paper(data, b"another paper")
    write(data / "recordings/1/1.webm", b"a recording that went on")
    second = copying.make(tmp_path / "copies")
    old = paper(data, b"a paper")
    assert (second.place / "data" / old.relative_to(data)).stat().st_nlink == 2
    for changed in (new, data / "recordings/1/1.webm", data / "ledger_key"):
        kept = second.place / "data" / changed.relative_to(data)
        assert kept.stat().st_nlink == 1
        assert kept.read_bytes() == changed.read_bytes()
    assert copying.thin_out(tmp_path / "copies", 1) == [first.place.with_name("20200101T000000Z")]
    manifest.check(second.place, manifest.read(second.place))


def test_a_file_that_is_not_what_its_name_promises_is_named(data: Path, tmp_path: Path) -> None:
    bad = paper(data, b"a third paper")
    bad.write_bytes(b"a third papes")
    # A key's name is no promise of its bytes; a draft is none yet.
    write(data / "ledger_keys" / ("ab" * 32), b"a key")
    write(bad.with_name(f"{'cd' * 32}.4711"), b"half")
    made = copying.make(tmp_path / "copies")
    assert made.manifest.damaged == [str(bad.relative_to(data))]
    assert not any(one.path.endswith(".4711") for one in made.manifest.files)


@pytest.mark.parametrize("harm", ["changed", "missing", "manifest", "leads_out", "form", "key"])
def test_a_damaged_copy_brings_nothing_back(
    data: Path, tmp_path: Path, elsewhere: Callable[[], Path], harm: str
) -> None:
    place = copying.make(tmp_path / "copies").place
    kept = next((place / "data" / "papers").iterdir())
    text = json.loads((place / manifest.NAME).read_text())
    if harm == "changed":
        kept.chmod(0o600)
        kept.write_bytes(b"a Paper")
    elif harm == "missing":
        kept.unlink()
    elif harm == "manifest":
        (place / manifest.NAME).write_text("{")
    else:
        if harm == "leads_out":
            text["files"][1]["path"] = "data/../../out"
        elif harm == "form":
            text["form"] = 2
        else:
            text["surprise"] = 1
        (place / manifest.NAME).write_text(json.dumps(text))
    there = elsewhere()
    with pytest.raises(Unusable):
        restoring.bring_back(place)
    assert sorted(one.name for one in there.rglob("*")) == ["secret_key", "static"]


def test_bringing_back_that_fails_half_way_leaves_nothing(
    data: Path, tmp_path: Path, elsewhere: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = copying.make(tmp_path / "copies").place
    there = elsewhere()

    def full(_directory: Path, _name: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(databases, "bring_back", full)
    with pytest.raises(Unusable, match="No space left"):
        restoring.bring_back(place)
    assert not (there / "papers").exists()
    assert not (there / "ledger_key").exists()


def test_places_that_are_refused(
    data: Path, tmp_path: Path, elsewhere: Callable[[], Path], settings: Any
) -> None:
    with pytest.raises(Unusable, match="inside DATA_DIR"):
        copying.make(data / "copies")
    with pytest.raises(Unusable, match=r"no manifest\.json"):
        restoring.bring_back(tmp_path)
    place = copying.make(tmp_path / "copies").place
    there = elsewhere()
    write(there / "papers" / "one.pdf", b"x")
    with pytest.raises(Unusable, match=r"is not empty \(papers/one\.pdf\)"):
        restoring.bring_back(place)
    (there / "papers" / "one.pdf").unlink()
    settings.DATABASES["default"]["NAME"] = str(tmp_path / "data" / "db.sqlite3")
    with pytest.raises(Unusable, match="the database of DATABASE_URL is not empty"):
        restoring.bring_back(place)
    settings.DATABASES["default"] = {
        "ENGINE": "django.db.backends.postgresql", "NAME": "none", "USER": "", "PASSWORD": "",
        "HOST": "127.0.0.1", "PORT": "1",
    }  # fmt: skip
    with pytest.raises(Unusable, match="does not answer"):
        restoring.bring_back(place)


def test_two_copies_at_once_are_refused_and_a_broken_one_leaves_nothing(
    data: Path, tmp_path: Path
) -> None:
    copies = tmp_path / "copies"
    copies.mkdir()
    with copying._alone(copies), pytest.raises(Unusable, match="another copy is being made"):
        copying.make(copies)
    (data / "db.sqlite3").write_bytes(b"no database at all, but long enough to be read as one")
    with pytest.raises(Unusable, match="could not be copied"):
        copying.make(copies)
    assert [one.name for one in copies.iterdir()] == [".lock"]


def test_a_file_that_goes_away_meanwhile_is_no_error(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = copying.to_keep
    monkeypatch.setattr(copying, "to_keep", lambda place: [*real(place), "recordings/gone.webm"])
    made = copying.make(tmp_path / "copies")
    assert not any("gone" in one.path for one in made.manifest.files)


def test_what_lies_elsewhere_is_named(data: Path, tmp_path: Path, settings: Any) -> None:
    settings.SIGNING_KEY = "/etc/seal.key"
    settings.RULES_DIR_GIVEN = True
    named = copying.make(tmp_path / "copies").manifest.elsewhere
    assert any("/etc/seal.key" in one for one in named)
    assert any(one.startswith("RULES_DIR") for one in named)
    assert os.path.sep in named[0]
