"""A short run of every target, and all that longer runs ever found, fed again.

Longer runs: `python -m tests.fuzz NAME --seconds N` (see tests/fuzz/__main__.py).
"""

import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz import targets
from tests.fuzz.targets import TARGETS

pytestmark = pytest.mark.django_db
FOUND = Path(__file__).with_name("found")

INPUTS = {
    "frame": 1500, "command": 250, "count": 1500, "rule": 1500, "csv": 300, "xlsx": 60,
    "bundle": 40, "receipt": 250,
}  # fmt: skip
"""So many inputs of each, together about half a minute."""


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Let refusals be refused in silence; seeds that stand in the database go with the test."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)
    targets._held.cache_clear()
    for target in TARGETS.values():
        if target.database:
            target._seeds = []


def test_every_target_is_run() -> None:
    assert set(INPUTS) == set(TARGETS)


@pytest.mark.parametrize("name", TARGETS)
def test_a_short_run(name: str) -> None:
    target = TARGETS[name]
    seed = 20260101 if os.environ.get("HYPOTHESIS") != "hunt" else None
    random = Random(seed)
    for seed_input in target.seeds():
        target.take(seed_input)
    for _ in range(INPUTS[name]):
        data = target.one(random)
        try:
            target.take(data)
        except Exception as error:
            error.add_note(f"{name}: {data[:2000]!r}")
            raise


def test_what_was_found_once_is_taken_now() -> None:
    for path in sorted(one for one in FOUND.glob("*/*") if one.is_file()):
        try:
            TARGETS[path.parent.name].take(path.read_bytes())
        except Exception as error:
            error.add_note(str(path))
            raise


# --- By hypothesis: values that no seed leads to -----------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=12), inner, max_size=5)
    ),
    max_leaves=20,
)
EXAMPLES = settings(
    max_examples=300,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@EXAMPLES
@given(st.text(max_size=300) | JSON.map(json.dumps))
def test_any_text_at_the_socket(text: str) -> None:
    TARGETS["frame"].take(text.encode("utf-8", "surrogatepass"))


@EXAMPLES
@given(st.sampled_from(targets.FRAMES), JSON)
def test_any_value_in_a_command(frame: dict[str, object], value: object) -> None:
    for name in ("id", "type", "data"):
        changed = {**frame, name: value}
        TARGETS["frame"].take(json.dumps(changed).encode("utf-8", "surrogatepass"))


@EXAMPLES
@given(st.binary(max_size=400) | JSON.map(lambda one: json.dumps(one).encode()))
def test_any_bytes_as_a_count_file(data: bytes) -> None:
    TARGETS["count"].take(data)


@EXAMPLES
@given(st.binary(max_size=400))
def test_any_bytes_as_a_table_or_a_rule(data: bytes) -> None:
    for name in ("csv", "xlsx", "rule"):
        TARGETS[name].take(data)


@EXAMPLES
@given(st.text(max_size=300) | JSON.map(json.dumps))
def test_any_text_as_a_receipt(text: str) -> None:
    TARGETS["receipt"].take(text.encode("utf-8", "surrogatepass"))
