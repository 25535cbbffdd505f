"""What somebody does who files a claim: begin, fill in, add evidence, withdraw.

The draft lies on the server from the first word. Once it was submitted, every change of it is on
record; a draft that nobody saw leaves none.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import viewer_for
from creditor_meetings.cases.contacts import normal_email, normal_phone
from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.files import scans
from creditor_meetings.cases.models import Creditor, Person
from creditor_meetings.claims.filing import record
from creditor_meetings.claims.filing.identity import Entity
from creditor_meetings.claims.models import Filing, FilingDoor, FilingFile, FilingState, Nature

ROOM = "filings"
"""The folder below DATA_DIR in which the evidence lies."""
MAX_FILES = 40
MAX_BYTES = 300 * 1024 * 1024
MAX_BYTES_A_DAY = 3 * MAX_BYTES
MAX_DRAFTS = 20

WHO = (
    "creditor_name",
    "entity",
    "identity_number",
    "contact_name",
    "phone",
    "email",
    "postal_address",
)
AMOUNTS = ("principal_fen", "interest_fen", "other_fen", "nature", "collateral")
GROUNDS = ("facts",)
EDITABLE = frozenset({*WHO, *AMOUNTS, *GROUNDS})

STEPS = ("who", "amounts", "grounds", "evidence", "sign")
NATURES = [one for one in Nature if one not in (Nature.INVESTOR, Nature.SMALL)]
"""What a creditor may say its claim is; the small-claims group is the court's to make."""


def open_states() -> tuple[str, str]:
    """The states in which the author may write."""
    return FilingState.DRAFT, FilingState.RETURNED


@transaction.atomic
def start(door: FilingDoor, person: Person) -> Filing:
    """Begin a filing, or go on with one that is still empty. Raises `Refused`."""
    if not door.open:
        raise Refused("not_allowed", _("本案的在线申报已关闭，请直接向管理人申报债权。"))
    acts_for = _acts_for(person, door.case_id)
    # The person's row stands for the question how many drafts there are.
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    drafts = Filing.objects.filter(case=door.case, person=person, state=FilingState.DRAFT)
    untouched = drafts.filter(version=0).first()
    if untouched is not None:
        return untouched
    if drafts.count() >= MAX_DRAFTS:
        raise Refused("bad_request", _("未提交的申报已有很多份，请先提交或删除其中一些。"))
    filing = Filing(case=door.case, person=person, created_at=clock.now())
    if len(acts_for) == 1:
        _take_over(filing, Creditor.objects.get(pk=acts_for[0]))
    else:
        filing.phone, filing.email = person.phone or "", person.email or ""
        filing.contact_name = person.name
    filing.save()
    return filing


def _acts_for(person: Person, case_id: int) -> list[int]:
    try:
        viewer = viewer_for(person, case_id)
    except NotFound:
        return []
    if viewer.is_staff:
        raise Refused("not_allowed", _("管理人和法院人员不能在本案申报债权。"))
    return list(viewer.acts_for)


def _take_over(filing: Filing, creditor: Creditor) -> None:
    """Fill in what the claims table knows of a creditor that files another claim."""
    filing.creditor = creditor
    filing.creditor_name = creditor.name
    filing.identity_number = creditor.identity_number
    filing.contact_name = creditor.contact_name
    filing.phone, filing.email = creditor.phone, creditor.email


@transaction.atomic
def save(filing: Filing, values: Mapping[str, Any], person: Person, *, address: str = "") -> Filing:
    """Keep what was filled in so far (fields of `EDITABLE`, amounts in fen). Raises `Refused`."""
    unknown = set(values) - EDITABLE
    if unknown:
        raise ValueError(f"not to be filled in: {sorted(unknown)}")
    found = _writable(filing)
    changed = [name for name, value in values.items() if getattr(found, name) != value]
    for name in changed:
        if found.number:
            record.note(found, name, getattr(found, name), values[name], person, address=address)
        setattr(found, name, values[name])
    if changed:
        found.version += 1
        found.save(update_fields=[*changed, "version"])
    return found


def _writable(filing: Filing) -> Filing:
    found = Filing.objects.select_for_update(of=("self",)).select_related("case").get(pk=filing.pk)
    if found.state not in open_states():
        raise Refused("bad_request", _("这份申报已经提交，不能再修改。如需补充，请联系管理人。"))
    return found


def files_of(filing: Filing) -> list[FilingFile]:
    """Return the evidence that stands, in the order in which it came."""
    return list(filing.files.filter(removed_at=None))


def add_file(filing: Filing, upload: File, person: Person, *, address: str = "") -> FilingFile:
    """Keep a file of evidence. Raises `Refused`, `content.BadFile` where the file is none."""
    _refuse_too_many(filing, upload.size or 0)
    _refuse_too_much_a_day(person, upload.size or 0)
    # Opening the file may take seconds, and no lock is held meanwhile.
    scan = scans.take(ROOM, upload)
    _count_pages(scan)
    with transaction.atomic():
        found = _writable(filing)
        _refuse_too_many(found, scan.size)
        if found.files.filter(removed_at=None, sha256=scan.sha256).exists():
            raise Refused("bad_request", _("“%(name)s”已经上传过。") % {"name": scan.name})
        made = FilingFile.objects.create(
            filing=found,
            name=scan.name,
            content_type=scan.content_type,
            size=scan.size,
            sha256=scan.sha256,
            at=clock.now(),
            by=person,
        )
        _touched(found)
        if found.number:
            record.note(found, record.FILE, "", _told(made), person, address=address)
    return made


def _refuse_too_many(filing: Filing, size: int) -> None:
    standing = filing.files.filter(removed_at=None)
    if standing.count() >= MAX_FILES:
        raise Refused(
            "bad_request",
            _("证据材料最多 %(n)s 个文件，请合并为较少的 PDF 后再上传。") % {"n": MAX_FILES},
        )
    held = standing.aggregate(total=Sum("size"))["total"] or 0
    if held + size > MAX_BYTES:
        raise Refused(
            "bad_request",
            _("证据材料合计最多 %(n)s MB，请压缩后再上传。") % {"n": MAX_BYTES // 1024 // 1024},
        )


def _refuse_too_much_a_day(person: Person, size: int) -> None:
    # What is removed again stays on the disk: nobody fills it by uploading all day.
    since = clock.now() - timedelta(days=1)
    lately = FilingFile.objects.filter(by=person, at__gt=since)
    if (lately.aggregate(total=Sum("size"))["total"] or 0) + size > MAX_BYTES_A_DAY:
        raise Refused("too_many_requests", _("一天内上传的文件过多，请明天再传，或联系管理人。"))


def _count_pages(scan: scans.Scan) -> None:
    # Whoever reviews it need not wait for that; a page that cannot be drawn is said there.
    try:
        scans.pages(ROOM, scan.content_type, scan.sha256)
    except Refused:
        return


def _touched(filing: Filing) -> None:
    filing.version += 1
    filing.save(update_fields=["version"])


def _told(file: FilingFile) -> str:
    return f"{file.name} (SHA-256 {file.sha256})"


@transaction.atomic
def remove_file(file: FilingFile, person: Person, *, address: str = "") -> None:
    """Take a file of evidence out of the filing; what was submitted before stays on record."""
    found = _writable(file.filing)
    if FilingFile.objects.filter(pk=file.pk, removed_at=None).update(removed_at=clock.now()):
        _touched(found)
        if found.number:
            record.note(found, record.FILE, _told(file), "", person, address=address)


@transaction.atomic
def withdraw(filing: Filing, person: Person, *, reason: str = "", address: str = "") -> Filing:
    """Take a filing back before it is decided; a draft is thus thrown away. Raises `Refused`."""
    found = Filing.objects.select_for_update().get(pk=filing.pk)
    if found.state == FilingState.WITHDRAWN:
        return found
    if found.state == FilingState.DECIDED:
        raise Refused("bad_request", _("这份申报已经审查，不能撤回；如有异议，请联系管理人。"))
    record.note(
        found,
        record.STATE,
        found.state,
        FilingState.WITHDRAWN,
        person,
        reason=reason,
        address=address,
    )
    found.state = FilingState.WITHDRAWN
    found.taken_by = found.taken_until = None
    found.version += 1
    found.save(update_fields=["state", "taken_by", "taken_until", "version"])
    return found


def missing(filing: Filing, step: str = "") -> list[tuple[str, str, str]]:
    """Say what is still to be filled in: step, field and words; of one step, or of all."""
    found = [
        *((("who", name, words) for name, words in _who_missing(filing))),
        *((("amounts", name, words) for name, words in _amounts_missing(filing))),
    ]
    if not filing.facts.strip():
        found.append(("grounds", "facts", _("请写明事实和理由。")))
    return [one for one in found if not step or one[0] == step]


def _who_missing(filing: Filing) -> list[tuple[str, str]]:
    found = []
    for name, words in (
        ("creditor_name", _("请填写债权人的名称或姓名。")),
        ("entity", _("请选择主体类型。")),
        ("identity_number", _("请填写证件号码。")),
        ("contact_name", _("请填写联系人的姓名。")),
        ("postal_address", _("请填写送达地址。")),
    ):
        if not getattr(filing, name).strip():
            found.append((name, words))
    if filing.entity and filing.entity not in Entity.values:
        found.append(("entity", _("请选择主体类型。")))
    if not normal_phone(filing.phone) and not normal_email(filing.email):
        found.append(("phone", _("请填写联系电话或电子邮箱，至少一项。")))
    return found


def _amounts_missing(filing: Filing) -> list[tuple[str, str]]:
    found = []
    if filing.filed_fen <= 0:
        found.append(("principal_fen", _("请填写申报金额，合计应大于 0。")))
    secured = (Nature.SECURED, Nature.CONSTRUCTION)
    if filing.nature in secured and not filing.collateral.strip():
        found.append(("collateral", _("请写明担保物，或者主张优先受偿的依据。")))
    return found


def missing_words(count: int) -> str:
    """Say how much is still to be filled in."""
    return ngettext("还有 %(n)s 项没有填好。", "还有 %(n)s 项没有填好。", count) % {"n": count}
