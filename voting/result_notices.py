"""What voting gives creditors notice of: results within three days, rulings, reminders to vote.

JI-III 11; the fifteen days of EBL 64(2) and 66 run from the delivery. Texts are the procedure's
own, in Chinese for every reader.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import STAFF_ROLES
from creditor_meetings.meetings import notice_periods, notices
from creditor_meetings.meetings import verbs as meeting_verbs
from creditor_meetings.meetings.models import Meeting, Notice, NoticeKind
from creditor_meetings.meetings.notice_texts import (
    TEXT_LENGTH,
    Draft,
    all_creditors,
    day,
    local,
    place_of,
    signature,
)
from voting import database_clock, desk_words, sheet, wording
from voting.models import (
    Ballot,
    Outcome,
    RegisterEntry,
    Resolution,
    ResolutionState,
    Ruling,
)

BETWEEN_REMINDERS = timedelta(hours=1)


# --- What can be sent ------------------------------------------------------------------------


def drafts(meeting: Meeting) -> Sequence[Draft]:
    """Write the notices of results and rulings that can be sent in a meeting."""
    outcomes = list(counted(meeting))
    everybody = all_creditors(meeting) if outcomes else []
    sent = _sent(meeting)
    waiting = [one for one in outcomes if sent_at(one, sent) is None]
    found = []
    if len(waiting) > 1:
        found.append(_draft_for_all(meeting, waiting, everybody))
    found += [_result_draft(meeting, one, everybody, sent) for one in outcomes]
    rulings = Ruling.objects.filter(resolution__meeting=meeting)
    for one in rulings.select_related("resolution", "judge"):
        found.append(_ruling_draft(meeting, one, everybody, sent))
    return found


def counted(meeting: Meeting) -> Sequence[Outcome]:
    """Return the outcomes of a meeting that stand, in the order of the resolutions."""
    found = Outcome.objects.filter(
        resolution__meeting=meeting, resolution__state=ResolutionState.CLOSED
    )
    return list(
        found.select_related("resolution", "resolution__meeting").order_by(
            "resolution__position", "resolution_id"
        )
    )


def _sent(meeting: Meeting) -> list[Notice]:
    return list(
        Notice.objects.filter(
            meeting=meeting, kind__in=[NoticeKind.RESULT, NoticeKind.RULING]
        ).order_by("at")
    )


def sent_at(outcome: Outcome, sent: Sequence[Notice]) -> datetime | None:
    """Return when the result was first given notice of, alone or with all others."""
    for notice in sent:
        if notice.kind == NoticeKind.RESULT and (
            notice.resolution == outcome.resolution_id
            or (notice.resolution is None and notice.at >= outcome.counted_at)
        ):
            return notice.at
    return None


def due_at(resolution: Resolution) -> datetime:
    """Return the end of the third day after a poll's close (JI-III 11)."""
    assert resolution.closed_at is not None
    return notice_periods.end_of(resolution.closed_at, notice_periods.RESULT_DAYS)


def standing(resolution: Resolution, sent: datetime | None) -> tuple[str, bool]:
    """Say how a result's notice stands with its three days, and whether it is late."""
    due = due_at(resolution)
    late = notice_periods.days_between(due, sent or clock.now())
    words = {"due": day(due), "days": abs(late)}
    if sent is not None:
        if late > 0:
            return _("已发送，迟于三日期限 %(days)s 日（司法解释三第十一条）。") % words, True
        return _("已在三日内发送（司法解释三第十一条）。"), False
    if late > 0:
        said = _("已超过三日期限 %(days)s 日，请立即发送（司法解释三第十一条）。")
        return said % words, True
    if not late:
        return _("今天是三日期限的最后一天（司法解释三第十一条）。"), False
    return (
        _("须在 %(due)s 以前发送，还有 %(days)s 日（司法解释三第十一条）。") % words,
        False,
    )


def _result_draft(
    meeting: Meeting, outcome: Outcome, everybody: Sequence[int], sent: Sequence[Notice]
) -> Draft:
    resolution = outcome.resolution
    at = sent_at(outcome, sent)
    words, late = standing(resolution, at)
    return Draft(
        key=f"result-{resolution.pk}",
        kind=NoticeKind.RESULT,
        name=_("表决结果通知：%(title)s") % {"title": resolution.title},
        subject=f"表决结果通知：{resolution.title}"[:200],
        text=result_text(meeting, [outcome]),
        creditors=everybody,
        resolution=resolution.pk,
        due_at=due_at(resolution),
        sent_at=at,
        standing=words,
        late=late,
    )


def _draft_for_all(meeting: Meeting, waiting: Sequence[Outcome], everybody: Sequence[int]) -> Draft:
    first = min((one.resolution for one in waiting), key=due_at)
    words, late = standing(first, None)
    return Draft(
        key="results",
        kind=NoticeKind.RESULT,
        name=_("全部尚未通知的表决结果（%(n)s 项）") % {"n": len(waiting)},
        subject=f"{meeting.title}表决结果通知"[:200],
        text=result_text(meeting, waiting),
        creditors=everybody,
        due_at=due_at(first),
        standing=words,
        late=late,
    )


def _ruling_draft(
    meeting: Meeting, ruling: Ruling, everybody: Sequence[int], sent: Sequence[Notice]
) -> Draft:
    resolution = ruling.resolution
    at = next(
        (
            one.at
            for one in sent
            if one.kind == NoticeKind.RULING and one.resolution == resolution.pk
        ),
        None,
    )
    return Draft(
        key=f"ruling-{ruling.pk}",
        kind=NoticeKind.RULING,
        name=_("裁定通知：%(title)s") % {"title": resolution.title},
        subject=f"裁定通知：{resolution.title}"[:200],
        text=ruling_text(meeting, ruling),
        creditors=everybody,
        resolution=resolution.pk,
        sent_at=at,
        standing="" if at else _("复议期限自收到通知之日起算，请及时通知。"),
    )


# --- What they say ---------------------------------------------------------------------------


def result_text(meeting: Meeting, outcomes: Sequence[Outcome]) -> str:
    """Write the notice of results, with every figure exact (表决结果通知)."""
    case = meeting.case
    parts = [
        "各位债权人：",
        (
            f"{case.court}受理{case.debtor}一案，案号{case.number}。{meeting.title}以网络方式表决的"
            f"下列事项已经截止并计票。依照最高人民法院关于适用企业破产法若干问题的规定（三）第十一条，"
            "现将表决结果告知如下："
        ),
        *(
            result_lines(one, f"{wording.chinese_number(number)}、" if len(outcomes) > 1 else "")
            for number, one in enumerate(outcomes, start=1)
        ),
        (
            "债权人认为债权人会议的决议违反法律规定、损害其利益的，可以自收到本通知之日起十五日内，"
            "请求人民法院裁定撤销该决议，责令债权人会议依法重新作出决议（企业破产法第六十四条第二款）。"
        ),
        f"计票图、计票规则和您的表决回执见网络会议室：{place_of(meeting)}",
        signature(meeting),
    ]
    return "\n\n".join(parts)[:TEXT_LENGTH]


def result_lines(outcome: Outcome, number: str = "") -> str:
    """Say one result: the outcome, each group's figures and tests, what follows."""
    resolution = outcome.resolution
    with override("zh-hans"):
        said = sheet.of(resolution, outcome)
        lines = [f"{number}{resolution.title}：{said.verdict}"]
        if resolution.opened_at and resolution.closed_at:
            lines.append(
                f"表决时间：{local(resolution.opened_at)}至{local(resolution.closed_at)}。"
            )
        for group in said.groups:
            lines += _group_lines(group)
        step = desk_words.step_of(resolution, outcome)
    return "\n".join([*lines, step] if step else lines)


def _group_lines(group: sheet.Group) -> list[str]:
    figures = "；".join(
        f"{row.name} {row.number} 户、{row.amount} 元" for row in [*group.rows, group.total] if row
    )
    name = f"{group.name}（{_passed(group.passed)}）" if group.name else "计票"
    tests = [
        f"{test.name}：{test.fraction}＝{test.share}，占{test.base}的比例须{test.needed}，"
        f"{'达到' if test.met else '未达到'}（{test.article}）。"
        for test in group.tests
    ]
    return [f"{name}：{figures}。", *tests]


def _passed(passed: bool | None) -> str:
    return "无人表决" if passed is None else ("通过" if passed else "未通过")


def ruling_text(meeting: Meeting, ruling: Ruling) -> str:
    """Write the notice of a ruling (裁定通知), with the way to have it reconsidered."""
    case = meeting.case
    with override("zh-hans"):
        title = desk_words.ruling_title(ruling.kind, granted=ruling.granted)
        article = desk_words.ruling_article(ruling.kind)
    appeal = {
        "65-1": "债权人对本裁定不服的，可以自裁定宣布之日或者收到本通知之日起十五日内，"
        f"向{case.court}申请复议。复议期间不停止裁定的执行（企业破产法第六十六条）。",
        "65-2": "债权额占无财产担保债权总额二分之一以上的债权人对本裁定不服的，可以自裁定宣布之日"
        f"或者收到本通知之日起十五日内，向{case.court}申请复议。复议期间不停止裁定的执行"
        "（企业破产法第六十六条）。",
    }.get(ruling.kind, "")
    parts = [
        "各位债权人：",
        (
            f"{case.court}受理{case.debtor}一案，案号{case.number}。对{meeting.title}表决的"
            f"“{ruling.resolution.title}”，{case.court}于{day(ruling.at)}依照{article}{title}。"
        ),
        f"理由：{ruling.reasons}" if ruling.reasons else "",
        appeal,
        f"网络会议室：{place_of(meeting)}",
        signature(meeting),
    ]
    return "\n\n".join(part for part in parts if part)[:TEXT_LENGTH]


# --- Commands --------------------------------------------------------------------------------


@transaction.atomic
def send_result_notice(meeting: Meeting, resolution_id: int, viewer: Viewer) -> Notice:
    """Send the notice of one result to every creditor, as it stands, once."""
    viewer.require(*STAFF_ROLES)
    found = meeting_verbs.locked(meeting)
    outcome = next((one for one in counted(found) if one.resolution_id == resolution_id), None)
    if outcome is None:
        raise Refused("bad_request", _("这项表决没有可以通知的结果。"))
    draft = _result_draft(found, outcome, all_creditors(found), _sent(found))
    if draft.sent_at is not None:
        raise Refused(
            "bad_request",
            _("这项结果已经通知过；未送达的可以在通知页再次发送。"),
        )
    return notices.send(
        found, draft.kind, draft.creditors, draft.subject, draft.text,
        by=viewer.person, resolution=resolution_id,
    )  # fmt: skip


@transaction.atomic
def remind_voters(meeting: Meeting, resolution_id: int, viewer: Viewer) -> tuple[Notice, int]:
    """Remind the creditors who may vote in an open poll and have not; at most once an hour.

    Returns the notice and how many creditors it is for.
    """
    found = meeting_verbs.locked(meeting)
    meeting_verbs.require_chair(found, viewer)
    resolution = Resolution.objects.filter(meeting=found, pk=resolution_id).first()
    if resolution is None:
        raise Refused("bad_request", _("本次会议没有这项表决。"))
    now = database_clock.now()
    over = resolution.closes_at is not None and resolution.closes_at <= now
    if resolution.state != ResolutionState.OPEN or over:
        raise Refused("poll_not_open", _("这项表决没有在进行。"))
    _refuse_again_too_soon(found, resolution_id)
    silent = not_voted(resolution)
    if not silent:
        raise Refused("bad_request", _("有表决权的债权人都已经投票。"))
    notice = notices.send(
        found, NoticeKind.REMINDER, silent,
        f"请表决：{resolution.title}"[:200], _reminder_text(found, resolution),
        by=viewer.person, resolution=resolution_id,
    )  # fmt: skip
    return notice, len(silent)


def _refuse_again_too_soon(meeting: Meeting, resolution_id: int) -> None:
    last = (
        Notice.objects.filter(meeting=meeting, kind=NoticeKind.REMINDER, resolution=resolution_id)
        .order_by("-at")
        .first()
    )
    if last is None or clock.now() - last.at >= BETWEEN_REMINDERS:
        return
    left = BETWEEN_REMINDERS - (clock.now() - last.at)
    raise Refused(
        "too_many_requests",
        _("同一表决每小时最多提醒一次，请在 %(minutes)s 分钟后再提醒。")
        % {"minutes": -(-int(left.total_seconds()) // 60)},
    )


def not_voted(resolution: Resolution) -> list[int]:
    """Return the creditors with a vote to cast in a poll who have cast none."""
    voted = Ballot.objects.filter(resolution=resolution, effective=True).values("creditor")
    register = RegisterEntry.objects.filter(resolution=resolution, reason="", carried="")
    left = register.exclude(creditor__in=voted).values_list("creditor", flat=True)
    return sorted(set(left))


def _reminder_text(meeting: Meeting, resolution: Resolution) -> str:
    closes = (
        f"表决将于{local(resolution.closes_at)}截止，逾期不能再投票。"
        if resolution.closes_at is not None
        else "表决由主持人宣布截止，请尽快投票。"
    )
    return "\n\n".join(
        [
            (
                f"{meeting.case.number}案{meeting.title}正在表决“{resolution.title}”，"
                f"您（或者您所代理的债权人）有表决权，尚未投票。{closes}"
            ),
            f"请登录网络会议室表决：{place_of(meeting)}",
            signature(meeting),
        ]
    )
