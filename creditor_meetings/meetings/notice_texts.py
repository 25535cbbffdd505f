"""What notices say before people edit them, and when the law wants them sent.

The text is the procedure's own, in Chinese for every reader; rooms above bring theirs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from creditor_meetings.cases import clock
from creditor_meetings.cases.models import Creditor
from creditor_meetings.meetings import notice_periods
from creditor_meetings.meetings.models import Meeting, MeetingState, Notice, NoticeKind

TEXT_LENGTH = 8_000


@dataclass(frozen=True)
class Draft:
    """A notice that could be sent: `key` names it within the meeting.

    `due_at` is when the law wants it out at the latest; `standing` says in the reader's
    language how it stands with that; `covers` are the resolutions that it tells of.
    """

    key: str
    kind: str
    name: str
    subject: str
    text: str
    creditors: Sequence[int]
    resolution: int | None = None
    due_at: datetime | None = None
    sent_at: datetime | None = None
    standing: str = ""
    late: bool = False


DraftProvider = Callable[[Meeting], Sequence[Draft]]
_brought: list[DraftProvider] = []


def bring(provider: DraftProvider) -> None:
    """Let a room above this one add notices that can be sent."""
    _brought.append(provider)


def drafts(meeting: Meeting) -> list[Draft]:
    """Return what can be sent in a meeting now, the meeting's own notice first."""
    own = [] if meeting.state == MeetingState.CLOSED else [meeting_draft(meeting)]
    return [*own, *(draft for provider in _brought for draft in provider(meeting))]


def all_creditors(meeting: Meeting) -> list[int]:
    """Return every creditor of the meeting's case."""
    return list(Creditor.objects.filter(case=meeting.case_id).values_list("pk", flat=True))


def last_sent(meeting: Meeting, kind: str, resolution: int | None = None) -> datetime | None:
    """Return when a notice of this kind was sent last."""
    found = Notice.objects.filter(meeting=meeting, kind=kind, resolution=resolution)
    return found.order_by("-at").values_list("at", flat=True).first()


def meeting_draft(meeting: Meeting) -> Draft:
    """Write the notice of a meeting (会议通知), EBL 63."""
    sent_at = last_sent(meeting, NoticeKind.MEETING)
    standing, late = _standing(meeting, sent_at)
    due = notice_periods.begin_of(meeting.starts_at, notice_periods.AHEAD_DAYS)
    return Draft(
        key="meeting",
        kind=NoticeKind.MEETING,
        name=_("会议通知"),
        subject=f"{_named(meeting)}会议通知"[:200],
        text=_meeting_text(meeting),
        creditors=all_creditors(meeting),
        due_at=due,
        sent_at=sent_at,
        standing=standing,
        late=late,
    )


def _named(meeting: Meeting) -> str:
    debtor = meeting.case.debtor
    return meeting.title if debtor in meeting.title else f"{debtor}{meeting.title}"


def _standing(meeting: Meeting, sent_at: datetime | None) -> tuple[str, bool]:
    now = clock.now()
    first = Notice.objects.filter(meeting=meeting, kind=NoticeKind.MEETING).order_by("at").first()
    missing = notice_periods.missing_days(first.at if first else now, meeting.starts_at)
    if first is not None:
        if missing:
            words = _("首次通知早于会议不足十五日（企业破产法第六十三条），差 %(days)s 日。")
            return words % {"days": missing}, True
        return _("通知早于会议十五日以上，符合企业破产法第六十三条。"), False
    if missing:
        words = _(
            "现在发送已不足十五日（企业破产法第六十三条），差 %(days)s 日；"
            "请考虑改期，或者说明理由。"
        )
        return words % {"days": missing}, True
    left = notice_periods.days_between(now, meeting.starts_at) - notice_periods.AHEAD_DAYS
    if not left:
        return _("今天是满足十五日通知期的最后一天（企业破产法第六十三条）。"), False
    return _("须在 %(days)s 日内发送（企业破产法第六十三条）。") % {"days": left}, False


def local(moment: datetime) -> str:
    """Write a moment as notices do: 2026年3月2日9时30分."""
    at = timezone.localtime(moment)
    return f"{at.year}年{at.month}月{at.day}日{at.hour}时{at.minute:02d}分"


def day(moment: datetime) -> str:
    """Write a day as notices do: 2026年3月2日."""
    at = timezone.localtime(moment)
    return f"{at.year}年{at.month}月{at.day}日"


def place_of(meeting: Meeting) -> str:
    """Return the address of the meeting's room."""
    return f"{settings.PUBLIC_URL}/meetings/{meeting.slug}/"


def signature(meeting: Meeting) -> str:
    """Write who a notice is from, and of which day."""
    firm = meeting.case.administrator_firm
    signed = f"{meeting.case.debtor}管理人" + (f"（{firm}）" if firm else "")
    return f"{signed}\n{day(clock.now())}"


def _meeting_text(meeting: Meeting) -> str:
    case = meeting.case
    with override("zh-hans"):
        procedure = case.get_procedure_display()
        agenda = "\n".join(
            f"{number}. {item.title}" for number, item in enumerate(meeting.items.all(), start=1)
        )
    signin = f"{settings.PUBLIC_URL}/signin/"
    told = [
        "各位债权人：",
        (
            f"{case.court}受理{case.debtor}{procedure}一案，案号{case.number}。"
            f"现定于{local(meeting.starts_at)}以网络视频方式召开{meeting.title}。"
            "依照企业破产法第六十三条，现将有关事项通知如下："
        ),
        f"一、会议时间：{local(meeting.starts_at)}（北京时间）。",
        f"二、会议地点：网络会议室 {place_of(meeting)}",
        f"三、会议议程：\n{agenda or '（议程另行通知）'}",
        (
            "四、参会办法：首次进入请使用另行发送给您的邀请链接，并核对姓名（名称）和证件号码"
            f"后六位；已经进入过的，在 {signin} 以登记的手机号码或者电子邮箱获取验证码登录。"
            "会议当日请提前十五分钟登录、签到；会前可以在会议室阅读会议文件、测试设备。"
        ),
        ("五、委托代理人出席的，请在会前提交授权委托书，经管理人审核后由代理人登录参会和表决。"),
        (
            "六、依法申报债权的债权人为债权人会议成员，有权参加会议，享有表决权。债权尚未确定的，"
            "除人民法院临时确定债权额的外，不得行使表决权（企业破产法第五十九条）。"
        ),
        signature(meeting),
    ]
    return "\n\n".join(told)[:TEXT_LENGTH]
