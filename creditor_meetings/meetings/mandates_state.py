"""How powers of attorney look in snapshots, events and on the record: one shape for each."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer, acted_for
from creditor_meetings.cases.models import CREDITOR_ROLES, CaseRole, Role
from creditor_meetings.meetings.mandate_votes import votes
from creditor_meetings.meetings.models import Mandate, MandateState, Meeting
from creditor_meetings.meetings.publishing import News

_FOR_EVER = datetime.max.replace(tzinfo=UTC)


def of_meeting(meeting: Meeting) -> QuerySet[Mandate]:
    """Return the mandates that reach a meeting: its own, and those for every meeting."""
    found = Mandate.objects.filter(case_id=meeting.case_id)
    return found.filter(Q(meeting=None) | Q(meeting=meeting)).select_related("creditor", "person")


def visible(found: QuerySet[Mandate], viewer: Viewer) -> QuerySet[Mandate]:
    """Leave the mandates that a person may see: the team all, others what concerns them."""
    if viewer.is_staff:
        return found
    return found.filter(Q(creditor__in=viewer.acts_for) | Q(person=viewer.person))


def mandates(meeting: Meeting, staff: bool) -> dict[str, Any]:
    """Describe the mandates of the meeting to the team; to the others none that all would see."""
    if not staff:
        return {}
    return {str(pk): told for pk, _held, told in _described(meeting, of_meeting(meeting))}


def own_mandates(meeting: Meeting, viewers: Sequence[Viewer]) -> list[dict[str, Any]]:
    """Describe to each viewer outside the team the mandates that concern him, as `visible` says."""
    others = [one for one in viewers if not one.is_staff]
    if not others:
        return [{} for _one in viewers]
    people = [one.person.pk for one in others]
    concerned = Q(creditor__in=acted_for(others)) | Q(person__in=people)
    found = list(_described(meeting, of_meeting(meeting).filter(concerned)))
    return [
        {
            str(pk): told
            for pk, held, told in found
            if not one.is_staff
            and (held.creditor_id in one.acts_for or held.person_id == one.person.pk)
        }
        for one in viewers
    ]


def _described(
    meeting: Meeting, found: QuerySet[Mandate]
) -> Iterator[tuple[int, Mandate, dict[str, Any]]]:
    rows = list(found)
    used = votes().used([one.pk for one in rows], meeting.pk) if rows else set()
    for one in rows:
        yield one.pk, one, mandate(one, one.pk in used)


def mandate(one: Mandate, used: bool) -> dict[str, Any]:
    """Describe a mandate; `used` says whether a ballot was cast under it in the meeting."""
    file_url = None
    if one.sha256:
        file_url = reverse("meetings:mandate_file", args=[one.case_id, one.pk])
    return {
        "id": one.pk,
        "creditor": one.creditor_id,
        "creditor_name": one.creditor.name,
        "person": one.person_id,
        "person_name": str(one.person),
        "meeting": one.meeting_id,
        **_scope(one),
        "file_url": file_url,
        "reason": one.reason,
        "submitted_at": clock.rfc3339(one.submitted_at),
        "decided_at": _moment(one.revoked_at or one.decided_at),
        "used": used,
    }


def _scope(one: Mandate) -> dict[str, Any]:
    return {
        "state": one.state,
        "powers": list(one.powers),
        "valid_until": _moment(one.valid_until),
    }


def _moment(at: datetime | None) -> str | None:
    return clock.rfc3339(at) if at is not None else None


def as_proxy(
    meeting: Meeting, person_id: int, creditors: Collection[int]
) -> dict[int, dict[str, Any]]:
    """Describe by creditor the mandate that a proxy votes under, or where it stands."""
    found = as_proxies(meeting, [(person_id, creditor) for creditor in creditors])
    return {creditor: scope for (_person, creditor), scope in found.items()}


def as_proxies(
    meeting: Meeting, pairs: Collection[tuple[int, int]]
) -> dict[tuple[int, int], dict[str, Any]]:
    """Describe the same for several proxies: by person and creditor."""
    if not pairs:
        return {}
    people, creditors = zip(*pairs, strict=True)
    wanted = set(pairs)
    held: dict[tuple[int, int], list[Mandate]] = {}
    for one in of_meeting(meeting).filter(person__in=set(people), creditor__in=set(creditors)):
        pair = (one.person_id, one.creditor_id)
        if pair in wanted:
            held.setdefault(pair, []).append(one)
    return {pair: _scope(best(mandates)) for pair, mandates in held.items()}


def best(held: Iterable[Mandate]) -> Mandate:
    """Return the mandate that says most: accepted, for longest, for most matters, the newest.

    The clock has no part in it, so that what was told stays true while time goes by.
    """
    return max(
        held,
        key=lambda one: (
            (
                one.state == MandateState.ACCEPTED,
                one.valid_until or _FOR_EVER,
                not one.powers,
                len(one.powers),
                one.pk,
            )
            if one.state == MandateState.ACCEPTED
            else (False, datetime.min.replace(tzinfo=UTC), False, 0, one.pk)
        ),
    )


def news(meeting: Meeting, one: Mandate) -> list[News]:
    """Tell the team, the creditor and the agent of a mandate as it is now."""
    used = one.pk in votes().used([one.pk], meeting.pk)
    told = {f"mandates/{one.pk}": mandate(one, used)}
    audiences = ("staff", f"creditor:{one.creditor_id}", f"person:{one.person_id}")
    made = [News("mandate", told, audience=audience) for audience in audiences]
    if _acts_as_proxy(one):
        standing = as_proxy(meeting, one.person_id, [one.creditor_id])[one.creditor_id]
        made.append(
            News(
                "mandate",
                {f"represented/{one.creditor_id}/mandate": standing},
                audience=f"person:{one.person_id}",
            )
        )
    return made


def _acts_as_proxy(one: Mandate) -> bool:
    held = CaseRole.objects.filter(
        case=one.case_id, person=one.person_id, creditor=one.creditor_id, active=True
    )
    roles = set(held.filter(role__in=CREDITOR_ROLES).values_list("role", flat=True))
    # Whoever is the creditor as well votes as the creditor, and needs no mandate.
    return roles == {Role.PROXY.value}


def body(one: Mandate) -> dict[str, Any]:
    """Write a mandate down as the record keeps it."""
    return {
        "mandate": one.pk,
        "creditor": one.creditor_id,
        "creditor_name": one.creditor.name,
        "person": one.person_id,
        "person_name": str(one.person),
        "meeting": one.meeting_id,
        **_scope(one),
        "sha256": one.sha256,
        "submitted_by": one.submitted_by_id,
        "submitted_by_name": _name(one.submitted_by),
        "submitted_at": _moment(one.submitted_at),
        "decided_by": one.decided_by_id,
        "decided_by_name": _name(one.decided_by),
        "decided_at": _moment(one.decided_at),
        "revoked_by": one.revoked_by_id,
        "revoked_by_name": _name(one.revoked_by),
        "revoked_at": _moment(one.revoked_at),
        "reason": one.reason,
    }


def _name(person: Any) -> str:
    return str(person) if person is not None else ""
