"""Where notices reach a creditor: its own contacts, and those of the people who act for it."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from creditor_meetings.cases.contacts import (
    masked_email,
    masked_phone,
    normal_email,
    normal_phone,
)
from creditor_meetings.cases.models import CREDITOR_ROLES, CaseRole, Creditor
from creditor_meetings.cases.sending import Channel

# Claims tables name several contacts in one cell.
_BETWEEN = re.compile(r"[;,/|；，、\n\r\t]+")


@dataclass(frozen=True)
class Address:
    """An e-mail address or a phone number that takes text messages, in its written form."""

    channel: Channel
    to: str

    @property
    def masked(self) -> str:
        """The address with its middle hidden."""
        return masked_email(self.to) if self.channel == "email" else masked_phone(self.to)


def addresses_of(case_id: int, creditors: Collection[int]) -> dict[int, list[Address]]:
    """Return the addresses of creditors of a case, each once a creditor, e-mail before SMS."""
    found: dict[int, dict[Address, None]] = defaultdict(dict)
    own = Creditor.objects.filter(case_id=case_id).values_list("pk", "email", "phone")
    people = CaseRole.objects.filter(
        case_id=case_id, role__in=CREDITOR_ROLES, active=True, person__is_active=True
    ).values_list("creditor_id", "person__email", "person__phone")
    wanted = set(creditors)
    for rows in (own, people):
        for creditor, email, phone in rows:
            if creditor in wanted:
                found[creditor].update(dict.fromkeys(_read(email, phone)))
    return {
        creditor: sorted(held, key=lambda one: (one.channel, one.to))
        for creditor, held in found.items()
    }


def _read(email: str | None, phone: str | None) -> Iterator[Address]:
    for part in _BETWEEN.split(email or ""):
        if to := normal_email(part):
            yield Address("email", to)
    for part in _BETWEEN.split(phone or ""):
        to = normal_phone(part)
        # With an area code, or without one and short, it is a landline.
        if len(to) >= 9 and not to.startswith("0"):
            yield Address("sms", to)
