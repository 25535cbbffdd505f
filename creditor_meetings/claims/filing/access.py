"""The doors to filings: whoever wrote one, and the team and court of its case.

Filing gives no role in the case: the person is let to its own filings and to nothing else.
"""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _

from creditor_meetings.cases.access import Viewer, access_case, viewer_for
from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.models import STAFF_ROLES, Case, Person
from creditor_meetings.claims.models import Filing, FilingDoor, FilingFile


@dataclass(frozen=True)
class Seen:
    """A filing as somebody may see it: as its author (`own`), or as a `viewer` of the staff."""

    filing: Filing
    own: bool
    viewer: Viewer | None


def access_door(token: str) -> FilingDoor:
    """Give the door that a public address names, open or closed; raise `NotFound` without one."""
    found = None
    if token.isascii() and token.isalnum():
        found = FilingDoor.objects.select_related("case").filter(token=token).first()
    if found is None:
        raise NotFound(_("申报地址无效。请核对公告中的地址是否完整，或联系管理人。"))
    return found


def access_filing(person: Person | AnonymousUser, case_id: int, filing_id: int) -> Seen:
    """Give a filing to its author, and once it was submitted to the team and court of the case.

    Raises `NotFound` for everybody else, members of the case included.
    """
    if not isinstance(person, Person) or not person.is_active:
        raise NotFound
    found = (
        Filing.objects.select_related("case", "person", "creditor", "claim__creditor", "decided_by")
        .filter(case=case_id, pk=filing_id)
        .first()
    )
    if found is None:
        raise NotFound
    own = found.person_id == person.pk
    viewer = _of_the_staff(person, case_id)
    if not own and (viewer is None or not found.number):
        raise NotFound
    return Seen(found, own, viewer)


def access_own_filing(person: Person | AnonymousUser, case_id: int, filing_id: int) -> Filing:
    """Give a filing to its author alone; the team and court are told that it is not theirs."""
    if not isinstance(person, Person) or not person.is_active:
        raise NotFound
    found = Filing.objects.select_related("case", "person").filter(case=case_id, pk=filing_id)
    filing = found.first()
    if filing is None:
        raise NotFound
    if filing.person_id == person.pk:
        return filing
    if _of_the_staff(person, case_id) is not None:
        raise Refused("not_allowed", _("只有申报人本人可以这样做。"))
    raise NotFound


def access_submitted_filing(
    person: Person | AnonymousUser, case_id: int, filing_id: int, roles: frozenset[str]
) -> tuple[Case, Viewer, Filing]:
    """Give a filing that was submitted to members of the case with one of these staff roles."""
    case, viewer = access_case(person, case_id, roles)
    found = (
        Filing.objects.select_related("case", "person", "claim__creditor", "taken_by", "decided_by")
        .filter(case=case, pk=filing_id, number__isnull=False)
        .first()
    )
    if found is None:
        raise NotFound
    return case, viewer, found


def access_file(seen: Seen, file_id: int) -> FilingFile:
    """Give a file of evidence of a filing.

    One that its author removed is gone, but for the team and court where it had been submitted.
    """
    found = FilingFile.objects.filter(filing=seen.filing, pk=file_id).first()
    if found is None:
        raise NotFound
    if found.removed_at is not None and (seen.viewer is None or not was_submitted(found)):
        raise NotFound
    return found


def was_submitted(file: FilingFile) -> bool:
    """Whether a file that was removed had been handed in before, hence is on record."""
    since = file.filing.submitted_at
    return file.removed_at is not None and since is not None and file.removed_at > since


def _of_the_staff(person: Person, case_id: int) -> Viewer | None:
    try:
        viewer = viewer_for(person, case_id)
    except NotFound:
        return None
    return viewer if viewer.roles & STAFF_ROLES else None
