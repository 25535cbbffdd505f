"""A whole meeting, step by step: what each audience is told, and what is kept of who did it.

`event_fields.json` says which fields the events of each kind may set for which audience, and
which a snapshot may hold for which role. A field that is not in it fails here: whoever adds one
says by it who may have it. FIELDS=write python -m pytest tests/security/test_story_walk.py
writes the table as it is now; read the difference before you keep it.
"""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from creditor_meetings.cases import acts
from creditor_meetings.cases.models import Act, Creditor, Person
from creditor_meetings.realtime.log import events_after
from tests.support import world
from tests.whole import story

pytestmark = pytest.mark.django_db

TABLE = Path(__file__).with_name("event_fields.json")
RUNNING = {"administrator", "judge", "clerk"}
CHANGES_BY_CHANCE = re.compile(r"^(\d+|[0-9a-f]{8,}|[\w-]*\d{3,}[\w-]*)$")


def fields_of(value: Any, before: str = "") -> Iterator[str]:
    """Name every field below a value, ids left out."""
    if isinstance(value, dict):
        for key, inner in value.items():
            name = "*" if CHANGES_BY_CHANCE.match(key) else key
            yield from fields_of(inner, f"{before}/{name}" if before else name)
    elif isinstance(value, list):
        for inner in value:
            yield from fields_of(inner, f"{before}[]")
    else:
        yield before


def fields_set(data: dict[str, Any]) -> Iterator[str]:
    """Name every field that an event sets or tells of."""
    for path, value in data.get("set", {}).items():
        parts = ["*" if CHANGES_BY_CHANCE.match(part) else part for part in path.split("/")]
        yield from fields_of(value, "/".join(parts))
    yield from fields_of(data.get("notice", {}), "notice")


class Secrets:
    """Values that nobody else has: where one turns up, it came from this person or creditor."""

    def __init__(self, cast: story.Cast) -> None:
        self.of_creditor: dict[int, list[str]] = {}
        self.of_person: dict[int, list[str]] = {}
        for creditor in Creditor.objects.filter(case=cast.case):
            values = [
                f"31010119770101{creditor.pk:04d}",
                f"1391234{creditor.pk:04d}",
                f"planted-creditor-{creditor.pk}@example.cn",
                f"联系人甲{creditor.pk}",
            ]
            creditor.identity_number, creditor.phone, creditor.email, creditor.contact_name = values
            creditor.save()
            self.of_creditor[creditor.pk] = values
        for person in cast.people.values():
            person.phone = f"1589876{person.pk:04d}"
            person.email = f"planted-person-{person.pk}@example.cn"
            person.save()
            self.of_person[person.pk] = [person.phone, person.email]

    def foreign_to(self, person: Person, acts_for: set[int]) -> list[str]:
        """Everything that this person may not be told of others."""
        return [
            value
            for table, own in ((self.of_creditor, acts_for), (self.of_person, {person.pk}))
            for key, values in table.items()
            if key not in own
            for value in values
        ]

    @property
    def all(self) -> list[str]:
        """Everything."""
        return [one for table in (self.of_creditor, self.of_person)
                for values in table.values() for one in values]  # fmt: skip


ADDRESSES = ("192.0.2.7", "Mozilla/5.0 (tests)")
"""Where commands of the story come from: for no page of anybody but the team."""


def kind_of(audience: str) -> str:
    """Say whom an audience stands for, without the id."""
    return audience if audience.startswith("role:") else audience.partition(":")[0]


def test_what_is_told_to_whom_and_what_is_kept_of_acts() -> None:
    cast = story.assemble()
    secrets = Secrets(cast)
    found: dict[str, set[str]] = {}
    seen = 0

    def look(step: story.Step) -> None:
        nonlocal seen
        if step.role in RUNNING and not acts.is_left_out(step.command):
            act = Act.objects.latest("pk")
            assert (act.verb, act.person_id, act.case_id, act.address) == (
                step.command, cast.people[step.role].pk, cast.case.pk, "192.0.2.7",
            ), f"{step.name} left no act"  # fmt: skip
        news = events_after(cast.meeting.pk, seen, limit=100_000)
        for event in news:
            seen = event.seq
            kind = kind_of(event.audience)
            found.setdefault(f"{event.kind} to {kind}", set()).update(fields_set(event.data))
            text = json.dumps(event.data, ensure_ascii=False)
            if kind == "all":
                assert not [one for one in (*secrets.all, *ADDRESSES) if one in text], event.kind
        for name, person in cast.people.items():
            viewer = world.viewer(person, cast.meeting)
            if viewer.is_staff:
                continue
            heard = [event.data for event in news if event.audience in viewer.audiences]
            text = json.dumps(heard, ensure_ascii=False)
            foreign = secrets.foreign_to(person, set(viewer.acts_for))
            assert not [one for one in (*foreign, *ADDRESSES) if one in text], (
                f"{step.name}: {name}"
            )

    story.walk(cast, look)
    assert Act.objects.filter(person=cast.people["creditor"]).count() == 0
    for name, person in cast.people.items():
        viewer = world.viewer(person, cast.meeting)
        _seq, state = world.take_snapshot(person, cast.meeting)
        state = json.loads(json.dumps(state))
        role = "team" if viewer.is_staff else name
        found.setdefault(f"snapshot of {role}", set()).update(fields_of(state))
        if not viewer.is_staff:
            text = json.dumps(state, ensure_ascii=False)
            foreign = secrets.foreign_to(person, set(viewer.acts_for))
            assert not [one for one in (*foreign, *ADDRESSES) if one in text], name
    if os.environ.get("FIELDS") == "write":
        kept = {name: sorted(fields) for name, fields in sorted(found.items())}
        TABLE.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    allowed = json.loads(TABLE.read_text(encoding="utf-8"))
    for name, fields in found.items():
        new = fields - set(allowed.get(name, ()))
        assert not new, f"say in event_fields.json whether {name} may hold {sorted(new)}"


def test_no_table_of_fields_lets_out_what_is_personal() -> None:
    allowed = json.loads(TABLE.read_text(encoding="utf-8"))
    personal = re.compile(
        r"identity|phone|e?mail|address(?!es)|device|contact|password|token|secret"
    )
    for name, fields in allowed.items():
        if name.endswith(("to all", "to creditor", "to person")) or (
            name.startswith("snapshot of") and "team" not in name
        ):
            leaked = [one for one in fields if personal.search(one)]
            assert not leaked, f"{name}: {leaked}"
