"""Runs the verifier over a meeting's record for the desk, and remembers what it last found.

The record itself is not touched: a finding is a file of its own below DATA_DIR.
"""

import json
import logging
import os
import tempfile
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings

from creditor_meetings.cases import clock
from creditor_meetings.cases.sending import in_background
from creditor_meetings.meetings.models import Meeting
from voting import wording
from voting.evidence import check

log = logging.getLogger(__name__)

RUNNING, HOLDS, BROKEN, FAILED = "running", "holds", "broken", "failed"
LOST = timedelta(minutes=15)
"""A run that takes so long ended with its process."""
MOST_PROBLEMS = 100


@dataclass(frozen=True)
class Finding:
    """What a run of the verifier came to."""

    state: str
    started_at: str
    by: str
    ended_at: str = ""
    checked: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def started(self) -> datetime:
        """When it began."""
        return datetime.fromisoformat(self.started_at)

    @property
    def ended(self) -> datetime | None:
        """When it ended, None while it runs."""
        return datetime.fromisoformat(self.ended_at) if self.ended_at else None


def _path(meeting: Meeting) -> Path:
    return Path(settings.DATA_DIR) / "verifications" / f"{meeting.pk}.json"


def last(meeting: Meeting) -> Finding | None:
    """Return what the verifier found last, or that it is at work; None before the first run."""
    try:
        found = Finding(**json.loads(_path(meeting).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        log.exception("what the verifier found of meeting %s cannot be read", meeting.pk)
        return None
    if found.state == RUNNING and found.started < clock.now() - LOST:
        return Finding(**{**asdict(found), "state": FAILED})
    return found


def start(meeting: Meeting, by: str) -> Finding:
    """Begin a run unless one is at work; returns how it stands now."""
    standing = last(meeting)
    if standing is not None and standing.state == RUNNING:
        return standing
    begun = Finding(RUNNING, clock.rfc3339(clock.now()), by)
    _keep(meeting, begun)
    in_background(lambda: _run(meeting, begun), bulk=True)
    return last(meeting) or begun


def _run(meeting: Meeting, begun: Finding) -> None:
    values = asdict(begun)
    try:
        values |= _verify(meeting)
    except Exception:
        log.exception("verifying meeting %s failed", meeting.pk)
        values["state"] = FAILED
    values["ended_at"] = clock.rfc3339(clock.now())
    _keep(meeting, Finding(**values))


def _verify(meeting: Meeting) -> dict[str, Any]:
    found = check.verify(meeting, wording.language())
    return {
        "state": HOLDS if found.ok else BROKEN,
        "checked": found.lines,
        "problems": found.problems[:MOST_PROBLEMS],
    }


def _keep(meeting: Meeting, finding: Finding) -> None:
    path = _path(meeting)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(asdict(finding), file, ensure_ascii=False)
    Path(temporary).replace(path)
