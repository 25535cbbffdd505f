"""What a creditor signs: the whole filing in full words, with every figure.

The words are Chinese in every language of the pages, since the court's are; the hash of the text
(UTF-8, SHA-256) is what stays on the filing, the text itself on its record.
"""

import hashlib
from collections.abc import Sequence
from datetime import date

from django.utils import translation

from creditor_meetings.cases.money import capitals, yuan_grouped
from creditor_meetings.claims.filing.identity import Entity
from creditor_meetings.claims.models import Filing, FilingFile

_CLOSING = (
    "声明：本申报人确认以上内容及所附证据材料真实、合法、完整，愿对其真实性承担法律责任；"
    "同意管理人以上述联系方式和送达地址送达本案文书，如有变更将及时书面告知管理人。"
    "本申报人已阅读并核对上述每一项内容和金额，以输入姓名的方式签署本申报书。"
)


def words(filing: Filing, files: Sequence[FilingFile], *, late: bool) -> str:
    """Return the text to be signed; the same filing and files give the same text."""
    with translation.override("zh-hans"):
        return "\n".join([*_head(filing), *_claim(filing), *_evidence(files), *_end(filing, late)])


def sha256_of(text: str) -> str:
    """Return the hash by which a signed text is known."""
    return hashlib.sha256(text.encode()).hexdigest()


def amount(fen: int) -> str:
    """Write an amount in figures and in capitals."""
    return f"人民币 {yuan_grouped(fen)} 元（大写：人民币{capitals(fen)}）"


def _head(filing: Filing) -> list[str]:
    case = filing.case
    entity = Entity(filing.entity).label if filing.entity in Entity.values else "—"
    return [
        "债权申报书",
        f"受理法院：{case.court}",
        f"案号：{case.number}",
        f"债务人：{case.debtor}（{case.get_procedure_display()}）",
        f"管理人：{case.administrator_firm or '—'}",
        f"申报人：{filing.creditor_name}",
        f"主体类型：{entity}",
        f"证件号码：{filing.identity_number}",
        f"联系人：{filing.contact_name}",
        f"联系电话：{filing.phone or '—'}",
        f"电子邮箱：{filing.email or '—'}",
        f"送达地址：{filing.postal_address}",
    ]


def _claim(filing: Filing) -> list[str]:
    return [
        f"申报本金：{amount(filing.principal_fen)}",
        f"申报利息：{amount(filing.interest_fen)}",
        f"申报其他款项：{amount(filing.other_fen)}",
        f"申报总额：{amount(filing.filed_fen)}",
        f"债权性质：{filing.get_nature_display()}",
        f"担保物或优先权依据：{filing.collateral or '无'}",
        "事实和理由：",
        *filing.facts.splitlines(),
    ]


def _evidence(files: Sequence[FilingFile]) -> list[str]:
    if not files:
        return ["证据材料：未附"]
    lines = [
        f"{number}. {one.name}（{one.size} 字节，SHA-256：{one.sha256}）"
        for number, one in enumerate(files, start=1)
    ]
    return [f"证据材料：共 {len(files)} 件", *lines]


def _end(filing: Filing, late: bool) -> list[str]:
    deadline: date | None = filing.case.filing_deadline
    if not late or deadline is None:
        return [_CLOSING]
    return [
        (
            f"本申报在债权申报期限（至 {deadline:%Y-%m-%d}）届满后提出，为补充申报"
            "（企业破产法第五十六条）：此前已进行的分配，不再补充分配；"
            "审查和确认补充申报债权的费用，由申报人承担。"
        ),
        _CLOSING,
    ]
