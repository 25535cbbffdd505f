"""One meeting with everything in it, its bundle of evidence, and the program that checks it."""

import io
import runpy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction

from tests.evidence.meeting import hold
from voting.evidence import bundle

VERIFIER = Path(__file__).resolve().parents[2] / "verify_evidence.py"


class _Undo(Exception):
    pass


@pytest.fixture(scope="session")
def verifier() -> SimpleNamespace:
    """The verifier's names, read from its one file as a stranger's Python would."""
    return SimpleNamespace(**runpy.run_path(str(VERIFIER)))


@pytest.fixture(scope="session")
def held_meeting(django_db_setup: None, django_db_blocker: Any) -> bytes:
    """The bundle of a meeting in which every kind of entry was written."""
    del django_db_setup
    made = io.BytesIO()
    with django_db_blocker.unblock():
        try:
            with transaction.atomic():
                meeting = hold()
                bundle.write(meeting, made)
                raise _Undo
        except _Undo:
            pass
    return made.getvalue()
