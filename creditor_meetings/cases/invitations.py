"""Invitations (邀请): one-time links, of which only the hash is kept.

A link is issued, sent or exported, and used once. Opening it burns nothing. Using it asks for
a name and the last six characters of the identity number, unless it was issued for the demo.
"""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.contacts import normal_email, normal_phone
from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.models import (
    CREDITOR_ROLES,
    STAFF_ROLES,
    Case,
    Creditor,
    Invitation,
    Person,
    Role,
)
from creditor_meetings.cases.people import require_may_grant
from creditor_meetings.cases.sending import Message, deliver, in_background

TOKEN_BYTES = 32
VALID_DAYS = 30
MAX_VALID_DAYS = 180
MAX_FAILED_TRIES = 5

STATE_LABELS = {
    "used": gettext_lazy("已使用"),
    "revoked": gettext_lazy("已撤回"),
    "locked": gettext_lazy("已锁定"),
    "expired": gettext_lazy("已过期"),
    "sent": gettext_lazy("已发送"),
    "issued": gettext_lazy("未发送"),
}


@dataclass(frozen=True)
class Issued:
    """A fresh invitation with its token, which nothing remembers after this."""

    invitation: Invitation
    token: str

    @property
    def url(self) -> str:
        """The link to hand to the invited person."""
        return invite_url(self.token)


def invite_url(token: str) -> str:
    """Return the link that carries a token."""
    return f"{settings.PUBLIC_URL}/invite/{token}/"


def hash_of(token: str) -> str:
    """Return what is kept of a token: SHA-256, which 256 random bits need no salt for."""
    return hashlib.sha256(token.encode()).hexdigest()


def state_of(invitation: Invitation) -> str:
    """Say where an invitation stands: a key of `STATE_LABELS`."""
    if invitation.used_at is not None:
        return "used"
    if invitation.revoked_at is not None:
        return "revoked"
    if invitation.failed_tries >= MAX_FAILED_TRIES:
        return "locked"
    if invitation.expires_at <= clock.now():
        return "expired"
    return "sent" if invitation.sent_at is not None else "issued"


def find(token: str) -> Invitation:
    """Return the invitation a token belongs to, used or not; raise `NotFound` without one."""
    found = Invitation.objects.select_related("case", "creditor", "person", "used_by")
    invitation = found.filter(token_hash=hash_of(token)).first()
    if invitation is None or invitation.revoked_at is not None:
        raise NotFound(_("邀请链接无效。请核对链接是否完整，或请管理人重新发送。"))
    return invitation


@transaction.atomic
def issue(
    case: Case,
    role: str,
    name: str,
    *,
    creditors: Sequence[Creditor] = (),
    person: Person | None = None,
    email: str = "",
    phone: str = "",
    identity_number: str = "",
    requires_identity: bool = True,
    by: Person | None = None,
    days: int = VALID_DAYS,
) -> Issued:
    """Issue an invitation; those of the same person for the same role stop working.

    `creditors` are whom a creditor or proxy acts for. A given `person` gets the role; otherwise
    whoever has the phone or e-mail address, else somebody new. `requires_identity=False` makes
    a link that signs in at one press: for demonstrations.
    """
    if role not in Role.values:
        raise Refused("bad_request", _("没有“%(role)s”这一角色。") % {"role": role})
    if (role in CREDITOR_ROLES) != bool(creditors):
        raise Refused("bad_request", _("债权人和代理人须指明其代表的债权人，其他角色不得指明。"))
    if any(creditor.case_id != case.pk for creditor in creditors):
        raise Refused("bad_request", _("该债权人不属于本案。"))
    if not name.strip():
        raise Refused("bad_request", _("请填写被邀请人的姓名。"))
    if not 1 <= days <= MAX_VALID_DAYS:
        raise Refused("bad_request", _("有效期应为 1 至 %(most)s 天。") % {"most": MAX_VALID_DAYS})
    made = _made(
        case=case,
        role=role,
        creditor=creditors[0] if creditors else None,
        person=person,
        name=name.strip()[:200],
        email=normal_email(email),
        phone=normal_phone(phone),
        identity_number=identity_number.strip()[:40],
        requires_identity=requires_identity,
        created_by=by,
        expires_at=clock.now() + timedelta(days=days),
    )
    _same_person_again(made.invitation).update(revoked_at=clock.now())
    made.invitation.save()
    made.invitation.further_creditors.set(creditors[1:])
    return made


def _made(**values: Any) -> Issued:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    return Issued(Invitation(token_hash=hash_of(token), **values), token)


def _same_person_again(new: Invitation) -> QuerySet[Invitation]:
    standing = Invitation.objects.filter(
        case=new.case, role=new.role, creditor=new.creditor, used_at=None, revoked_at=None
    )
    if new.role == Role.CREDITOR:
        return standing  # one link a creditor
    same = Q(name=new.name, email=new.email, phone=new.phone)
    if new.person is not None:
        same |= Q(person=new.person)
    return standing.filter(same)


def issue_for_creditor(
    creditor: Creditor, *, by: Person | None = None, days: int = VALID_DAYS
) -> Issued:
    """Issue a creditor's own invitation, to its contact in the claims table."""
    return issue(
        creditor.case,
        Role.CREDITOR,
        creditor.contact_name or creditor.name,
        creditors=[creditor],
        email=creditor.email,
        phone=creditor.phone,
        by=by,
        days=days,
    )


def creditors_without_link(case: Case) -> QuerySet[Creditor]:
    """Return the creditors whom no link that still works, and no person, stands for."""
    waiting = Invitation.objects.filter(
        case=case,
        role=Role.CREDITOR,
        used_at=None,
        revoked_at=None,
        expires_at__gt=clock.now(),
        failed_tries__lt=MAX_FAILED_TRIES,
    )
    return creditors_not_in(case).exclude(pk__in=waiting.values("creditor"))


def creditors_not_in(case: Case) -> QuerySet[Creditor]:
    """Return the creditors for whom nobody has accepted an invitation so far."""
    return case.creditors.exclude(roles__active=True, roles__role=Role.CREDITOR)


@transaction.atomic
def invite_creditors(
    case: Case, creditors: Iterable[Creditor], viewer: Viewer, *, days: int = VALID_DAYS
) -> list[Issued]:
    """Issue a link to each creditor, one a creditor; older links of theirs stop working."""
    require_may_grant(viewer, Role.CREDITOR)
    now = clock.now()
    # Thousands at once: in a few statements, so that ballots elsewhere do not wait for them.
    made = [
        _made(
            case=case,
            role=Role.CREDITOR,
            creditor=creditor,
            name=creditor.contact_name or creditor.name,
            email=normal_email(creditor.email),
            phone=normal_phone(creditor.phone),
            created_by=viewer.person,
            expires_at=now + timedelta(days=days),
        )
        for creditor in creditors
        if creditor.case_id == case.pk
    ]
    Invitation.objects.filter(
        role=Role.CREDITOR,
        creditor__in=[one.invitation.creditor_id for one in made],
        used_at=None,
        revoked_at=None,
    ).update(revoked_at=now)
    Invitation.objects.bulk_create([one.invitation for one in made], batch_size=500)
    return made


def invite_person(
    case: Case,
    viewer: Viewer,
    role: str,
    name: str,
    *,
    creditors: Sequence[Creditor] = (),
    email: str = "",
    phone: str = "",
    identity_number: str = "",
    days: int = VALID_DAYS,
) -> Issued:
    """Invite somebody in any role; staff need an e-mail address, which they sign in with."""
    require_may_grant(viewer, role)
    if email.strip() and not normal_email(email):
        raise Refused("bad_request", _("“%(value)s”不是电子邮箱地址。") % {"value": email})
    if phone.strip() and not normal_phone(phone):
        raise Refused("bad_request", _("“%(value)s”不是电话号码。") % {"value": phone})
    if role in STAFF_ROLES and not email.strip():
        raise Refused("bad_request", _("管理人和法院人员以电子邮箱登录，请填写电子邮箱。"))
    return issue(
        case,
        role,
        name,
        creditors=creditors,
        email=email,
        phone=phone,
        identity_number=identity_number,
        by=viewer.person,
        days=days,
    )


def invitation_of(case: Case, invitation_id: int) -> Invitation:
    """Return an invitation of the case."""
    found = Invitation.objects.filter(case=case, pk=invitation_id)
    invitation = found.select_related("creditor", "case").first()
    if invitation is None:
        raise NotFound
    return invitation


def renew(invitation: Invitation, viewer: Viewer, *, days: int = VALID_DAYS) -> Issued:
    """Issue the invitation anew: fresh token and tries; the old link stops working."""
    require_may_grant(viewer, invitation.role)
    return reissue(invitation, by=viewer.person, days=days)


@transaction.atomic
def reissue(invitation: Invitation, *, by: Person | None, days: int = VALID_DAYS) -> Issued:
    """Issue the invitation anew, for the operator or whoever was found to be allowed to."""
    first = [invitation.creditor] if invitation.creditor is not None else []
    fresh = issue(
        invitation.case,
        invitation.role,
        invitation.name,
        creditors=[*first, *invitation.further_creditors.all()],
        person=invitation.person or invitation.used_by,
        email=invitation.email,
        phone=invitation.phone,
        identity_number=invitation.identity_number,
        requires_identity=invitation.requires_identity,
        by=by,
        days=days,
    )
    Invitation.objects.filter(pk=invitation.pk, revoked_at=None).update(revoked_at=clock.now())
    return fresh


def revoke(invitation: Invitation, viewer: Viewer) -> None:
    """Make a link stop working."""
    require_may_grant(viewer, invitation.role)
    Invitation.objects.filter(pk=invitation.pk, used_at=None, revoked_at=None).update(
        revoked_at=clock.now()
    )


def send(issued: Issued, channel: str = "") -> bool:
    """Send a link by `"sms"` or `"email"` (default: SMS where there is a phone number).

    Says whether it went out; it does not where the address is missing.
    """
    message = _message(issued, channel)
    if message is None or not deliver(message):
        return False
    Invitation.objects.filter(pk=issued.invitation.pk).update(sent_at=clock.now())
    return True


def send_all(issued: Sequence[Issued]) -> int:
    """Send many links without making anybody wait; return how many have an address to go to."""
    reachable = [one for one in issued if one.invitation.phone or one.invitation.email]
    in_background(lambda: [send(one) for one in reachable])
    return len(reachable)


def _message(issued: Issued, channel: str) -> Message | None:
    invitation = issued.invitation
    case = invitation.case
    subject = _("债权人会议邀请：%(debtor)s") % {"debtor": case.debtor}
    text = _(
        "%(name)s：您好。现邀请您以“%(role)s”身份参加%(court)s受理的%(debtor)s一案"
        "（%(number)s）的网络债权人会议。请打开链接进入（请勿转发，%(until)s前有效）：%(url)s"
    ) % {
        "name": invitation.name,
        "role": invitation.get_role_display(),
        "court": case.court,
        "debtor": case.debtor,
        "number": case.number,
        "until": f"{invitation.expires_at:%Y-%m-%d}",
        "url": issued.url,
    }
    if channel != "email" and invitation.phone:
        return Message("sms", invitation.phone, subject, text)
    if channel != "sms" and invitation.email:
        return Message("email", invitation.email, subject, text)
    return None
