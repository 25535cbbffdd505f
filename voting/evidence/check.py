"""The verifier run on a live ledger, as any stranger would run it on the bundle."""

import subprocess  # nosec B404
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from creditor_meetings.meetings.models import Meeting
from voting.evidence import bundle

SECONDS = 300
"""How long the verifier may take."""


@dataclass(frozen=True)
class Check:
    """What the verifier said: its lines, and whether all holds."""

    ok: bool
    lines: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def verify(meeting: Meeting, language: str = "zh") -> Check:
    """Write the bundle without recordings to a file of its own and have it checked.

    `language` is "zh" or "en". Takes seconds where tens of thousands voted.
    """
    with tempfile.TemporaryDirectory(prefix="evidence-") as directory:
        path = Path(directory) / "evidence.zip"
        with path.open("wb") as file:
            bundle.write(meeting, file, recordings=False)
        return check_file(path, language)


def check_file(path: Path, language: str = "zh") -> Check:
    """Have a bundle checked by the verifier in a process of its own."""
    program = Path(settings.BASE_DIR) / bundle.VERIFIER
    try:
        done = subprocess.run(  # nosec B603
            [sys.executable, "-I", str(program), str(path), "--lang", language],
            capture_output=True,
            timeout=SECONDS,
            check=False,
            encoding="utf-8",
        )
    except subprocess.TimeoutExpired:
        return Check(False, problems=[f"the verifier took longer than {SECONDS} s"])
    lines = done.stdout.splitlines()
    problems = [one.removeprefix("✗ ") for one in lines if one.startswith("✗ ")]
    if done.returncode not in (0, 1) or (done.returncode == 1 and not problems):
        problems += done.stderr.splitlines()[-1:]
    return Check(done.returncode == 0, [one for one in lines if not one.startswith("✗ ")], problems)
