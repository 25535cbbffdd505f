"""The receipt of a filing (债权申报回执) as PDF: its number, and what was signed in full."""

from pathlib import Path
from typing import Any

from django.utils import translation

from creditor_meetings.cases.errors import NotFound
from creditor_meetings.cases.files.typesetting import typeset
from creditor_meetings.claims.filing import record
from creditor_meetings.claims.filing.doors import COURT_ZONE
from creditor_meetings.claims.models import Filing

SOURCE = Path(__file__).resolve().parent / "receipt.typ"

NOTES = [
    "本回执证明管理人的在线申报系统已于上述时间收到下列债权申报，不代表管理人对债权的审查结论。",
    "债权经管理人审查后编入债权表，提交债权人会议核查（企业破产法第五十七条、第五十八条）。",
    (
        "申报书全文见后页，原文作为附件（declaration.txt）附在本文件中；"
        "其 SHA-256 散列值如上，内容有任何改动，散列值即不同。"
    ),
]


def pdf(filing: Filing) -> bytes:
    """Set the receipt of a filing that was submitted: the same bytes for the same signature."""
    text = record.signed_text(filing)
    if not filing.number or filing.signed_at is None or not text:
        raise NotFound
    with translation.override("zh-hans"):
        # The text itself goes along, so that anybody can compute its hash.
        verbatim = {"declaration": text}
        return typeset(SOURCE, _data(filing, text), filing.signed_at, verbatim=verbatim)


def _data(filing: Filing, text: str) -> dict[str, Any]:
    case = filing.case
    title, *lines = text.splitlines()
    return {
        "head": {
            "court": case.court,
            "number": case.number,
            "debtor": case.debtor,
            "author": case.administrator_firm or case.court,
        },
        "footer": {"left": f"编号 {filing.number}", "right": ""},
        "facts": _facts(filing, lines),
        "hash": filing.signed_sha256,
        "notes": NOTES,
        "late": _late(filing),
        "declaration": {"title": title, "lines": lines},
    }


def _facts(filing: Filing, lines: list[str]) -> list[list[str]]:
    # The first of each name, and of the evidence the last: what was written as facts stands
    # between, and must not pass for more than that.
    said = dict(line.split("：", 1) for line in reversed(lines) if "：" in line)
    evidence = [line for line in lines if line.startswith("证据材料：")][-1:]
    facts = [
        ["申报编号", filing.number or ""],
        ["申报人", said.get("申报人", "")],
        ["申报总额", said.get("申报总额", "")],
        ["债权性质", said.get("债权性质", "")],
        ["证据材料", "".join(evidence).partition("：")[2]],
        ["申报时间", _time(filing.submitted_at)],
    ]
    if filing.signed_at != filing.submitted_at:
        facts.append(["补正后提交时间", _time(filing.signed_at)])
    return [
        *facts,
        ["签名", f"{filing.signed_name}　{_time(filing.signed_at)}"],
        ["网络地址", filing.submitted_from or "—"],
    ]


def _time(moment: Any) -> str:
    if moment is None:
        return ""
    return f"{moment.astimezone(COURT_ZONE):%Y-%m-%d %H:%M:%S}（北京时间）"


def _late(filing: Filing) -> str:
    if not filing.late:
        return ""
    deadline = filing.case.filing_deadline
    until = f"（至 {deadline:%Y-%m-%d}）" if deadline else ""
    return (
        f"本申报在债权申报期限{until}届满后提出，为补充申报。此前已进行的分配，不再补充分配；"
        "审查和确认补充申报债权的费用，由补充申报人承担（企业破产法第五十六条）。"
    )
