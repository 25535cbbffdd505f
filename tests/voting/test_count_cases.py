"""The count command on the worked cases, two of them figures that companies published."""

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from voting.rules import count_file

CASES = sorted((Path(__file__).parents[1] / "data" / "count").glob("*.json"))
ROOT = Path(__file__).parents[2]


def count(content: dict[str, Any]) -> dict[str, Any]:
    return count_file.count(count_file.read(json.dumps(content).encode()))


def test_there_are_cases() -> None:
    assert len(CASES) >= 13


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_worked_case(path: Path) -> None:
    case = json.loads(path.read_text(encoding="utf-8"))
    assert count(case["input"]) == case["expected"]


def test_command_needs_no_database(tmp_path: Path) -> None:
    case = json.loads(CASES[0].read_text(encoding="utf-8"))
    environment = {
        "PATH": "/usr/bin:/bin",
        "DATA_DIR": str(tmp_path),
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing",
        "DJANGO_SETTINGS_MODULE": "creditor_meetings.config.settings",
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "count", "-"], cwd=ROOT, env=environment,
        input=json.dumps(case["input"]).encode(), capture_output=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout) == case["expected"]
    done = subprocess.run(
        [sys.executable, "manage.py", "count", "-"], cwd=ROOT, env=environment,
        input=b'{"schema": "count/1"}', capture_output=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, b"")
    assert len(done.stderr.decode().splitlines()) == 1
    assert 'the key "ballots" is missing' in done.stderr.decode()


def test_command_reads_a_file_and_keeps_chinese(tmp_path: Path) -> None:
    file = tmp_path / "count.json"
    file.write_text(
        '{"schema":"count/1","rule":"prc-ordinary","creditors":[{"id":"钱","claims":'
        '[{"nature":"employee","amount":"1","status":"confirmed"}]}],'
        '"ballots":[{"creditor":"钱","choice":"for"}]}',
        encoding="utf-8",
    )
    out = StringIO()
    call_command("count", str(file), stdout=out)
    result = json.loads(out.getvalue())
    assert result["outcome"] == "not_passed"
    assert result["groups"] == []
    assert result["rejected_ballots"] == [{"creditor": "钱", "reason": "no-vote-in-this-matter"}]


def test_command_names_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"nowhere\.json") as raised:
        call_command("count", str(tmp_path / "nowhere.json"))
    assert raised.value.returncode == 2
