"""What several of these tests look at."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

VERIFIER = Path(__file__).resolve().parents[2] / "verify_evidence.py"


@pytest.fixture(scope="session")
def verifier() -> SimpleNamespace:
    """The verifier's names, read from its one file as a stranger's Python would."""
    return SimpleNamespace(**runpy.run_path(str(VERIFIER)))
