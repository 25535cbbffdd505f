"""Static files as they are served: modules name each other by their hash, everything compressed."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.template import Context, Template

from creditor_meetings.meetings.templatetags.modules import imported_by

STORAGE = "creditor_meetings.config.static_storage.StaticFilesStorage"
HASHED = re.compile(r"\.[0-9a-f]{12}\.(css|js)$")
IMPORTS = re.compile(
    r"""^\s*(?:import|export)\b[^;"'`(]*?["'](\.{1,2}/[^"']+)["']|\bimport\(["'`]([./][^"'`$]+)""",
    re.MULTILINE,
)


@pytest.fixture(name="collected")
def _collected(tmp_path: Path, settings: Any) -> Path:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": STORAGE}}
    call_command("collectstatic", interactive=False, verbosity=0)
    return tmp_path


def test_modules_are_served_by_their_hash(collected: Path) -> None:
    own = [one for one in (collected / "js").rglob("*.js") if HASHED.search(one.name)]
    assert len(own) > 100
    for module in own:
        for found in IMPORTS.findall(module.read_text(encoding="utf-8")):
            path = "".join(found)
            if path.endswith(".mjs"):
                continue
            assert HASHED.search(path), f"{module.name} imports {path}"
            assert (module.parent / path).is_file(), f"{module.name} imports {path}"
    room = next(iter((collected / "js/room").glob("main.????????????.js")))
    # What comes later than the page by its hash too.
    assert re.search(
        r"import\(`\./panels/documents\.[0-9a-f]{12}\.js\$\{again\}`\)", room.read_text()
    )
    assert room.with_name(f"{room.name}.gz").stat().st_size < room.stat().st_size


def test_the_page_names_all_modules_of_the_room() -> None:
    page = Template('{% load modules %}{% module_preloads "js/room/main.js" %}').render(Context())
    named = re.findall(r'href="/static/([^"]+)"', page)
    assert named == imported_by("js/room/main.js")
    assert len(named) == len(set(named)) > 40
    assert {"js/room/main.js", "js/room/socket.js", "js/room/line_pause.js"} <= set(named)
    # What is fetched when it is needed is not fetched before.
    assert "js/room/panels/claims.js" not in named
