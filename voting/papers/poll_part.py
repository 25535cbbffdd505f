"""What a paper says of one vote: text, figures with their denominators, how it was counted."""

from collections.abc import Mapping
from typing import Any

from creditor_meetings.cases.money import fen, yuan_grouped
from voting import chart_process, law, sheet, wording
from voting.chart_figures import drawing_of, thresholds_of
from voting.counting import reason_text
from voting.models import Choice, Outcome, Power, Resolution
from voting.papers import saying
from voting.papers.story import Body, Line, Poll

VOIDED, STANDING = "本项表决已作废，不产生结果。", "本项表决尚未截止，没有结果。"
UNVOTED = "出席未表决"
DECISIONS = {"confirmed": "法官确认表决结果", "declined": "法官不予确认"}
CHANGES = {
    "poll_extended": "延长表决",
    "poll_suspended": "暂停表决",
    "poll_resumed": "恢复表决",
    "poll_voided": "作废",
}


def say(
    poll: Poll, resolution: Resolution, people: Mapping[int, str], *, names: bool
) -> dict[str, Any]:
    """Say all of a vote; who voted what only where `names` is true.

    `resolution` gives the rule and the practice, which are frozen since the poll opened.
    """
    assert poll.opened is not None
    result = poll.result.body["result"] if poll.result and not poll.voided else None
    outcome = (
        Outcome(resolution=resolution, outcome=result["outcome"], result=result) if result else None
    )
    told = sheet.of(resolution, outcome) if outcome else None
    return {
        "title": poll.title,
        "text": saying.lines(poll.opened.body["text"]),
        "facts": _facts(poll, resolution),
        "verdict": told.verdict if told else None,
        "passed": bool(told and told.passed),
        "standing": "本项表决已作废，不产生结果。"
        if poll.voided
        else "本项表决尚未截止，没有结果。",
        "turnout": _turnout(poll),
        "groups": [_group(one) for one in told.groups] if told else [],
        "paper": _paper(poll),
        "chart": _chart(poll, resolution, result) if result else None,
        "explained": law.explain(resolution),
        "practice": wording.counted(resolution)[1:],
        "after": [_change(line) for line in poll.changes],
        "names": _names(poll, people) if names else [],
    }


def _facts(poll: Poll, resolution: Resolution) -> list[tuple[str, str]]:
    opened = poll.opened.body if poll.opened else {}
    power = Power(resolution.power)
    cited = wording.power_article(resolution.power)
    closed = poll.closed.body if poll.closed else {}
    register = [
        (line["heads"], fen(line["amount"]))
        for one in poll.creditors
        for line in one["lines"]
        if not line["reason"]
    ]
    facts = [
        ("职权", f"{power.label}{f'（{cited}）' if cited else ''}"),
        ("表决开始", saying.time(opened.get("opened_at"))),
    ]
    if opened.get("closes_at"):
        facts.append(("公布的截止", saying.time(opened["closes_at"])))
    if closed:
        hand = "主持人宣布截止" if closed.get("closed_by") else "按公布的时间截止"
        facts.append(("表决截止", f"{saying.time(closed.get('closed_at'))}（{hand}）"))
    facts.append(
        (
            "表决权登记册",
            (
                f"表决开始时冻结：有表决权 {len(poll.entitled):,} 户，"
                f"表决债权额 {yuan_grouped(sum(amount for _heads, amount in register))} 元；"
                f"无表决权 {len(poll.creditors) - len(poll.entitled):,} 户"
            ),
        )
    )
    if opened.get("second_of"):
        facts.append(("再次表决", "本项是对前次未通过事项的再次表决"))
    return facts


def _turnout(poll: Poll) -> str:
    voted = len([one for one in poll.counted if one in poll.entitled])
    attending = len(poll.attending)
    return (
        f"参加表决 {voted:,} 户，占出席的有表决权债权人 {attending:,} 户的"
        f" {saying.share(voted, attending)}。"
    )


def _group(group: sheet.Group) -> dict[str, Any]:
    verdicts = {True: "本组通过", False: "本组未通过", None: "本组无人表决"}
    return {
        "name": group.name,
        "verdict": verdicts[group.passed],
        "tests": [vars(one) for one in group.tests],
        "rows": [(row.name, row.number, row.amount) for row in group.rows],
        "total": (group.total.name, group.total.number, group.total.amount)
        if group.total
        else None,
    }


def _paper(poll: Poll) -> list[tuple[str, str, str, str]]:
    ways: Body = (poll.result.body.get("ways") or {}) if poll.result else {}
    return [
        (
            _group_name(group),
            str(Choice(choice).label),
            f"{figures['number']:,}",
            saying.amount(figures["amount"]),
        )
        for group, choices in ways.get("paper", {}).items()
        for choice, figures in choices.items()
        if figures["number"]
    ]


def _group_name(group: str) -> str:
    return "—" if group in ("", "all") else wording.group_name(group)


def _chart(poll: Poll, resolution: Resolution, result: Body) -> str | None:
    thresholds = thresholds_of(law.thresholds(resolution))
    drawing = drawing_of(poll.title, result["groups"], thresholds, final=True)
    return chart_process.process.draw(drawing)["zh"] if drawing.groups else None


def _change(line: Line) -> tuple[str, str, str]:
    body = line.body
    at = saying.time(line.at)
    if line.kind == "outcome_confirmed":
        said = f"法官 {body['judge_name']}"
        reasons = f"；理由：{body['reasons']}" if body.get("reasons") else ""
        return at, DECISIONS[body["decision"]], said + reasons
    if line.kind == "ruling":
        return at, "裁定", _ruling(body)
    parts = [str(body["by_name"])] if body.get("by_name") else []
    if body.get("before") or body.get("after"):
        parts.append(
            f"截止时间 {saying.time(body.get('before'))} → {saying.time(body.get('after'))}"
        )
    if body.get("reasons"):
        parts.append(f"理由：{body['reasons']}")
    return at, CHANGES[line.kind], "；".join(parts)


def _ruling(body: Body) -> str:
    cited = wording.article(f"EBL {_article(str(body.get('kind', '')))}")
    parts = [
        f"依{cited}{'裁定准许' if body.get('granted') else '裁定不予准许'}",
        f"法官 {body['judge_name']}" if body.get("judge_name") else "",
        f"理由：{body['reasons']}" if body.get("reasons") else "",
    ]
    return "；".join(part for part in parts if part)


def _article(kind: str) -> str:
    number, _dash, paragraph = kind.partition("-")
    return f"{number}({paragraph})" if paragraph else number


def _names(poll: Poll, people: Mapping[int, str]) -> list[tuple[str, ...]]:
    """List everybody who attended, with what each voted in each group."""
    rows: list[tuple[str, ...]] = []
    for creditor in sorted(poll.attending):
        entry = poll.entitled[creditor]
        line = poll.counted.get(creditor)
        said = _choices(line)
        for right in entry["lines"]:
            if right["reason"]:
                continue
            choice = said.get(right["group"]) or said.get("")
            carried = right.get("carried")
            label = str(Choice(choice).label) if choice else UNVOTED
            if carried and not choice:
                label = f"{Choice(carried).label}（前次）"
            rows.append(
                (
                    str(len(rows) + 1),
                    entry["name"],
                    _group_name(right["group"]),
                    label,
                    saying.amount(right["amount"]),
                    _way(line, people),
                )
            )
    silent = [one for one in poll.creditors if one["creditor"] not in poll.entitled]
    rows += [
        (
            str(len(rows) + number),
            one["name"],
            "—",
            "无表决权",
            "—",
            reason_text(one["lines"][0]["reason"]),
        )
        for number, one in enumerate(silent, start=1)
    ]
    return rows


def _choices(line: Line | None) -> dict[str, str]:
    """What a ballot says by group; under no name what it says in every group."""
    if line is None:
        return {}
    said = {one["group"]: one["choice"] for one in line.body.get("groups", []) if one.get("choice")}
    if line.body["choice"] in Choice.values:
        said.setdefault("", line.body["choice"])
    return said


def _way(line: Line | None, people: Mapping[int, str]) -> str:
    if line is None:
        return "—"
    way = "书面" if line.body.get("way") == "paper" else "网络"
    person = people.get(line.body["person"], "")
    proxy = "代理人" if line.body.get("by_proxy") else ""
    return " · ".join(part for part in (way, proxy + person) if part)
