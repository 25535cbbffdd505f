"""Captions of what is said (字幕): typed by the court or the administrator, or recognised.

They help those who hear badly or have no sound. They are no evidence: the recording is, and
nothing of them goes to the ledger.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Person, Role
from creditor_meetings.meetings import verbs
from creditor_meetings.meetings.floor_models import Caption, CaptionSource
from creditor_meetings.meetings.models import Meeting, MeetingState
from creditor_meetings.meetings.publishing import publish

WRITERS = (Role.CLERK, Role.ADMINISTRATOR, Role.JUDGE)
TEXT_LENGTH = 500
SPEAKER_LENGTH = 100
SHOWN_LINES = 3
TYPING_SECONDS = 120
"""How long before it is sent a typed line may have begun to be said."""


def captions(meeting: Meeting) -> dict[str, Any]:
    """Describe the newest lines, the oldest of them first."""
    newest = _said(meeting).order_by("-said_at", "-pk")[:SHOWN_LINES]
    return {"lines": [line(one) for one in reversed(newest)]}


def line(one: Caption) -> dict[str, Any]:
    """Describe a line."""
    return {
        "id": one.pk,
        "text": one.text,
        "speaker": one.speaker,
        "source": one.source,
        "said_at": clock.rfc3339(one.said_at),
    }


def lines(
    meeting: Meeting, since: datetime | None = None, until: datetime | None = None
) -> list[Caption]:
    """Return all lines in the order in which they were said, or those said in a span of time."""
    found = _said(meeting)
    if since is not None:
        found = found.filter(said_at__gte=since)
    if until is not None:
        found = found.filter(said_at__lt=until)
    return list(found.order_by("said_at", "pk"))


def _said(meeting: Meeting) -> Any:
    # A line that was struck out has no text.
    return Caption.objects.filter(meeting=meeting).exclude(text="")


@transaction.atomic
def write(
    meeting: Meeting, text: str, viewer: Viewer, *, speaker: str = "", seconds_ago: int = 0
) -> Caption:
    """Add a typed line, whose words began to be said `seconds_ago`."""
    viewer.require(*WRITERS)
    found = verbs.locked(meeting)
    if found.state == MeetingState.CLOSED:
        raise Refused("bad_request", _("会议已闭会，不能再添加字幕。"))
    if not 0 <= seconds_ago <= TYPING_SECONDS:
        raise Refused(
            "bad_request",
            _("字段“seconds_ago”不正确：应为 0 至 %(most)s 秒。") % {"most": TYPING_SECONDS},
        )
    now = clock.now()
    return _add(found, text, speaker, now - timedelta(seconds=seconds_ago), by=viewer.person)


@transaction.atomic
def recognised(
    meeting_id: int, text: str, *, speaker: str = "", said_at: datetime | None = None
) -> Caption | None:
    """Add a line that a program heard; None once the meeting is closed."""
    found = verbs.locked(Meeting(pk=meeting_id))
    words = text.strip()[:TEXT_LENGTH]
    if found.state == MeetingState.CLOSED or not words:
        return None
    now = clock.now()
    return _add(found, words, speaker[:SPEAKER_LENGTH], min(said_at or now, now), by=None)


def _add(
    meeting: Meeting, text: str, speaker: str, said_at: datetime, *, by: Person | None
) -> Caption:
    made = Caption.objects.create(
        meeting=meeting,
        text=text,
        speaker=speaker,
        source=CaptionSource.TYPED if by is not None else CaptionSource.RECOGNISED,
        by=by,
        said_at=said_at,
        at=clock.now(),
    )
    _tell(meeting)
    return made


@transaction.atomic
def correct(
    meeting: Meeting, caption_id: int, text: str, viewer: Viewer, *, speaker: str | None = None
) -> None:
    """Write a line anew, whoever wrote it; without text it is struck out."""
    viewer.require(*WRITERS)
    found = verbs.locked(meeting)
    wrong = Caption.objects.filter(meeting=found, pk=caption_id).first()
    if wrong is None:
        raise Refused("bad_request", _("本次会议没有这行字幕。"))
    changed: Collection[str] = ["text", "by"]
    wrong.text, wrong.by = text, viewer.person
    if speaker is not None:
        wrong.speaker = speaker
        changed = [*changed, "speaker"]
    wrong.save(update_fields=changed)
    _tell(found)


def _tell(meeting: Meeting) -> None:
    publish(meeting, "captions", {"captions": captions(meeting)}, coalesce="captions")
