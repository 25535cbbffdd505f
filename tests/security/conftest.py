"""What several of these tests look at."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.cache import cache

VERIFIER = Path(__file__).resolve().parents[2] / "verify_evidence.py"


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    """Forget what others of this process guessed wrong: their tries would count here too."""
    cache.clear()


@pytest.fixture(scope="session")
def verifier() -> SimpleNamespace:
    """The verifier's names, read from its one file as a stranger's Python would."""
    return SimpleNamespace(**runpy.run_path(str(VERIFIER)))
