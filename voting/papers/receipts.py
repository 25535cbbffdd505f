"""Receipts (回执) as papers: what the voter keeps, on the page, as PDF, by e-mail.

A receipt names its check code (校验码), the first characters of its entry's hash: who has the
number and the code, or the receipt itself, can ask the public check page.
"""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import qrcode
import qrcode.image.svg
from django.conf import settings
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.money import fen, yuan_grouped
from creditor_meetings.cases.sending import Message, deliver_later
from creditor_meetings.meetings.models import Meeting
from voting import wording
from voting.models import SPLIT, Ballot, Choice, Way
from voting.papers import setting

CODE_LENGTH = 16


def code_of(receipt: Mapping[str, Any]) -> str:
    """Return a receipt's check code."""
    return str(receipt["entry_hash"])[:CODE_LENGTH]


def check_url(receipt: Mapping[str, Any]) -> str:
    """Return the address at which anybody who has it checks a receipt; its QR code opens it."""
    query = urlencode({"n": receipt["number"], "c": code_of(receipt)})
    return f"{settings.PUBLIC_URL}{reverse('papers:check')}?{query}"


def receipts_of(meeting: Meeting, viewer: Viewer) -> QuerySet[Ballot]:
    """Return the ballots that the viewer cast, or that were cast for those it acts for."""
    own = Q(person=viewer.person) | Q(creditor__in=viewer.acts_for)
    found = Ballot.objects.filter(own, resolution__meeting=meeting)
    return found.select_related("resolution", "creditor", "person").order_by("-pk")


def access_receipt(meeting: Meeting, viewer: Viewer, number: str) -> Ballot:
    """Give a ballot to who cast it, acts for its creditor, or is of the team or the court.

    Raises `NotFound`.
    """
    found = (
        Ballot.objects.select_related("resolution", "creditor", "person")
        .filter(resolution__meeting=meeting, number=number)
        .first()
    )
    if found is None:
        raise NotFound
    if not (viewer.is_staff or _is_own(found, viewer)):
        raise NotFound
    return found


def _is_own(ballot: Ballot, viewer: Viewer) -> bool:
    return ballot.person_id == viewer.person.pk or ballot.creditor_id in viewer.acts_for


def told(ballot: Ballot) -> list[tuple[str, str]]:
    """Say what a receipt says, line by line, in the reader's language."""
    receipt = ballot.receipt
    return [
        (_("票号"), receipt["number"]),
        (_("校验码"), code_of(receipt)),
        (pgettext("一项", "表决事项"), ballot.resolution.title),
        *choices(receipt),
        (_("代表债权额"), _("%(amount)s 元") % {"amount": yuan_grouped(fen(receipt["amount"]))}),
        (_("债权人"), receipt["creditor_name"]),
        *_cast(ballot),
        (_("账本位置"), _("第 %(position)s 条") % {"position": f"{receipt['position']:,}"}),
    ]


def told_without_ledger(ballot: Ballot) -> list[tuple[str, str]]:
    """Say what the ballot's own row says, where its entry of the ledger is missing."""
    groups = [{"group": name, "choice": said} for name, said in (ballot.choices or {}).items()]
    return [
        (_("票号"), ballot.number),
        *choices({"choice": ballot.choice, "groups": groups}),
        (_("债权人"), ballot.creditor.name),
        *_cast(ballot),
    ]


def _cast(ballot: Ballot) -> list[tuple[str, str]]:
    by = _("代理人 %(name)s") if ballot.by_proxy else "%(name)s"
    local = timezone.localtime(ballot.at)
    return [
        (_("投票人"), by % {"name": ballot.person}),
        (_("方式"), str(Way(ballot.way).label)),
        (_("时间"), f"{local:%Y-%m-%d %H:%M:%S}"),
    ]


def choices(receipt: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Say what a ballot says, in each group where it says different things."""
    groups = [one for one in receipt.get("groups", []) if one.get("choice")]
    if receipt["choice"] != SPLIT or not groups:
        return [(_("意见"), _choice(receipt["choice"]))]
    return [
        (
            _("意见（%(group)s）") % {"group": wording.group_name(one["group"])},
            _choice(one["choice"]),
        )
        for one in groups
    ]


def _choice(choice: str) -> str:
    return str(Choice(choice).label) if choice in Choice.values else choice


def as_text(receipt: Mapping[str, Any]) -> str:
    """Write a receipt as JSON, as the check page takes it pasted."""
    return json.dumps(receipt, ensure_ascii=False, sort_keys=True)


def as_pdf(ballot: Ballot) -> bytes:
    """Set a receipt as PDF/A with a QR code; the receipt's JSON is attached to the file."""
    meeting = ballot.resolution.meeting
    receipt = ballot.receipt
    data = {
        "language": wording.language(),
        "title": _("表决回执"),
        "court": meeting.case.court,
        "case": f"{meeting.case.number}　{meeting.case.debtor}",
        "meeting": meeting.title,
        "facts": told(ballot),
        "hash": [_("记录散列值（SHA-256）"), receipt["entry_hash"]],
        "signature": [_("账本签名（Ed25519）"), receipt["proof"]["signature"]],
        "key": [_("公钥"), receipt["proof"]["key"]],
        "check": [_("扫码核对，或者打开"), f"{settings.PUBLIC_URL}{reverse('papers:check')}"],
        "notes": [
            _(
                "本回执证明这一张表决票已写入会议账本。请妥善保存：凭票号和校验码，任何人都可以核对。"
            ),
            _(
                "同一债权人在截止前再次投票的，以最后一次有效的为准；是否计入，以核对页面的回答为准。"
            ),
            _("本文件附有回执原文（receipt.json），脱离本系统也可以验证。"),
        ],
        "number": receipt["number"],
        "pages": re.split(r" ?\{\w+\} ?", _("第 {page} 页　共 {pages} 页")),
        "attached": _("回执原文"),
    }
    return setting.set_paper(
        "receipt",
        data,
        ballot.at,
        verbatim={"qr": _qr(check_url(receipt)), "receipt": as_text(receipt)},
    )


def _qr(url: str) -> str:
    made = qrcode.make(url, image_factory=qrcode.image.svg.SvgPathImage, border=0)
    return str(made.to_string(encoding="unicode"))


def email(meeting: Meeting, viewer: Viewer, number: str) -> None:
    """Send a receipt to the viewer's own e-mail address; inside a transaction."""
    ballot = access_receipt(meeting, viewer, number)
    if not _is_own(ballot, viewer):
        raise Refused("not_allowed", _("只能把您自己的回执发到您的邮箱。"))
    if not viewer.person.email:
        raise Refused(
            "bad_request",
            _("您的账号没有电子邮箱地址，请下载 PDF 回执，或者请管理人为您登记邮箱。"),
        )
    receipt = ballot.receipt
    lines = [
        f"{meeting.case.number} {meeting.case.debtor}",
        meeting.title,
        "",
        *(f"{name}{_('：')}{value}" for name, value in told(ballot)),
        f"{_('记录散列值（SHA-256）')}{_('：')}{receipt['entry_hash']}",
        "",
        _("核对这张票是否在账本中、是否计入："),
        check_url(receipt),
        "",
        _("回执原文，可以粘贴到核对页面："),
        as_text(receipt),
    ]
    subject = _("表决回执 %(number)s") % {"number": receipt["number"]}
    deliver_later(Message("email", viewer.person.email, subject, "\n".join(lines)))
