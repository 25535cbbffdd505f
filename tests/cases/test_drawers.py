"""The processes that draw: one that dies takes nothing with it, and none knows secrets."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from creditor_meetings.cases.files import opening
from creditor_meetings.cases.files.drawers import Drawer, Drawers
from tests.documents import papers


@pytest.fixture
def drawers() -> Iterator[Drawers]:
    """One process that draws, ended with the test."""
    made = Drawers(1)
    yield made
    made.close()


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    """A report of three pages."""
    path = tmp_path / "report"
    path.write_bytes(papers.report())
    return path


def _render(paper: Path, output: Path, page: int = 1) -> list[str]:
    return ["render", str(paper), "pdf", str(page), "200", str(output), "jpeg"]


def test_what_fails_leaves_the_process_for_the_next(
    drawers: Drawers, paper: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out"
    assert drawers.ask(_render(paper, output)) == {}
    process = drawers._all[0]._process
    assert process is not None
    broken = tmp_path / "broken"
    broken.write_bytes(b"%PDF-1.7\nnothing\n%%EOF")
    assert drawers.ask(_render(broken, output)) == {"error": "damaged"}
    assert drawers.ask(_render(paper, output, page=9)) == {"error": "damaged"}
    assert drawers.ask(["render", str(tmp_path / "nowhere")]) == {"error": "damaged"}
    assert drawers.ask(["text", str(paper)])["pages"][1].startswith("二、财产状况")
    # It is the same process all along, and it never opened a file itself.
    assert drawers._all[0]._process is process
    assert process.poll() is None


def test_one_that_was_killed_is_replaced(drawers: Drawers, paper: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    assert drawers.ask(_render(paper, output)) == {}
    process = drawers._all[0]._process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    output.unlink()
    assert drawers.ask(_render(paper, output)) == {}
    assert output.stat().st_size > 0


def test_what_opens_strangers_files_knows_no_secrets(
    drawers: Drawers, paper: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "a-secret-of-this-test")
    drawers.ask(_render(paper, tmp_path / "out"))
    process = drawers._all[0]._process
    assert process is not None
    environment = Path(f"/proc/{process.pid}/environ").read_bytes()
    assert b"a-secret-of-this-test" not in environment


def test_it_ends_with_whoever_started_it(paper: Path, tmp_path: Path) -> None:
    drawer = Drawer()
    assert drawer.ask(_render(paper, tmp_path / "out"), calm=True) == {}
    process = drawer._process
    assert process is not None
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(timeout=30) == 0
    drawer.close()


def test_a_failure_is_told_by_its_code(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(papers.encrypted_pdf())
    with pytest.raises(opening.Failed, match="encrypted"):
        opening.read(secret)
