"""docs/protocol.md is true: every section, command and event stands in it, and no other."""

import re
from pathlib import Path

import pytest

from creditor_meetings.realtime import registry
from creditor_meetings.realtime.models import Event
from tests.whole import story

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")


def named(part: str) -> set[str]:
    """Return the names in the first column of a part's table."""
    text = PAGE.split(f"\n## {part}\n")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`([a-z_]+)`", row)}


def test_every_section_is_told() -> None:
    assert named("Sections of the state") == set(registry.sections())


def test_every_command_is_told() -> None:
    assert named("Commands") == set(registry.commands())


@pytest.mark.django_db
def test_every_event_of_a_meeting_is_told() -> None:
    cast = story.assemble()
    story.walk(cast, lambda step: None)
    seen = set(Event.objects.values_list("kind", flat=True))
    assert len(seen) > 15
    assert seen <= named("Events")
