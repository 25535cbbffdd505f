"""Signing and submitting a filing: one signature, one number, however often the button is hit."""

from django.db import transaction
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock
from creditor_meetings.cases.contacts import normal_name
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Case, Person
from creditor_meetings.claims.filing import declaration, drafting, notices, record
from creditor_meetings.claims.filing.doors import is_late
from creditor_meetings.claims.models import Filing, FilingDoor, FilingState


def is_or_would_be_late(filing: Filing) -> bool:
    """Whether the filing counts as late (EBL 56): the day of its first submission decides."""
    return filing.late if filing.number else is_late(filing.case, clock.now())


def text_to_sign(filing: Filing) -> str:
    """Return the words that would be signed now."""
    return declaration.words(filing, drafting.files_of(filing), late=is_or_would_be_late(filing))


def signers(filing: Filing) -> list[str]:
    """Return the names of which one is to be typed."""
    names = [filing.creditor_name.strip(), filing.contact_name.strip()]
    return list(dict.fromkeys(name for name in names if name))


@transaction.atomic
def submit(
    filing: Filing, person: Person, *, name: str, agreed: bool, sha256: str, address: str = ""
) -> Filing:
    """Sign and submit a filing; return it with its number.

    `sha256` is of the words that the person had in view: where they are others by now, nothing is
    signed. The same once more gives the same filing. Raises `Refused`.
    """
    case = Case.objects.select_for_update().get(pk=filing.case_id)
    found = Filing.objects.select_for_update(of=("self",)).select_related("case").get(pk=filing.pk)
    if found.state == FilingState.SUBMITTED and found.signed_sha256 == sha256:
        return found
    if found.state not in drafting.open_states():
        raise Refused("bad_request", _("这份申报已经提交，不能再修改。如需补充，请联系管理人。"))
    _refuse_closed(found)
    text = text_to_sign(found)
    _check(found, text, name, agreed, sha256)
    now = clock.now()
    before, signed_before = found.state, found.signed_sha256
    if not found.number:
        found.number = _next_number(case)
        found.submitted_at, found.submitted_from = now, address
        found.late = is_late(case, now)
    found.state = FilingState.SUBMITTED
    found.signed_name, found.signed_at = name.strip()[:100], now
    found.signed_sha256 = declaration.sha256_of(text)
    found.version += 1
    found.save()
    record.note(found, record.SIGNED, signed_before, text, person, address=address)
    record.note(found, record.STATE, before, found.state, person, address=address)
    if not person.name:
        Person.objects.filter(pk=person.pk, name="").update(name=found.contact_name[:100])
    notices.received(found)
    return found


def _refuse_closed(filing: Filing) -> None:
    """A first submission needs an open door; what was asked for as a supplement comes anyway."""
    if filing.number:
        return
    if not FilingDoor.objects.filter(case=filing.case_id, open=True).exists():
        raise Refused("not_allowed", _("本案的在线申报已关闭，请直接向管理人申报债权。"))


def _check(filing: Filing, text: str, name: str, agreed: bool, sha256: str) -> None:
    lacking = drafting.missing(filing)
    if lacking:
        raise Refused("bad_request", drafting.missing_words(len(lacking)))
    if sha256 != declaration.sha256_of(text):
        raise Refused("bad_request", _("申报内容刚有变化，请重新核对下面的全文后再签名。"))
    if not agreed:
        raise Refused("bad_request", _("请勾选“我已核对全部内容”，再提交。"))
    wanted = signers(filing)
    if normal_name(name) not in {normal_name(one) for one in wanted}:
        raise Refused(
            "bad_request",
            _("签名“%(name)s”与申报不一致，请输入：%(wanted)s。")
            % {"name": name.strip()[:100], "wanted": _("或").join(wanted)},
        )


def _next_number(case: Case) -> str:
    # Under the lock of the case; numbers are never given back.
    count = Filing.objects.filter(case=case, number__isnull=False).count()
    return f"ZQ{case.pk:04d}-{count + 1:05d}"
