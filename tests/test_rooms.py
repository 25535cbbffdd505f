"""What the rooms may import, where import-linter's contracts (pyproject.toml) cannot say it."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def imports(file: Path) -> Iterator[tuple[int, str]]:
    """Yield line and module of every import in a file."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield node.lineno, name.name
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, "." * node.level + (node.module or "")


def strangers(room: str, *allowed: str) -> list[str]:
    """Name each import of a room that is neither its own, the standard library's, nor allowed."""
    directory = ROOT / room
    files = sorted(directory.rglob("*.py"))
    assert files, f"{room} is not there"
    own = room.replace("/", ".")
    return [
        f"{file.relative_to(ROOT)}:{line} imports {module}"
        for file in files
        for line, module in imports(file)
        if module.partition(".")[0] not in {*sys.stdlib_module_names, *allowed}
        and module != own
        and not module.startswith(f"{own}.")
    ]


@pytest.mark.parametrize(
    ("room", "allowed"), [("voting/rules", []), ("voting/ledger", ["cryptography"])]
)
def test_pure_rooms_import_nothing_else(room: str, allowed: list[str]) -> None:
    assert strangers(room, *allowed) == []
