"""Sign-in by a one-time code (验证码) to the phone or e-mail address on record.

Whoever asks gets the same answer, after the same work, whether or not the address is
somebody's: a row is written for it, limits count it, and a message goes out later, if at all.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock, tries
from creditor_meetings.cases.contacts import (
    masked_email,
    masked_phone,
    normal_email,
    normal_phone,
)
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Person, SignInCode
from creditor_meetings.cases.people import person_at
from creditor_meetings.cases.sending import Channel, Message, deliver_later

VALID = timedelta(minutes=10)
MAX_TRIES = 5
RESEND_AFTER = timedelta(seconds=60)
KEPT = timedelta(days=2)


@dataclass(frozen=True)
class Limit:
    """At most `most` codes within `within`."""

    most: int
    within: timedelta


# A code has one chance in 200,000 to be guessed in its five tries; the limit a day keeps a
# patient guesser at one in 16,000 a day.
IDENTIFIER_LIMITS = (Limit(5, timedelta(minutes=15)), Limit(12, timedelta(days=1)))
# A whole courtroom may sit behind one address.
ADDRESS_LIMITS = (Limit(60, timedelta(minutes=15)), Limit(400, timedelta(days=1)))


@dataclass(frozen=True)
class Identifier:
    """A phone number or an e-mail address in its one written form."""

    channel: Channel
    value: str

    @property
    def masked(self) -> str:
        """Enough of it for its owner."""
        mask = masked_phone if self.channel == "sms" else masked_email
        return mask(self.value)

    @property
    def hash(self) -> str:
        """What is kept of it."""
        return _keyed("signin.identifier", f"{self.channel}:{self.value}")


def identifier_from(text: str) -> Identifier:
    """Read a phone number or an e-mail address, or refuse."""
    if "@" in text:
        email = normal_email(text)
        if email:
            return Identifier("email", email)
    else:
        phone = normal_phone(text)
        if phone:
            return Identifier("sms", phone)
    raise Refused("bad_request", _("请输入完整的手机号码（如 13800000000）或电子邮箱地址。"))


@transaction.atomic
def request_code(identifier: Identifier, address: str, *, newcomers: bool = False) -> SignInCode:
    """Make a code for an address and send it, if it is somebody's; refuse beyond the limits.

    With `newcomers` it is sent to whoever has the address: see `check_newcomers_code`.
    """
    _require_within_limits(identifier, address)
    tries.sent("code")
    now = clock.now()
    code = f"{secrets.randbelow(1_000_000):06d}"
    person = _person_of(identifier)
    by_password = person is not None and person.has_usable_password()
    row = SignInCode(
        identifier_hash=identifier.hash,
        person=None if by_password else person,
        created_at=now,
        expires_at=now + VALID,
        address=address,
    )
    row.code_hash = _hash_of(row, code)
    row.save()
    SignInCode.objects.filter(created_at__lt=now - KEPT).delete()
    if person is not None or newcomers:
        deliver_later(_message(identifier, "" if by_password else code))
    return row


def check_code(code_id: int, text: str, address: str = "") -> Person:
    """Return the person a code signs in, once; refuse a wrong, used or expired one.

    `address` is the network address that it comes from: who tries many is stopped.
    """
    return _checked(code_id, text, lambda row: row.person, address)


def check_newcomers_code(
    code_id: int, text: str, identifier: Identifier, address: str = ""
) -> Person:
    """Return the person whose address a code has proven, somebody new where it was nobody's.

    Refuses as `check_code` does; people with a password are not let in without it.
    """

    def owner(row: SignInCode) -> Person | None:
        if row.identifier_hash != identifier.hash:
            return None
        person = row.person or _person_of(identifier)
        if person is not None:
            return None if person.has_usable_password() else person
        if Person.objects.filter(**{_field_of(identifier): identifier.value}).exists():
            return None  # of somebody who may not come in
        return Person(**{_field_of(identifier): identifier.value})

    # In no transaction: a wrong try that was taken back would not be counted.
    person = _checked(code_id, text, owner, address)
    if person._state.adding:
        try:
            person.save()
        except IntegrityError:  # two codes to one address, used at once
            return Person.objects.get(**{_field_of(identifier): identifier.value})
    return person


def _field_of(identifier: Identifier) -> str:
    return "phone" if identifier.channel == "sms" else "email"


def _checked(
    code_id: int, text: str, owner_of: Callable[[SignInCode], Person | None], address: str
) -> Person:
    tries.require("code", address)
    now = clock.now()
    standing = SignInCode.objects.filter(
        pk=code_id, used_at=None, expires_at__gt=now, tries__lt=MAX_TRIES
    )
    # Counted before it is compared: tries sent at once do not get more than their share.
    if not standing.update(tries=F("tries") + 1):
        raise Refused("too_many_requests", _("验证码已失效或尝试次数过多，请重新获取。"))
    row = SignInCode.objects.select_related("person").get(pk=code_id)
    right = constant_time_compare(row.code_hash, _hash_of(row, _digits(text)))
    person = owner_of(row)
    if not right or person is None or not person.is_active:
        tries.wrong("code", address)
        left = MAX_TRIES - row.tries
        raise Refused(
            "bad_request",
            _("验证码不正确，还可以尝试 %(left)s 次。") % {"left": left}
            if left > 0
            else _("验证码不正确，尝试次数已用完，请重新获取。"),
        )
    if not SignInCode.objects.filter(pk=row.pk, used_at=None).update(used_at=now):
        raise Refused("bad_request", _("验证码已被使用，请重新获取。"))
    return person


def seconds_until_resend(code_id: int) -> int:
    """Return how many seconds to wait before another code may be asked for."""
    made = SignInCode.objects.filter(pk=code_id).values_list("created_at", flat=True).first()
    if made is None:
        return 0
    return max(0, int((made + RESEND_AFTER - clock.now()).total_seconds()))


def _require_within_limits(identifier: Identifier, address: str) -> None:
    now = clock.now()
    counted = [
        (SignInCode.objects.filter(identifier_hash=identifier.hash), IDENTIFIER_LIMITS),
        (SignInCode.objects.filter(address=address), ADDRESS_LIMITS),
    ]
    for codes, limits in counted:
        for limit in limits:
            if codes.filter(created_at__gt=now - limit.within).count() >= limit.most:
                raise Refused(
                    "too_many_requests",
                    _("获取验证码过于频繁，请过一段时间再试，或联系管理人重新发送邀请链接。"),
                )


def _person_of(identifier: Identifier) -> Person | None:
    if identifier.channel == "sms":
        return person_at(phone=identifier.value)
    return person_at(email=identifier.value)


def _message(identifier: Identifier, code: str) -> Message:
    if code:
        text = _("验证码 %(code)s，用于登录网络债权人会议，10 分钟内有效。请勿告知他人。") % {
            "code": code
        }
    else:
        text = _("您是管理人或法院人员，请以电子邮箱和密码登录：%(url)s") % {
            "url": f"{settings.PUBLIC_URL}/account/login/"
        }
    return Message(identifier.channel, identifier.value, _("网络债权人会议登录"), text)


def _digits(text: str) -> str:
    return "".join(str(int(sign)) for sign in text if sign.isdigit() and sign.isdecimal())[:12]


def _hash_of(row: SignInCode, code: str) -> str:
    return _keyed("signin.code", f"{row.identifier_hash}:{row.created_at.timestamp()}:{code}")


def _keyed(salt: str, text: str) -> str:
    return salted_hmac(salt, text, algorithm="sha256").hexdigest()
