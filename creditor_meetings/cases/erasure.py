"""Erasing the ways to reach people of a case that is over (结案后删除联系信息).

Erased are contacts: telephone numbers, e-mail addresses, network addresses and devices. What the
law has kept stays: who attended, asked, objected and voted, the claims table with its identity
numbers, the ledger and its evidence (EBL 61(2); archives of courts; PIPL art 47(2)).
"""

from datetime import date

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock, personal
from creditor_meetings.cases.act_models import Act
from creditor_meetings.cases.erasure_models import ContactErasure
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import (
    STAFF_ROLES,
    Case,
    CaseRole,
    Creditor,
    Invitation,
    Person,
)
from creditor_meetings.cases.people import close_sessions


@transaction.atomic
def erase_contacts(
    case: Case, *, by: Person | None, closed_on: date, reason: str, address: str = ""
) -> ContactErasure:
    """Erase the contacts of a case that is over. Raises `Refused` while it is not."""
    if closed_on > timezone.localdate(clock.now()):
        raise Refused("bad_request", _("结案日期不能晚于今天。"))
    if not reason.strip():
        raise Refused("bad_request", _("请写明删除的理由。"))
    in_the_way = personal.hindrances_of(case)
    if in_the_way:
        raise Refused("bad_request", " ".join(in_the_way))
    erased = {
        "people": _people(case),
        "creditors": _creditors(case),
        "invitations": _invitations(case),
        "acts": Act.objects.filter(case=case)
        .exclude(address="", device="")
        .update(address="", device=""),
        **personal.forgotten_in(case),
    }
    return ContactErasure.objects.create(
        case=case, by=by, at=clock.now(), closed_on=closed_on, reason=reason.strip()[:1000],
        address=address, erased=erased,
    )  # fmt: skip


def _people(case: Case) -> int:
    """Erase the addresses of those who take part in no other case, and end their sessions."""
    elsewhere = CaseRole.objects.exclude(case=case).filter(active=True).values("person")
    staff = CaseRole.objects.filter(active=True, role__in=STAFF_ROLES).values("person")
    people = Person.objects.filter(
        Q(phone__isnull=False) | Q(email__isnull=False), case_roles__case=case, is_staff=False,
        is_superuser=False,
    ).exclude(pk__in=elsewhere).exclude(pk__in=staff).distinct()  # fmt: skip
    found = list(people)
    for person in found:
        close_sessions(person)
    return Person.objects.filter(pk__in=[one.pk for one in found]).update(phone=None, email=None)


def _creditors(case: Case) -> int:
    rows = Creditor.objects.filter(case=case).exclude(contact_name="", phone="", email="")
    return rows.update(contact_name="", phone="", email="")


def _invitations(case: Case) -> int:
    rows = Invitation.objects.filter(case=case).exclude(email="", phone="", identity_number="")
    rows.filter(used_at=None, revoked_at=None).update(revoked_at=clock.now())
    return rows.update(email="", phone="", identity_number="")
