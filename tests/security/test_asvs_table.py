"""docs/asvs.md is complete, and names nothing that is not there."""

import ast
import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "asvs.md").read_text(encoding="utf-8")
SECURITY = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip().strip("|").split("|")]
    for line in PAGE.splitlines()
    if re.match(r"\| \d+\.\d+\.\d+ \|", line)
]


def test_every_requirement_of_levels_1_and_2_stands_there_once() -> None:
    wanted = [
        line.split()[0]
        for line in Path(__file__).with_name("asvs_ids.txt").read_text().splitlines()
    ]
    assert len(wanted) == 253
    assert [row[0] for row in ROWS] == wanted


def test_every_row_says_how_or_why_not() -> None:
    for row in ROWS:
        number, asked, how, test = row
        assert asked, number
        assert how, number
        said = how.startswith("does not apply") or "not met" in how or test != "—"
        outside = re.search(r"deploy|operator|requirements|Janus|pip-audit|journal|coturn", how)
        assert said or outside, f"{number}: which test shows it?"


def _names(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def test_every_test_that_is_named_exists() -> None:
    known: dict[str, set[str]] = {}
    for row in ROWS:
        for path, name in re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", row[3]):
            file = ROOT / path
            assert file.is_file(), f"{row[0]}: {path}"
            assert name in known.setdefault(path, _names(file)), f"{row[0]}: {path}::{name}"
        assert row[3] == "—" or "::" in row[3], row


def test_pages_that_are_named_are_there() -> None:
    for page in (PAGE, SECURITY):
        for target in re.findall(r"\]\(([\w/.-]+\.md)\)", page):
            assert (ROOT / "docs" / target).is_file(), target
    for part in re.findall(r'\[security\.md\]\(security\.md\)[^|]*?"([^"]+)"', PAGE):
        assert f"## {part}" in SECURITY, part


@pytest.mark.parametrize("way", ["link", "code", "password", "passkey", "filing", "demo"])
def test_the_ways_in_are_all_told(way: str) -> None:
    told = SECURITY.split("## Ways in")[1].split("\n## ")[0]
    assert way in told.lower()


def test_keys_are_all_told() -> None:
    told = SECURITY.split("## Keys")[1].split("\n## ")[0]
    for key in ("secret_key", "ledger_key", "SIGNING_KEY", "TURN_SECRET", "JANUS_"):
        assert key in told, key
    for seconds in ("SESSION_SECONDS", "SESSION_IDLE_SECONDS", "STAFF_SESSION_SECONDS",
                    "STAFF_SESSION_IDLE_SECONDS"):  # fmt: skip
        assert hasattr(settings, seconds)
        assert seconds in SECURITY
