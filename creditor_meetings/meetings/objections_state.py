"""How objections look in snapshots and events, and who may read them: one shape for both."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer, acted_for
from creditor_meetings.cases.models import Role
from creditor_meetings.cases.money import yuan
from creditor_meetings.claims.models import Claim, Objection, ObjectionFile
from creditor_meetings.meetings.models import Meeting

RELATED = (
    "claim__creditor",
    "creditor",
    "person",
    "answered_by",
    "accepted_by",
    "maintained_by",
)


def objections_seen_by(viewer: Viewer) -> QuerySet[Objection]:
    """The objections that the viewer may read: the staff all, others theirs and to theirs."""
    found = Objection.objects.filter(claim__case_id=viewer.case_id)
    if viewer.is_staff:
        return found
    own = Q(creditor__in=viewer.acts_for) | Q(claim__creditor__in=viewer.acts_for)
    if Role.DEBTOR in viewer.roles:
        own |= Q(creditor__isnull=True)
    return found.filter(own)


def objections(meeting: Meeting, staff: bool) -> dict[str, Any]:
    """Describe the objections to the staff, by id; to the others none that all would see."""
    return described(Objection.objects.filter(claim__case=meeting.case_id)) if staff else {}


def own_objections(meeting: Meeting, viewers: Sequence[Viewer]) -> list[dict[str, Any]]:
    """Describe to each viewer outside the staff what `objections_seen_by` lets him read."""
    others = [one for one in viewers if not one.is_staff]
    concerned = Q()
    if creditors := acted_for(others):
        concerned |= Q(creditor__in=creditors) | Q(claim__creditor__in=creditors)
    if any(Role.DEBTOR in one.roles for one in others):
        concerned |= Q(creditor__isnull=True)
    if not concerned:
        return [{} for _one in viewers]
    rows = _fetched(Objection.objects.filter(concerned, claim__case=meeting.case_id))
    told = [(one, objection(one)) for one in rows]
    return [
        {str(row.pk): shape for row, shape in told if not one.is_staff and _concerns(row, one)}
        for one in viewers
    ]


def _concerns(one: Objection, viewer: Viewer) -> bool:
    if one.creditor_id is None and Role.DEBTOR in viewer.roles:
        return True
    return one.creditor_id in viewer.acts_for or one.claim.creditor_id in viewer.acts_for


def described(found: QuerySet[Objection]) -> dict[str, Any]:
    """Describe objections by id."""
    return {str(one.pk): objection(one) for one in _fetched(found)}


def _fetched(found: QuerySet[Objection]) -> QuerySet[Objection]:
    return found.select_related(*RELATED).prefetch_related("files")


def objection(one: Objection) -> dict[str, Any]:
    """Describe an objection, its answer and its files, with the entry that it is about."""
    return {
        "id": one.pk,
        "claim": one.claim_id,
        "claim_number": one.claim.position,
        "creditor": one.claim.creditor.name,
        "entry": _entry(one.claim),
        "objector": one.creditor.name if one.creditor else str(one.person),
        "objector_id": one.creditor_id,
        "reasons": one.reasons,
        "legal_basis": one.legal_basis,
        "at": clock.rfc3339(one.at),
        "late": one.late,
        "state": one.state,
        "answer": one.answer,
        "answered_by": str(one.answered_by) if one.answered_by else "",
        "answered_at": _moment(one.answered_at),
        "accepted_by": str(one.accepted_by) if one.accepted_by else "",
        "accepted_at": _moment(one.accepted_at),
        "maintained_at": _moment(one.maintained_at),
        "withdrawn_at": _moment(one.withdrawn_at),
        "suit": one.suit,
        "suit_at": _moment(one.suit_at),
        "files": {str(file.pk): _file(one, file) for file in one.files.all()},
        "files_url": files_url(one),
    }


def files_url(one: Objection) -> str:
    """Return the address that takes files for an objection."""
    return reverse("meetings:objection_files", args=[one.claim.case_id, one.pk])


def _entry(claim: Claim) -> dict[str, Any]:
    """Describe what the table says of the claim now, so that it can be adjusted beside."""
    return {
        "nature": claim.nature,
        "filed": yuan(claim.filed_fen),
        "confirmed": yuan(claim.confirmed_fen),
        "conclusion": claim.conclusion,
        "version": claim.version,
    }


def _file(one: Objection, file: ObjectionFile) -> dict[str, Any]:
    return {
        "id": file.pk,
        "name": file.name,
        "size": file.size,
        "with_answer": file.with_answer,
        "at": clock.rfc3339(file.at),
        "url": reverse("meetings:objection_file", args=[one.claim.case_id, one.pk, file.pk]),
    }


def _moment(at: Any) -> str | None:
    return clock.rfc3339(at) if at is not None else None


def objection_audiences(one: Objection) -> list[str]:
    """The audiences that read an objection: see `objections_seen_by`."""
    objector = f"creditor:{one.creditor_id}" if one.creditor_id else f"role:{Role.DEBTOR}"
    return list(dict.fromkeys(["staff", objector, f"creditor:{one.claim.creditor_id}"]))
