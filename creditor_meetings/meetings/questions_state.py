"""How questions in writing look in snapshots and events, and who sees which."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.meetings import passages
from creditor_meetings.meetings.models import Meeting, Question
from creditor_meetings.meetings.publishing import News


def questions(meeting: Meeting, staff: bool) -> dict[str, Any]:
    """Describe by id the questions that the whole team sees, or everybody: those shown."""
    found = asked_in(meeting) if staff else asked_in(meeting).filter(shown=True)
    return {str(one.pk): question(one) for one in found}


def own_questions(meeting: Meeting, viewers: Sequence[Viewer]) -> list[dict[str, Any]]:
    """Describe to each viewer outside the team his own questions that are not shown to all."""
    askers = [one.person.pk for one in viewers if not one.is_staff]
    held: dict[int, dict[str, Any]] = {}
    if askers:
        for one in asked_in(meeting).filter(shown=False, person__in=askers):
            held.setdefault(one.person_id, {})[str(one.pk)] = question(one)
    return [{} if one.is_staff else held.get(one.person.pk, {}) for one in viewers]


def asked_in(meeting: Meeting) -> QuerySet[Question]:
    """Return the questions of a meeting."""
    found = Question.objects.filter(meeting=meeting)
    return found.select_related("person", "creditor", "answered_by")


def visible(found: QuerySet[Question], viewer: Viewer) -> QuerySet[Question]:
    """Leave the questions that a person may see: the team all, others those shown and their own.

    Each question keeps what was promised to its asker: a rule that changes later moves none.
    """
    if viewer.is_staff:
        return found
    return found.filter(Q(shown=True) | Q(person=viewer.person))


def question(asked: Question) -> dict[str, Any]:
    """Describe a question and its answer, alike to all who see it."""
    return {
        "id": asked.pk,
        "person": asked.person_id,
        "asker": asked.creditor.name if asked.creditor else str(asked.person),
        "text": asked.text,
        "at": clock.rfc3339(asked.at),
        "item": asked.item_id,
        "passage": passages.of(asked),
        "shown": asked.shown,
        "moderated_at": _moment(asked.moderated_at),
        "reason": asked.reason,
        "answer": asked.answer,
        "live": asked.answered_live,
        "answered_by": str(asked.answered_by) if asked.answered_by else "",
        "answered_at": _moment(asked.answered_at),
    }


def _moment(at: datetime | None) -> str | None:
    return clock.rfc3339(at) if at is not None else None


def news(
    kind: str,
    asked: Question,
    *,
    notice: Mapping[str, Any] | None = None,
    was_shown: bool | None = None,
) -> list[News]:
    """Tell those who see a question how it is now.

    `was_shown`: whether all saw it before; from whom it is taken away is told so first.
    """
    told = {path(asked): question(asked)}
    if asked.shown:
        return [News(kind, told, notice=notice)]
    taken = [News(kind, {path(asked): None})] if was_shown else []
    return [
        *taken,
        News(kind, told, audience="staff", notice=notice),
        News(kind, told, audience=f"person:{asked.person_id}", notice=notice),
    ]


def path(asked: Question) -> str:
    """Return where a question stands in the state."""
    return f"questions/{asked.pk}"
