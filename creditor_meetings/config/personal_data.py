"""What all rooms hold of a person, for the copy its owner may take; what a finished case forgets.

Rooms need not know of this: it is read and erased here, where every room is known.
"""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from creditor_meetings.cases import personal
from creditor_meetings.cases.export import rows
from creditor_meetings.cases.files import scans
from creditor_meetings.cases.models import Case, Person
from creditor_meetings.cases.personal import OwnFile
from creditor_meetings.claims.filing.drafting import ROOM as FILINGS
from creditor_meetings.claims.models import (
    Claim,
    Filing,
    FilingFile,
    Objection,
    ObjectionFile,
    PriorityWaiver,
)
from creditor_meetings.meetings.floor_models import FloorRequest
from creditor_meetings.meetings.mandates import ROOM as MANDATES
from creditor_meetings.meetings.models import (
    Attendance,
    Mandate,
    Meeting,
    MeetingState,
    NoticeMessage,
    Presence,
    Question,
)
from creditor_meetings.meetings.verification_files import ROOM as OBJECTIONS
from creditor_meetings.meetings.waivers import ROOM as WAIVERS
from creditor_meetings.video.models import Broadcast, Recording, Viewing
from documents.models import Opening, PageReading
from voting.models import Ballot, Resolution, ResolutionState


def connect() -> None:
    """Bring the parts."""
    personal.part("claims", _claims)
    personal.part("meetings", _meetings)
    personal.part("documents", _documents)
    personal.part("video", _video)
    personal.part("voting", _voting)
    personal.files(_own_files)
    personal.hindrance(_goes_on)
    personal.forget("filings", _forget_filings)
    personal.forget("notices", _forget_messages)
    personal.forget("presences", lambda case: _forget(Presence, Q(meeting__case=case)))
    personal.forget("readings", lambda case: _forget(Opening, Q(document__meeting__case=case)))
    personal.forget("viewings", _forget_viewings)


# --- The copy --------------------------------------------------------------------------------


def _claims(person: Person) -> dict[str, Any]:
    own = Claim.objects.filter(
        creditor__roles__person=person, creditor__roles__active=True
    ).distinct()
    return {
        "claims": rows(
            own, "case__number", "creditor__name", "nature", "filed_fen", "confirmed_fen",
            "conclusion", "reason",
        ),
        "filings": rows(
            Filing.objects.filter(person=person), "case__number", "number", "state",
            "creditor_name", "identity_number", "contact_name", "phone", "email",
            "postal_address", "nature", "collateral", "principal_fen", "interest_fen",
            "other_fen", "facts", "created_at", "submitted_at", "submitted_from", "signed_name",
            "conclusion", "reason",
        ),
        "objections": rows(
            Objection.objects.filter(person=person), "claim__case__number", "reasons",
            "legal_basis", "at", "address", "answer", "answered_at", "withdrawn_at",
        ),
        "waivers": rows(
            PriorityWaiver.objects.filter(person=person), "claim__case__number", "state",
            "statement", "signed_name", "at", "address",
        ),
    }  # fmt: skip


def _meetings(person: Person) -> dict[str, Any]:
    return {
        "attendances": rows(
            Attendance.objects.filter(person=person), "meeting__title", "creditor__name",
            "method", "at", "address", "device",
        ),
        "presences": rows(
            Presence.objects.filter(person=person), "meeting__title", "arrived_at", "left_at",
            "address", "device",
        ),
        "questions": rows(
            Question.objects.filter(person=person), "meeting__title", "text", "at", "answer"
        ),
        "floor": rows(
            FloorRequest.objects.filter(person=person), "meeting__title", "topic", "state",
            "asked_at", "granted_at", "ended_at",
        ),
        "mandates": rows(
            Mandate.objects.filter(person=person), "case__number", "creditor__name", "state",
            "submitted_at", "valid_until", "reason",
        ),
    }  # fmt: skip


def _documents(person: Person) -> dict[str, Any]:
    return {
        "openings": rows(
            Opening.objects.filter(person=person), "document__title", "access", "at", "address",
            "device",
        ),
        "pages": rows(
            PageReading.objects.filter(person=person), "document__title", "page", "seconds",
            "first_at", "last_at",
        ),
    }  # fmt: skip


def _video(person: Person) -> dict[str, Any]:
    return {
        "broadcasts": rows(
            Broadcast.objects.filter(publisher=person), "meeting__title", "source", "started_at",
            "ended_at",
        ),
        "viewings": rows(
            Viewing.objects.filter(person=person), "recording__broadcast__meeting__title",
            "watched", "seconds", "began_at", "address", "device",
        ),
    }  # fmt: skip


def _voting(person: Person) -> dict[str, Any]:
    return {
        "ballots": rows(
            Ballot.objects.filter(person=person).exclude(way="paper"), "resolution__title",
            "creditor__name", "choices", "at", "number", "effective", "address", "device",
            "receipt",
        )
    }  # fmt: skip


def _own_files(person: Person) -> list[OwnFile]:
    sources: list[tuple[str, Any]] = [
        (FILINGS, FilingFile.objects.filter(by=person, removed_at=None)),
        (OBJECTIONS, ObjectionFile.objects.filter(by=person)),
        (MANDATES, Mandate.objects.filter(submitted_by=person).exclude(sha256="")),
        (WAIVERS, PriorityWaiver.objects.filter(person=person).exclude(sha256="")),
    ]
    return [
        OwnFile(one.name or one.sha256, scans.path_of(room, one.sha256))
        for room, found in sources
        for one in found
    ]


# --- What a finished case forgets ----------------------------------------------------------------


def _goes_on(case: Case) -> str:
    meetings = Meeting.objects.filter(case=case).exclude(
        state__in=[MeetingState.CLOSED, MeetingState.DRAFT]
    )
    if meetings.exists():
        return str(_("本案还有未闭会的会议。"))
    if Resolution.objects.filter(
        meeting__case=case, state__in=[ResolutionState.OPEN, ResolutionState.SUSPENDED]
    ).exists():
        return str(_("本案还有进行中的表决。"))
    return ""


def _forget(model: Any, of_case: Q) -> int:
    rows_with = model.objects.filter(of_case).exclude(address="", device="")
    done: int = rows_with.update(address="", device="")
    return done


def _forget_filings(case: Case) -> int:
    found = Filing.objects.filter(case=case).exclude(
        contact_name="", phone="", email="", postal_address="", submitted_from=""
    )
    return found.update(contact_name="", phone="", email="", postal_address="", submitted_from="")


def _forget_messages(case: Case) -> int:
    # The address is part of what makes a message one of its kind: each gets another that is none.
    found = NoticeMessage.objects.filter(notice__meeting__case=case).exclude(
        address__startswith="erased-"
    )
    keys = list(found.values_list("pk", flat=True))
    for key in keys:
        NoticeMessage.objects.filter(pk=key).update(address=f"erased-{key}")
    return len(keys)


def _forget_viewings(case: Case) -> int:
    recordings = Recording.objects.filter(broadcast__meeting__case=case)
    return _forget(Viewing, Q(recording__in=recordings))
