"""The reviewers' desk: who looks at which filing, so that nobody treads on anybody.

Taking a filing holds it for some minutes, which an open page renews. Others see who has it and take
another one, or take it over: of themselves when the time is up, before that with a word on why.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Case, Person, Role
from creditor_meetings.claims.filing import record
from creditor_meetings.claims.models import Filing, FilingState

HELD = timedelta(minutes=10)
NO_LONGER = (FilingState.DRAFT, FilingState.WITHDRAWN)


@dataclass(frozen=True)
class Hold:
    """Who has a filing, until when (UTC); nobody where `by` is None."""

    by: Person | None
    until: datetime | None

    def is_of(self, person: Person) -> bool:
        """Whether this person has it."""
        return self.by is not None and self.by.pk == person.pk


def hold_of(filing: Filing) -> Hold:
    """Return who has the filing now."""
    if filing.taken_until is None or filing.taken_until <= clock.now():
        return Hold(None, None)
    return Hold(filing.taken_by, filing.taken_until)


def free(filings: QuerySet[Filing]) -> QuerySet[Filing]:
    """Keep the filings that nobody has now."""
    return filings.filter(Q(taken_until=None) | Q(taken_until__lte=clock.now()))


@transaction.atomic
def take(filing: Filing, viewer: Viewer, *, why: str = "", address: str = "") -> Hold:
    """Take a filing as administrator; from somebody who has it only with a word on why."""
    viewer.require(Role.ADMINISTRATOR)
    found = _locked(filing)
    if found.state in NO_LONGER:
        raise Refused("bad_request", _("这份申报已撤回，无需审查。"))
    hold = hold_of(found)
    if hold.by is not None and not hold.is_of(viewer.person):
        if not why.strip():
            raise Refused(
                "bad_request",
                _("%(who)s正在审查这份申报。如需接手，请写明原因。") % {"who": hold.by},
            )
        record.note(
            found, record.TAKEN, hold.by, viewer.person, viewer.person, reason=why, address=address
        )
    return _held(found, viewer.person)


@transaction.atomic
def renew(filing: Filing, viewer: Viewer) -> Hold:
    """Go on holding what one has, or what nobody took since; else return who has it."""
    viewer.require(Role.ADMINISTRATOR)
    found = _locked(filing)
    hold = hold_of(found)
    mine = found.taken_by_id == viewer.person.pk
    if hold.is_of(viewer.person) or (hold.by is None and mine):
        return _held(found, viewer.person)
    return hold


@transaction.atomic
def release(filing: Filing, viewer: Viewer) -> None:
    """Put a filing back for others, if one has it."""
    viewer.require(Role.ADMINISTRATOR)
    Filing.objects.filter(pk=filing.pk, taken_by=viewer.person).update(
        taken_by=None, taken_until=None
    )


def take_next(case: Case, viewer: Viewer) -> Filing | None:
    """Take the longest waiting filing that nobody has; None when all are done or in hands."""
    viewer.require(Role.ADMINISTRATOR)
    waiting = Filing.objects.filter(case=case, state=FilingState.SUBMITTED)
    for _attempt in range(10):
        found = free(waiting).order_by("submitted_at", "pk").first()
        if found is None:
            return None
        # Of two who reach for the same one, one gets it and the other the next.
        taken = free(waiting.filter(pk=found.pk)).update(
            taken_by=viewer.person, taken_until=clock.now() + HELD
        )
        if taken:
            return found
    return None


def require_mine_or_free(filing: Filing, viewer: Viewer) -> None:
    """Refuse to act on what somebody else has in hand; inside the filing's lock."""
    hold = hold_of(filing)
    if hold.by is not None and not hold.is_of(viewer.person):
        raise Refused(
            "bad_request",
            _("%(who)s已接手审查这份申报，您的修改没有保存。") % {"who": hold.by},
        )


def _held(filing: Filing, person: Person) -> Hold:
    filing.taken_by, filing.taken_until = person, clock.now() + HELD
    filing.save(update_fields=["taken_by", "taken_until"])
    return Hold(person, filing.taken_until)


def _locked(filing: Filing) -> Filing:
    return (
        Filing.objects.select_for_update(of=("self",)).select_related("taken_by").get(pk=filing.pk)
    )
