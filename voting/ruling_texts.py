"""Drafts of the court's ruling (民事裁定书) and of the application for it (申请书), filled in.

Facts and figures are exact and complete; what the system cannot know (who sat, when the
application came in) is left blank for people to write. In Chinese, the court's language.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import override

from creditor_meetings.cases.models import Case
from creditor_meetings.meetings.models import Attendance
from creditor_meetings.meetings.notice_texts import day, local
from voting import branches, desk_words, sheet, wording
from voting.models import Confirmation, Outcome, RegisterEntry, Resolution, Ruling

BLANK_DAY = "　　　　年　　月　　日"
Rows = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Table:
    """A table of figures: its head and its rows; the columns from the third on are numbers."""

    head: Sequence[str]
    rows: Rows


@dataclass(frozen=True)
class Paper:
    """A paper of the court's kind: who, what, the text, who signs; `end` says it is a draft."""

    court: str
    title: str
    number: str
    body: Sequence[str | Table]
    signature: Sequence[str]
    end: str
    name: str = ""


@dataclass(frozen=True)
class _Words:
    """What one kind of ruling says: the request, the law, and what is ruled either way."""

    request: str
    law: str
    basis: str
    granted: Sequence[str]
    refused: Sequence[str]
    reconsideration: str = ""
    refused_basis: str = ""


_ANY_CREDITOR = (
    "债权人对本裁定不服的，可以自本裁定宣布之日或者收到通知之日起十五日内，向本院申请复议。"
    "复议期间不停止裁定的执行。"
)
_HALF = (
    "债权额占无财产担保债权总额二分之一以上的债权人对本裁定不服的，可以自本裁定宣布之日或者收到"
    "通知之日起十五日内，向本院申请复议。复议期间不停止裁定的执行。"
)
_BANKRUPT = ("终止{debtor}{procedure}程序", "宣告{debtor}破产")

WORDS: Mapping[str, _Words] = {
    "65-1": _Words(
        "请求本院裁定认可《{title}》",
        "债务人财产的管理方案、破产财产的变价方案，经债权人会议表决未通过的，由人民法院裁定。",
        "第六十一条第一款{item}、第六十五条第一款",
        ("对{debtor}管理人提交的《{title}》，本院予以认可",),
        ("对{debtor}管理人提交的《{title}》，本院不予认可",),
        _ANY_CREDITOR,
    ),
    "65-2": _Words(
        "请求本院裁定认可《{title}》",
        "破产财产的分配方案，经债权人会议二次表决仍未通过的，由人民法院裁定。",
        "第六十一条第一款第十项、第六十五条第二款",
        ("对{debtor}管理人提交的《{title}》，本院予以认可",),
        ("对{debtor}管理人提交的《{title}》，本院不予认可",),
        _HALF,
    ),
    "87": _Words(
        "请求本院批准{debtor}重整计划草案",
        "未通过重整计划草案的表决组拒绝再次表决或者再次表决仍未通过，但重整计划草案符合企业破产法"
        "第八十七条第二款规定的条件的，人民法院应当自收到申请之日起三十日内裁定批准，终止重整程序，并予以公告。",
        "第八十七条",
        ("批准{debtor}重整计划草案", "终止{debtor}重整程序"),
        _BANKRUPT,
        refused_basis="第八十七条、第八十八条",
    ),
    "86": _Words(
        "请求本院批准{debtor}重整计划",
        "各表决组均通过重整计划草案时，重整计划即为通过。人民法院经审查认为符合企业破产法规定的，"
        "应当自收到申请之日起三十日内裁定批准，终止重整程序，并予以公告。",
        "第八十四条、第八十六条",
        ("批准{debtor}重整计划", "终止{debtor}重整程序"),
        _BANKRUPT,
        refused_basis="第八十六条、第八十八条",
    ),
    "98": _Words(
        "请求本院裁定认可{debtor}和解协议",
        "债权人会议通过和解协议的，由人民法院裁定认可，终止和解程序，并予以公告。",
        "第九十七条、第九十八条",
        ("认可{debtor}和解协议", "终止{debtor}和解程序"),
        _BANKRUPT,
        refused_basis="第九十九条",
    ),
    "99": _Words(
        "报告和解协议草案经债权人会议表决未获得通过，请求本院依法裁定",
        "和解协议草案经债权人会议表决未获得通过的，人民法院应当裁定终止和解程序，并宣告债务人破产。",
        "第九十七条、第九十九条",
        _BANKRUPT,
        ("不终止{debtor}和解程序",),
    ),
    "116": _Words(
        "请求本院裁定认可《{title}》",
        "债权人会议通过破产财产分配方案后，由管理人将该方案提请人民法院裁定认可。",
        "第一百一十五条、第一百一十六条第一款",
        ("对{debtor}管理人提交的《{title}》，本院予以认可",),
        ("对{debtor}管理人提交的《{title}》，本院不予认可",),
    ),
}


# --- The ruling ------------------------------------------------------------------------------


def ruling_paper(
    resolution: Resolution, outcome: Outcome, kind: str, *, granted: bool, made: Ruling | None
) -> Paper:
    """Draft the ruling on an outcome; of one that was made, with its own reasons."""
    case, words = resolution.meeting.case, WORDS[kind]
    fill = _filler(resolution)
    reasons = made.reasons if made is not None and made.reasons else _standard(kind, granted)
    considered = reasons if reasons.endswith(("。", "）")) else f"{reasons}。"
    orders = [fill(one) for one in (words.granted if granted else words.refused)]
    basis = words.basis if granted or not words.refused_basis else words.refused_basis
    body: list[str | Table] = [
        _applicant(case, kind),
        f"{BLANK_DAY}，申请人向本院提出申请，{fill(words.request)}。",
        "本院查明：" + _origin(case),
        *facts(resolution, outcome),
        (
            f"本院认为，{fill(words.law)}{considered}依照《中华人民共和国企业破产法》{fill(basis)}"
            "之规定，裁定如下："
        ),
        *_numbered(orders),
        words.reconsideration or "本裁定自即日起生效。",
    ]
    moment = day(made.at) if made is not None else BLANK_DAY
    return Paper(
        court=case.court,
        title="民事裁定书",
        number=case.number,
        body=body,
        signature=[
            *(_panel(case)),
            moment,
            f"书　记　员　{case.clerk or '　　　　'}",
        ],
        end="本件由系统依会议账本中的表决记录拟制，供审判人员修改；以人民法院签发的文本为准。",
        name="ruling",
    )


def _standard(kind: str, granted: bool) -> str:
    if kind in ("86", "98") and granted:
        return "本案表决程序合法，表决结果达到法定的人数和债权额标准，申请人的申请符合法律规定。"
    if kind == "116" and granted:
        return "该方案已经债权人会议依法表决通过，内容不违反法律规定，申请人的申请应予准许。"
    if kind == "99":
        return "和解协议草案未达到法定的人数或者债权额标准。" if granted else "（请写明理由。）"
    return "（请结合方案内容写明理由。）"


def _numbered(orders: Sequence[str]) -> list[str]:
    if len(orders) == 1:
        return [f"{orders[0]}。"]
    last = len(orders)
    return [
        f"{wording.chinese_number(number)}、{one}{'。' if number == last else '；'}"
        for number, one in enumerate(orders, start=1)
    ]


def _panel(case: Case) -> list[str]:
    members = [one.strip() for one in case.panel.replace("；", "、").split("、") if one.strip()]
    return members or ["审　判　长　　　　　", "审　判　员　　　　　", "审　判　员　　　　　"]


def _applicant(case: Case, kind: str) -> str:
    if kind in ("98", "99"):
        return f"申请人（债务人）：{case.debtor}。"
    firm = f"，管理人机构：{case.administrator_firm}" if case.administrator_firm else ""
    return f"申请人：{case.debtor}管理人{firm}。"


def _filler(resolution: Resolution) -> Callable[[str], str]:
    case = resolution.meeting.case
    values = {
        "debtor": case.debtor,
        "title": resolution.title.strip("《》"),
        "procedure": {"reorganisation": "重整", "composition": "和解"}.get(case.procedure, "破产"),
        "item": f"第{wording.chinese_number(resolution.power)}项",
    }
    return lambda text: text.format(**values)


def _origin(case: Case) -> str:
    with override("zh-hans"):
        procedure = case.get_procedure_display()
    firm = f"，并指定{case.administrator_firm}担任管理人" if case.administrator_firm else ""
    return f"本院受理{case.debtor}{procedure}一案，案号为{case.number}{firm}。"


# --- The facts -------------------------------------------------------------------------------


def facts(resolution: Resolution, outcome: Outcome) -> list[str | Table]:
    """State how the vote went, with every figure: for the ruling and the application alike."""
    with override("zh-hans"):
        said = sheet.of(resolution, outcome)
        tests = [_test(group, test) for group in said.groups for test in group.tests]
        step = desk_words.step_of(resolution, outcome)
    if branches.may_refuse_second(resolution, outcome.outcome):
        # The paper is of the ruling that follows when the group refuses to vote again.
        step = "未通过的表决组拒绝再次表决。"
    paragraphs: list[str | Table] = [_meeting(resolution), _poll(resolution)]
    if resolution.second_of is not None:
        paragraphs.append(_first_vote(resolution))
    paragraphs += [_table(said), *tests, f"表决结果：{said.verdict}。{step}"]
    confirmation = Confirmation.objects.filter(outcome=outcome).first()
    if confirmation is not None and confirmation.decision == "confirmed":
        paragraphs.append(f"{day(confirmation.at)}，本院对上述表决结果予以确认。")
    return paragraphs


def _meeting(resolution: Resolution) -> str:
    meeting = resolution.meeting
    attended = Attendance.objects.filter(meeting=meeting).count()
    began = meeting.opened_at or meeting.starts_at
    return (
        f"{local(began)}，{meeting.title}以网络视频方式召开，签到及参加表决的债权人共{attended}户。"
    )


def _poll(resolution: Resolution) -> str:
    register = RegisterEntry.objects.filter(resolution=resolution, reason="")
    entitled = register.values("creditor").distinct().count()
    times = ""
    if resolution.opened_at and resolution.closed_at:
        times = f"于{local(resolution.opened_at)}至{local(resolution.closed_at)}"
    second = "再次" if resolution.second_of_id else ""
    return (
        f"会议{times}对“{resolution.title}”进行{second}表决。表决开始时冻结的表决权登记册载明，"
        f"对该事项有表决权的债权人{entitled}户。"
    )


def _first_vote(resolution: Resolution) -> str:
    first = resolution.second_of
    assert first is not None
    closed: datetime | None = first.closed_at
    when = f"于{local(closed)}截止，" if closed else ""
    with override("zh-hans"):
        found = sheet.of(first, first.outcome)
        figures = "；".join(
            f"{(group.name + '，') if group.name else ''}{test.name}{test.fraction}，{test.share}"
            for group in found.groups
            for test in group.tests
        )
    return f"该事项的首次表决{when}未获通过（{figures}）。"


def _table(said: sheet.Sheet) -> Table:
    head = ["意见", "户数", "债权额（元）"]
    rows = [
        [*([group.name] if said.grouped else []), row.name, row.number, row.amount]
        for group in said.groups
        for row in (*group.rows, *([group.total] if group.total else []))
    ]
    return Table([*(["表决组"] if said.grouped else []), *head], rows)


def _test(group: sheet.Group, test: sheet.Test) -> str:
    name = f"{group.name}，" if group.name else ""
    share = "" if test.share == "—" else f"，即{test.share}"
    return (
        f"{name}{test.name}：{test.fraction}{share}，占{test.base}的比例须{test.needed}"
        f"（至少{test.least}），{'达到' if test.met else '未达到'}（{test.article}）。"
    )


# --- The application -------------------------------------------------------------------------


def application_paper(
    resolution: Resolution, outcome: Outcome, kind: str, moment: datetime
) -> Paper:
    """Draft the application for the ruling to which the outcome leads, with its facts."""
    case, words = resolution.meeting.case, WORDS[kind]
    fill = _filler(resolution)
    request = fill(words.request).replace("本院", "贵院")
    shown = [
        one.replace("本院", "贵院") if isinstance(one, str) else one
        for one in facts(resolution, outcome)
    ]
    body: list[str | Table] = [
        _applicant(case, kind),
        "申请事项：",
        f"{request}。",
        "事实与理由：",
        _origin(case).replace("本院", "贵院"),
        *shown,
        (
            f"依照企业破产法，{fill(words.law)}申请人依照《中华人民共和国企业破产法》"
            f"{fill(words.basis)}之规定，提出上述申请，请予裁定。"
        ),
        "（请补充方案的主要内容，以及未获通过时方案仍属公平、可行的理由。）",
        f"此致\n{case.court}",
        "附：一、提请表决的文件；二、会议记录；三、表决结果；四、通知及送达记录；五、证据包。",
    ]
    who = case.debtor if kind in ("98", "99") else f"{case.debtor}管理人"
    return Paper(
        court="",
        title="申　请　书",
        number=case.number,
        body=body,
        signature=[f"申请人：{who}", day(moment)],
        end="本件由系统依会议账本中的表决记录拟制，供申请人修改。",
        name="application",
    )
