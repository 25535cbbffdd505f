"""What the minutes (会议记录, EBL 61(2)) say, read from the ledger alone.

The court's copy names who attended and who voted what; the public one gives percentages of
the creditors who attended.
"""

from collections.abc import Mapping
from typing import Any

from creditor_meetings.cases.models import Case
from creditor_meetings.cases.money import fen, yuan_grouped
from creditor_meetings.meetings.models import AgendaKind, AttendanceMethod, NoticeKind
from voting import wording
from voting.models import Resolution
from voting.papers import poll_part, saying, spoken_part
from voting.papers.places import PLACES, described
from voting.papers.story import Body, Line, Story

PUBLIC, COURT = "zh-hans", "zh-x-names"
"""The language of a paper, which also says whose copy it is: COURT's lists voters by name."""

STATES = {
    "draft": "撤回通知",
    "convened": "通知召开",
    "open": "开会",
    "adjourned": "休会",
    "closed": "闭会",
}


def say(
    story: Story,
    version: int,
    additions: str,
    *,
    names: bool,
    resolutions: Mapping[int, Resolution],
) -> dict[str, Any]:
    """Say all that the minutes say."""
    return {
        "head": _head(story, version, names=names),
        "footer": footer(story, f"第 {version} 版"),
        "states": [_state(line) for line in story.of("meeting_state")],
        "attendance": _attendance(story, names=names),
        "mandates": _mandates(story) if names else [],
        "agenda": [
            (saying.time(line.at), _label(AgendaKind, line.body.get("kind")), line.body["title"])
            for line in story.of("agenda")
            if line.body.get("title")
        ],
        "documents": [_document(line) for line in story.of("document_handed_out")],
        "claims": _claims(story),
        "floor": spoken_part.floor(story),
        "questions": spoken_part.questions(story, names=names),
        "questions_hidden": "" if names else spoken_part.hidden(story),
        "polls": [
            poll_part.say(poll, resolutions[number], story.people, names=names)
            for number, poll in story.polls.items()
        ],
        "elections": [_election(line) for line in story.of("election_result")],
        "notices": _notices(story),
        "recordings": [_recording(line) for line in story.of("recording")],
        "additions": saying.lines(additions),
        "basis": basis(story),
        "places": described(PLACES),
        "signing": [
            (
                "以上记录经核对，由主持人、审判人员、书记员和管理人签署。电子签名依次附于本页，"
                "任何一处改动都会使签名失效。"
            )
        ],
    }


def _head(story: Story, version: int, *, names: bool) -> dict[str, Any]:
    meeting, case = story.meeting, story.meeting.case
    copy = "法院、管理人存卷本" if names else "公开本"
    states = story.of("meeting_state")
    opened = next((line for line in states if line.body["state"] == "open"), None)
    closed = next((line.at for line in reversed(states) if line.body["state"] == "closed"), None)
    facts = [
        *case_facts(case),
        ("会议", meeting.title),
        ("通知的时间", saying.day(meeting.starts_at)),
        ("开会", saying.time(opened.at if opened else None)),
        ("闭会", saying.time(closed) if closed else "尚未闭会"),
        ("方式", "网络会议：视频直播、网上签到、网上提问与表决，全程留痕"),
        ("主持", opened.body["by_name"] if opened else "—"),
    ]
    return {**head(case, f"第 {version} 版（{copy}）"), "facts": facts}


def head(case: Case, subtitle: str) -> dict[str, Any]:
    """What stands at the top of every paper."""
    return {
        "court": case.court,
        "number": case.number,
        "debtor": case.debtor,
        "author": case.administrator_firm or case.court,
        "subtitle": f"{case.number}　{subtitle}",
    }


def case_facts(case: Case) -> list[tuple[str, str]]:
    """The case and those who carry it."""
    people = (
        ("管理人", case.administrator_firm),
        ("合议庭", case.panel),
        ("书记员", case.clerk),
    )
    return [
        ("案号", case.number),
        ("债务人", f"{case.debtor}（{case.get_procedure_display()}）"),
        *((name, value) for name, value in people if value),
    ]


def footer(story: Story, right: str) -> dict[str, str]:
    """What stands at the foot of every page: the record that it was made of."""
    return {"left": f"账本前 {story.size:,} 条　{story.last.entry_hash[:16]}", "right": right}


def basis(story: Story) -> list[str]:
    """Say which record the paper was made of, so that anybody can make it again."""
    return [
        (
            f"本文书依据会议账本前 {story.size:,} 条记录自动制作，"
            f"末条写入于 {saying.time(story.last.at)}，"
            f"其散列值（SHA-256）为 {story.last.entry_hash}。账本逐条相链并签名，写入后不能修改；"
            "依同一账本重新制作，得到逐字节相同的文件。"
        ),
        "时间均为北京时间；金额单位为人民币元，以分为单位精确计算，百分比仅供阅读。",
    ]


def _label(choices: Any, value: Any) -> str:
    return str(choices(value).label) if value in choices.values else str(value or "—")


def _state(line: Line) -> tuple[str, str, str]:
    said = str(line.body.get("by_name") or "")
    if line.body.get("reason"):
        said += f"；{line.body['reason']}"
    return saying.time(line.at), str(STATES.get(line.body["state"], line.body["state"])), said


# --- Who was there --------------------------------------------------------------------------


def _attendance(story: Story, *, names: bool) -> dict[str, Any]:
    latest = {line.body["creditor"]: line for line in story.of("attendance")}
    amount = sum(fen(line.body["amount"]) for line in latest.values())
    text = [
        f"出席会议的债权人 {len(latest):,} 户，代表债权额 {yuan_grouped(amount)} 元。",
    ]
    whole = _whole(story)
    if whole is not None:
        creditors, total = whole
        text.append(
            f"首次表决时登记在册的债权人共 {creditors:,} 户，"
            f"有表决权的债权额 {yuan_grouped(total)} 元："
            f"出席的占户数的 {saying.share(len(latest), creditors)}，占债权额的"
            f" {saying.share(min(amount, total), total)}。"
        )
    by_ballot = sum(line.body.get("method") == "ballot" for line in latest.values())
    if by_ballot:
        text.append(f"其中以在截止前投票出席的 {by_ballot:,} 户，其余为身份核验后网上签到。")
    rows = [
        (
            str(number),
            line.body["creditor_name"],
            line.body.get("person_name", ""),
            saying.amount(line.body["amount"]),
            saying.time(line.at),
            _label(AttendanceMethod, line.body.get("method")),
        )
        for number, line in enumerate(latest.values(), start=1)
    ]
    return {"text": text, "rows": rows if names else []}


def _whole(story: Story) -> tuple[int, int] | None:
    """All creditors of the first register, and the amount that carries a vote in it."""
    first = next(iter(story.polls.values()), None)
    if first is None:
        return None
    amounts = [fen(line["amount"]) for one in first.creditors for line in one["lines"]]
    return len(first.creditors), sum(amounts)


def _mandates(story: Story) -> list[tuple[str, str, str, str]]:
    results = {
        "mandate_submitted": "提交",
        "mandate_accepted": "认可",
        "mandate_refused": "未认可",
        "mandate_revoked": "撤销",
    }
    return [
        (
            saying.time(line.at),
            str(line.body.get("creditor_name", "")),
            str(line.body.get("person_name", "")),
            results[line.kind],
        )
        for line in story.of(*results)
    ]


# --- What was said --------------------------------------------------------------------------


def _document(line: Line) -> tuple[str, str, str, str]:
    body = line.body
    return saying.time(line.at), body["title"], str(body.get("pages") or "—"), body["sha256"]


CLAIM_KINDS = {
    "objection": "提出异议",
    "objection_withdrawn": "撤回异议",
    "objection_answered": "管理人答复",
    "objection_accepted": "采纳异议并调整",
    "objection_maintained": "坚持异议",
    "objection_suit": "记明诉讼案号",
    "waiver_submitted": "声明放弃优先受偿权",
    "waiver_accepted": "认可放弃优先受偿权",
    "waiver_refused": "不予认可放弃声明",
    "temporary_amount": "临时确定债权额",
    "group_decided": "决定设组",
}


def _claims(story: Story) -> dict[str, Any]:
    confirmed = len({line.body.get("claim") for line in story.of("claim_confirmed")})
    objected = len(story.of("objection"))
    withdrawn = len(story.of("objection_withdrawn"))
    text = [
        (
            f"债权人会议核查债权：对本人债权表示无异议的 {confirmed:,} 笔；"
            f"提出异议 {objected:,} 件，其中撤回 {withdrawn:,} 件。核查不是表决。"
        ),
    ]
    return {
        "text": text,
        "rows": [
            (
                saying.time(line.at),
                CLAIM_KINDS[line.kind],
                _said_of_group(line.body)
                if line.kind == "group_decided"
                else _said_of_claim(line.body),
            )
            for line in story.of(*CLAIM_KINDS)
        ],
    }


def _said_of_group(body: Body) -> str:
    limit = f"，债权额不超过 {saying.amount(body['limit'])} 元" if body.get("limit") else ""
    group = wording.group_name(body["group"])
    return f"{group}{limit}；理由：{body['reasons']}（法官 {body['by_name']}）"


def _said_of_claim(body: Body) -> str:
    claim = f"第 {body['number']} 号债权（{body['creditor_name']}）"
    who = body.get("objector_name") or body["by_name"]
    parts = [
        f"{claim}　{who}",
        f"{saying.amount(body['amount'])} 元" if body.get("amount") else "",
        str(body.get("answer") or body.get("reasons") or body.get("reason") or ""),
        str(body.get("suit") or ""),
        str(body.get("legal_basis") or ""),
    ]
    return "；".join(part for part in parts if part)


# --- What surrounds it ----------------------------------------------------------------------


def _election(line: Line) -> tuple[str, str]:
    elected = line.body.get("elected", [])
    named = [str(one["name"]) for one in elected]
    return str(line.body.get("title") or f"第 {line.body['election']} 项选举"), (
        "、".join(named) or "无人当选"
    )


def _notices(story: Story) -> dict[str, Any]:
    rows = [
        (
            saying.time(line.at),
            _label(NoticeKind, line.body.get("kind")),
            str(line.body.get("subject", "")),
            str(_number(line.body.get("recipients"))),
        )
        for line in story.of("notice_sent")
    ]
    text = [] if rows else ["本系统没有发送通知的记录。"]
    return {"text": text, "rows": rows}


def _number(recipients: Any) -> int | str:
    if isinstance(recipients, list):
        return len(recipients)
    return recipients if isinstance(recipients, int) else "—"


def _recording(line: Line) -> tuple[str, str, str, str]:
    body = line.body
    return (
        saying.time(body.get("started_at")),
        saying.time(body.get("ended_at")),
        str(body.get("publisher_name") or body.get("publisher") or ""),
        body["sha256"],
    )
