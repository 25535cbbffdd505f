"""What is done to people and their roles in a case."""

from collections.abc import Callable, Collection, Sequence

from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils.translation import gettext as _

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.contacts import normal_email, normal_phone
from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.models import (
    CREDITOR_ROLES,
    STAFF_ROLES,
    Case,
    CaseRole,
    Creditor,
    Person,
    Role,
)
from creditor_meetings.cases.session_models import SignedIn

RoleListener = Callable[[int, int], None]

_listeners: list[RoleListener] = []

COURT_ROLES = frozenset({Role.JUDGE, Role.CLERK})


def on_role_change(listener: RoleListener) -> None:
    """Tell `listener(case_id, person_id)` of each change of roles, in its transaction."""
    _listeners.append(listener)


def tell_role_change(case_id: int, person_id: int) -> None:
    """Tell the listeners that a person's roles in a case are others now."""
    for listener in _listeners:
        listener(case_id, person_id)


def create_person(name: str, *, email: str = "", phone: str = "", language: str = "") -> Person:
    """Make a person without a password, who signs in by link and code.

    An address that somebody else has already is left out: it signs in that other person.
    """
    email, phone = normal_email(email), normal_phone(phone)
    if email and Person.objects.filter(email=email).exists():
        email = ""
    if phone and Person.objects.filter(phone=phone).exists():
        phone = ""
    return Person.objects.create_user(
        email or None, None, name=name[:100], phone=phone or None, language=language
    )


def person_at(email: str = "", phone: str = "") -> Person | None:
    """Find the active person whom an address belongs to: the phone first, then the e-mail."""
    people = Person.objects.filter(is_active=True)
    found = people.filter(phone=normal_phone(phone)).first() if normal_phone(phone) else None
    if found is None and normal_email(email):
        found = people.filter(email=normal_email(email)).first()
    return found


@transaction.atomic
def add_role(case: Case, person: Person, role: str, creditor: Creditor | None = None) -> CaseRole:
    """Give a person a role in a case, again if it was taken away."""
    if (role in CREDITOR_ROLES) != (creditor is not None):
        raise Refused("bad_request", _("债权人和代理人须指明其代表的债权人，其他角色不得指明。"))
    if creditor is not None and creditor.case_id != case.pk:
        raise Refused("bad_request", _("该债权人不属于本案。"))
    held, new = CaseRole.objects.get_or_create(
        case=case, person=person, role=role, creditor=creditor, defaults={"active": True}
    )
    if new or not held.active:
        held.active = True
        held.save(update_fields=["active"])
        if role in STAFF_ROLES and not person.has_usable_password():
            end_sessions(person)
        tell_role_change(case.pk, person.pk)
    return held


def end_sessions(person: Person) -> None:
    """End the sessions of a person without a password; a code to the person's address opens one.

    They may stem from a link that others have seen, which must not be enough for staff.
    """
    person.set_password(None)
    person.save(update_fields=["password"])
    close_sessions(person)


@transaction.atomic
def close_sessions(person: Person, keys: Collection[str] | None = None, *, but: str = "") -> int:
    """End a person's sessions (those of `keys`, or all but one); return how many those were.

    Keys are what is kept of them, see `cases.sessions`. Open rooms and video ask the door anew,
    and find that their session is no more.
    """
    held = SignedIn.objects.filter(person=person).exclude(session_id=but)
    if keys is not None:
        held = held.filter(session_id__in=keys)
    ended = list(held.values_list("session_id", flat=True))
    SignedIn.objects.filter(session_id__in=ended).delete()
    Session.objects.filter(session_key__in=ended).delete()
    if ended:
        cases = CaseRole.objects.filter(person=person, active=True).values_list("case", flat=True)
        for case_id in cases.distinct():
            tell_role_change(case_id, person.pk)
    return len(ended)


def require_may_grant(viewer: Viewer, role: str) -> None:
    """Refuse whoever may not hand out this role.

    The court's own are brought in by the court (or the operator): the judge confirms what the
    administrator's meeting decided, so the administrator must not be able to make a judge.
    """
    if role in COURT_ROLES:
        viewer.require(Role.JUDGE, Role.CLERK)
    else:
        viewer.require(*STAFF_ROLES)


@transaction.atomic
def grant_role(
    case: Case, person: Person, role: str, creditors: Sequence[Creditor], viewer: Viewer
) -> None:
    """Give somebody who takes part in the case one more role, for each of the creditors."""
    require_may_grant(viewer, role)
    if role in STAFF_ROLES and not person.email:
        raise Refused("bad_request", _("管理人和法院人员以电子邮箱登录，该人员没有登记电子邮箱。"))
    acts_for: list[Creditor | None] = [*creditors]
    for creditor in acts_for or [None]:
        add_role(case, person, role, creditor)


def role_of(case: Case, role_id: int) -> CaseRole:
    """Return a role held in the case."""
    found = CaseRole.objects.filter(case=case, pk=role_id).select_related("person").first()
    if found is None:
        raise NotFound
    return found


@transaction.atomic
def set_role_active(held: CaseRole, active: bool, viewer: Viewer) -> None:
    """Take a role away, or give it back; open rooms of the person follow at once."""
    require_may_grant(viewer, held.role)
    if not active and held.person_id == viewer.person.pk and held.role in STAFF_ROLES:
        raise Refused("bad_request", _("不能停用自己的角色；请由同事或法院操作。"))
    changed = CaseRole.objects.filter(pk=held.pk, active=not active).update(active=active)
    if changed:
        tell_role_change(held.case_id, held.person_id)
