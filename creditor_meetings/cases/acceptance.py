"""Using an invitation: confirm who one is, once, and be let in."""

from dataclasses import dataclass
from typing import Literal

from django.db import transaction
from django.db.models import F
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from creditor_meetings.cases import case_page, clock, tries
from creditor_meetings.cases.contacts import normal_identity, normal_name
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.invitations import MAX_FAILED_TRIES, state_of
from creditor_meetings.cases.models import STAFF_ROLES, CaseRole, Creditor, Invitation, Person
from creditor_meetings.cases.people import (
    add_role,
    create_person,
    end_sessions,
    person_at,
)

IDENTITY_TAIL = 6

Way = Literal["enter", "code", "password"]


@dataclass(frozen=True)
class Accepted:
    """Who accepted, and how the person goes on.

    `enter`: signed in at once. `code`: by a code to the person's own address, since whoever
    issued the link has seen it too. `password`: the person has a password and uses that.
    """

    person: Person
    way: Way


def creditors_of(invitation: Invitation) -> list[Creditor]:
    """Return the creditors whom the invited person acts for."""
    first = [invitation.creditor] if invitation.creditor is not None else []
    return [*first, *invitation.further_creditors.all()]


def identity_number_of(invitation: Invitation) -> str:
    """Return the identity number that is asked for, "" when none is known."""
    own = invitation.identity_number
    if not own and invitation.creditor is not None:
        own = invitation.creditor.identity_number
    return normal_identity(own)


def accept(
    invitation: Invitation, name: str = "", identity_tail: str = "", *, address: str = ""
) -> Accepted:
    """Use an invitation, once; refuse a wrong confirmation, and any after too many.

    `address` is the network address that it comes from: who tries many links is stopped.
    """
    if invitation.requires_identity:
        tries.require("invitation", address)
        _count_a_try(invitation)
        if not _confirms(invitation, name, identity_tail):
            tries.wrong("invitation", address)
            raise Refused("bad_request", _wrong_words(invitation))
    with transaction.atomic():
        _consume(invitation)
        person, way = _person_for(invitation)
        acts_for: list[Creditor | None] = [*creditors_of(invitation)]
        for creditor in acts_for or [None]:
            add_role(invitation.case, person, invitation.role, creditor)
        Invitation.objects.filter(pk=invitation.pk).update(used_by=person)
    return Accepted(person, way)


def _count_a_try(invitation: Invitation) -> None:
    # Counted before it is compared: tries sent at once do not get more than their share.
    counted = Invitation.objects.filter(
        pk=invitation.pk, used_at=None, failed_tries__lt=MAX_FAILED_TRIES
    ).update(failed_tries=F("failed_tries") + 1)
    invitation.refresh_from_db(fields=["failed_tries", "used_at", "revoked_at", "expires_at"])
    if not counted:
        raise Refused("not_allowed", closed_words(state_of(invitation)))


def _confirms(invitation: Invitation, name: str, identity_tail: str) -> bool:
    names = {invitation.name}
    for creditor in creditors_of(invitation):
        names |= {creditor.name, creditor.contact_name}
    given = normal_name(name)
    name_right = bool(given) and given in {normal_name(one) for one in names}
    number = identity_number_of(invitation)
    tail_right = not number or constant_time_compare(
        normal_identity(identity_tail)[-IDENTITY_TAIL:], number[-IDENTITY_TAIL:]
    )
    return name_right and tail_right


def _wrong_words(invitation: Invitation) -> str:
    left = MAX_FAILED_TRIES - invitation.failed_tries
    if left <= 0:
        return closed_words("locked")
    return _("姓名或证件号码后六位与登记不符，还可以尝试 %(left)s 次。") % {"left": left}


def closed_words(state: str) -> str:
    """Say why a link does not let anybody in, and what to do."""
    return {
        "used": _("该邀请链接已经使用过。本人可用登记的手机或邮箱获取验证码登录。"),
        "revoked": _("邀请链接无效。请核对链接是否完整，或请管理人重新发送。"),
        "locked": _("核对次数过多，该链接已锁定。请联系管理人重新发送邀请。"),
        "expired": _("该邀请链接已过有效期。请联系管理人重新发送邀请。"),
    }.get(state, "")


def _consume(invitation: Invitation) -> None:
    now = clock.now()
    consumed = Invitation.objects.filter(
        pk=invitation.pk, used_at=None, revoked_at=None, expires_at__gt=now
    ).update(used_at=now)
    if not consumed:
        invitation.refresh_from_db(fields=["failed_tries", "used_at", "revoked_at", "expires_at"])
        raise Refused("not_allowed", closed_words(state_of(invitation)))


def _person_for(invitation: Invitation) -> tuple[Person, Way]:
    known = invitation.person or _owner_of_address(invitation)
    if known is None:
        known = create_person(invitation.name, email=invitation.email, phone=invitation.phone)
    way = _way_of(known, invitation)
    if way == "code":
        # Sessions that came from links alone end here: what follows is behind the address.
        end_sessions(known)
    return known, way


def _owner_of_address(invitation: Invitation) -> Person | None:
    # Staff sign in with their e-mail address; a shared telephone must not make them another.
    phone = "" if invitation.role in STAFF_ROLES else invitation.phone
    return person_at(invitation.email, phone)


def _way_of(known: Person, invitation: Invitation) -> Way:
    if not invitation.requires_identity:
        return "enter"
    if known.has_usable_password():
        return "password"
    trusted_with_more = invitation.role in STAFF_ROLES or known.is_staff_anywhere
    return "code" if trusted_with_more or _is_elsewhere(known, invitation) else "enter"


def _is_elsewhere(known: Person, invitation: Invitation) -> bool:
    if case_page.errands_of(known):
        return True  # whoever issued the link must not read what the person filed
    return CaseRole.objects.filter(person=known).exclude(case=invitation.case).exists()
