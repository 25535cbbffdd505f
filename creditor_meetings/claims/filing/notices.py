"""What the author of a filing is told by SMS or e-mail: received, returned, decided.

Neither amounts nor reasons go out, only the number and the way to them: what was typed into a form
as somebody's address need not be theirs.
"""

from collections.abc import Callable

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock
from creditor_meetings.cases.contacts import normal_email
from creditor_meetings.cases.models import Person
from creditor_meetings.cases.sending import Channel, Message, deliver, in_background
from creditor_meetings.claims.models import Filing


def received(filing: Filing) -> None:
    """Tell that the filing came in; inside its transaction."""
    _tell(filing, lambda: _("已收到您的债权申报"), _received_text, note=False)


def returned(filing: Filing) -> None:
    """Tell that something is to be supplied."""
    _tell(filing, lambda: _("您的债权申报需要补正"), _returned_text)


def decided(filing: Filing) -> None:
    """Tell that the review came to a result."""
    _tell(filing, lambda: _("您的债权申报已有审查结果"), _decided_text)


def url_of(filing: Filing) -> str:
    """Return the address at which the author finds the filing."""
    path = reverse("claims:filing", args=[filing.case_id, filing.pk])
    return f"{settings.PUBLIC_URL}{path}"


def _tell(
    filing: Filing,
    subject: Callable[[], str],
    text: Callable[[Filing], str],
    *,
    note: bool = True,
) -> None:
    person = Person.objects.get(pk=filing.person_id)
    with translation.override(person.language or settings.LANGUAGE_CODE):
        messages = [
            Message(channel, to, subject(), text(filing))
            for channel, to in _addresses(filing, person)
        ]

    def send() -> None:
        delivered = [deliver(message) for message in messages]
        if any(delivered) and note:
            Filing.objects.filter(pk=filing.pk).update(notified_at=clock.now())

    transaction.on_commit(lambda: in_background(send))


def _addresses(filing: Filing, person: Person) -> list[tuple[Channel, str]]:
    """The address that was proven by a code first, and the e-mail address of the form."""
    found: list[tuple[Channel, str]] = []
    if person.phone:
        found.append(("sms", person.phone))
    elif person.email:
        found.append(("email", person.email))
    written = normal_email(filing.email)
    if written and ("email", written) not in found:
        found.append(("email", written))
    return found


def _facts(filing: Filing) -> dict[str, str]:
    return {
        "debtor": filing.case.debtor,
        "case": filing.case.number,
        "number": filing.number or "",
        "url": url_of(filing),
    }


def _received_text(filing: Filing) -> str:
    return _(
        "您在%(debtor)s一案（%(case)s）的债权申报已收到，编号 %(number)s。查看和下载回执：%(url)s"
    ) % _facts(filing)


def _returned_text(filing: Filing) -> str:
    return _(
        "您在%(debtor)s一案（%(case)s）的债权申报（编号 %(number)s）需要补正，"
        "请打开链接查看管理人的要求并补充后重新提交：%(url)s"
    ) % _facts(filing)


def _decided_text(filing: Filing) -> str:
    return _(
        "您在%(debtor)s一案（%(case)s）的债权申报（编号 %(number)s）已有审查结果，"
        "请打开链接查看结论、理由和您可以怎么做：%(url)s"
    ) % _facts(filing)
