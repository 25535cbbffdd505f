"""The meeting, its agenda, and who attended when and from where."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from creditor_meetings.cases.models import Case, Creditor, Person


class MeetingState(models.TextChoices):
    """The life of a meeting; `ALLOWED_STATES` says what may follow what."""

    DRAFT = "draft", _("筹备中")
    CONVENED = "convened", _("已通知")
    OPEN = "open", _("进行中")
    ADJOURNED = "adjourned", _("休会")
    CLOSED = "closed", _("已闭会")


ALLOWED_STATES: dict[str, frozenset[str]] = {
    MeetingState.DRAFT: frozenset({MeetingState.CONVENED}),
    MeetingState.CONVENED: frozenset({MeetingState.OPEN, MeetingState.DRAFT}),
    MeetingState.OPEN: frozenset({MeetingState.ADJOURNED, MeetingState.CLOSED}),
    MeetingState.ADJOURNED: frozenset({MeetingState.OPEN, MeetingState.CLOSED}),
    MeetingState.CLOSED: frozenset(),
}


class TallyShown(models.TextChoices):
    """When the running tally is shown; participation is shown in either case."""

    LIVE = "live", _("实时公布")
    AT_CLOSE = "at_close", _("截止后公布")


class RecordingRule(models.TextChoices):
    """When live video is recorded."""

    SESSION = "session", _("仅在会议进行中录像")
    ALWAYS = "always", _("直播即录像")


class ReplayRule(models.TextChoices):
    """Who may watch the recordings again; court and administrator always may."""

    POLLS = "polls", _("表决未截止期间，成员可以回看")
    MEMBERS = "members", _("成员随时可以回看")
    STAFF = "staff", _("仅法院与管理人可以回看")


class QuestionsShown(models.TextChoices):
    """Who sees a question in writing."""

    ALL = "all", _("提出后全体可见")
    MODERATED = "moderated", _("管理人或法官公开后全体可见")
    ASKER = "asker", _("仅提问人、管理人与法院可见")


class Meeting(models.Model):
    """A creditors' meeting (债权人会议)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="meetings")
    slug = models.SlugField(_("会议代号"), max_length=60, unique=True)
    title = models.CharField(_("会议名称"), max_length=200)
    state = models.CharField(
        _("状态"), max_length=20, choices=MeetingState.choices, default=MeetingState.DRAFT
    )
    starts_at = models.DateTimeField(_("召开时间"))
    # EBL 60 gives the meeting to its chair; the court often lets the administrator run it.
    delegated = models.BooleanField(_("由管理人受托主持"), default=True)
    tally_shown = models.CharField(
        _("计票公布方式"), max_length=20, choices=TallyShown.choices, default=TallyShown.LIVE
    )
    claims_open = models.BooleanField(_("债权表供全体债权人查阅"), default=True)
    # Where the law is silent on counting: what this meeting chose instead of the defaults.
    practice = models.JSONField(_("计票口径"), default=dict, blank=True)
    recording_rule = models.CharField(
        _("录像"), max_length=20, choices=RecordingRule.choices, default=RecordingRule.SESSION
    )
    replay_rule = models.CharField(
        _("回看"), max_length=20, choices=ReplayRule.choices, default=ReplayRule.POLLS
    )
    questions_shown = models.CharField(
        _("提问的公开"), max_length=20, choices=QuestionsShown.choices, default=QuestionsShown.ALL
    )
    floor_seconds = models.PositiveIntegerField(_("每次发言时限（秒）"), default=300)
    current_item = models.ForeignKey(
        "AgendaItem", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("会议")
        verbose_name_plural = _("会议")
        ordering = ["-starts_at", "-id"]

    def __str__(self) -> str:
        return self.title

    @property
    def is_live(self) -> bool:
        """Whether the meeting goes on at this moment."""
        return self.state == MeetingState.OPEN


class AgendaKind(models.TextChoices):
    """What happens at an agenda item."""

    REPORT = "report", _("报告")
    VERIFICATION = "verification", _("核查债权")
    DOCUMENT = "document", _("文件")
    RESOLUTION = "resolution", _("表决")
    QUESTIONS = "questions", _("提问与答复")
    OTHER = "other", _("其他")


class AgendaItem(models.Model):
    """An item of the agenda (议程)."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveIntegerField(_("顺序"))
    kind = models.CharField(_("类型"), max_length=20, choices=AgendaKind.choices)
    title = models.CharField(_("标题"), max_length=200)
    note = models.TextField(_("说明"), blank=True, max_length=4000)

    class Meta:
        verbose_name = _("议程")
        verbose_name_plural = _("议程")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.title


class ItemTurn(models.Model):
    """When an item became the current one, by whom: the times the minutes need."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="turns")
    item = models.ForeignKey(AgendaItem, on_delete=models.PROTECT, related_name="turns", null=True)
    at = models.DateTimeField()
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")


class StateChange(models.Model):
    """A change of the meeting's state: who, when, from where, why."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="state_changes")
    state = models.CharField(max_length=20, choices=MeetingState.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    address = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=500, blank=True)


class AttendanceMethod(models.TextChoices):
    """How a creditor came to attend."""

    SIGN_IN = "sign_in", _("在线签到")
    BALLOT = "ballot", _("参加表决")


class Attendance(models.Model):
    """A creditor's sign-in to the meeting (签到): once it attends, it attended."""

    # No index of its own: the constraint's begins with it.
    meeting = models.ForeignKey(
        Meeting, on_delete=models.PROTECT, related_name="attendances", db_index=False
    )
    creditor = models.ForeignKey(Creditor, on_delete=models.PROTECT, related_name="attendances")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="attendances")
    method = models.CharField(max_length=20, choices=AttendanceMethod.choices)
    at = models.DateTimeField(_("签到时间"))
    device = models.CharField(_("设备"), max_length=300, blank=True)
    address = models.CharField(_("网络地址"), max_length=64, blank=True)
    # What the creditor represents (fen), as it stood when it signed in or last changed.
    amount_fen = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("出席")
        verbose_name_plural = _("出席")
        constraints = [models.UniqueConstraint(fields=["meeting", "creditor"], name="attends_once")]


class AttendanceSum(models.Model):
    """How many attend a meeting and with what (fen), kept by addition.

    Changed only while the meeting's counter of events is held, hence never by two at once.
    """

    meeting = models.OneToOneField(
        Meeting, on_delete=models.CASCADE, primary_key=True, related_name="attendance_sum"
    )
    number = models.PositiveIntegerField(default=0)
    amount_fen = models.BigIntegerField(default=0)


class Presence(models.Model):
    """An interval in which a person had the room open (在线时段)."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="presences")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="presences")
    arrived_at = models.DateTimeField()
    # Moved on while the person stays, so that a killed server loses a minute, not the interval.
    seen_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)
    device = models.CharField(max_length=300, blank=True)
    address = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="leaves_after_arriving",
                condition=Q(left_at__isnull=True) | Q(left_at__gte=F("arrived_at")),
            )
        ]
        indexes = [
            # Who is there now is counted while thousands come and go.
            models.Index(
                fields=["meeting", "seen_at"],
                name="present_now",
                condition=Q(left_at__isnull=True),
            )
        ]


class Question(models.Model):
    """A question in writing (提问) and its answer."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="questions")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="questions")
    creditor = models.ForeignKey(
        Creditor, on_delete=models.PROTECT, related_name="questions", null=True
    )
    item = models.ForeignKey(AgendaItem, on_delete=models.SET_NULL, null=True, related_name="+")
    # A question to a passage: documents stand in a room above this one, hence the number.
    document = models.BigIntegerField(null=True, blank=True)
    page = models.PositiveIntegerField(null=True, blank=True)
    quote = models.CharField(max_length=500, blank=True)
    # Where on the page, in thousandths: [left, top, right, bottom]; empty for the whole page.
    area = models.JSONField(default=list, blank=True)
    text = models.TextField(max_length=2000)
    at = models.DateTimeField()
    answer = models.TextField(max_length=4000, blank=True)
    answered_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_live = models.BooleanField(default=False)
    # Whether everybody sees it; where the meeting moderates, somebody says so.
    shown = models.BooleanField(default=True)
    moderated_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    moderated_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["at", "id"]


class MandateState(models.TextChoices):
    """The life of a power of attorney."""

    SUBMITTED = "submitted", _("待审核")
    ACCEPTED = "accepted", _("已认可")
    REFUSED = "refused", _("未认可")
    REVOKED = "revoked", _("已撤销")


class Mandate(models.Model):
    """A power of attorney (授权委托书): who may vote for a creditor, on what, until when.

    The scan lies below DATA_DIR by its hash. An accepted one is needed to vote as a proxy.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="mandates")
    creditor = models.ForeignKey(Creditor, on_delete=models.PROTECT, related_name="mandates")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="mandates")
    # One meeting only; none for every meeting of the case.
    meeting = models.ForeignKey(
        Meeting, on_delete=models.PROTECT, related_name="mandates", null=True, blank=True
    )
    # The powers of EBL 61(1) it covers, by number; empty for all matters.
    powers = models.JSONField(_("授权事项"), default=list, blank=True)
    valid_until = models.DateTimeField(_("有效期至"), null=True, blank=True)
    name = models.CharField(_("文件名"), max_length=200, blank=True)
    content_type = models.CharField(max_length=100, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    state = models.CharField(
        _("状态"), max_length=20, choices=MandateState.choices, default=MandateState.SUBMITTED
    )
    submitted_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    submitted_at = models.DateTimeField(_("提交时间"))
    decided_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(_("理由"), max_length=500, blank=True)
    revoked_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("授权委托书")
        verbose_name_plural = _("授权委托书")
        ordering = ["submitted_at", "id"]

    def __str__(self) -> str:
        return f"{self.creditor} → {self.person}"


class NoticeKind(models.TextChoices):
    """What a notice to creditors is about."""

    MEETING = "meeting", _("会议通知")
    RESULT = "result", _("表决结果通知")
    RULING = "ruling", _("裁定通知")
    REMINDER = "reminder", _("表决提醒")
    VERIFICATION = "verification", _("核查提醒")


class Notice(models.Model):
    """A notice to the creditors (通知), EBL 63 and JI-III 11."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="notices")
    kind = models.CharField(max_length=20, choices=NoticeKind.choices)
    # Resolutions stand in a room above this one, hence the number rather than a foreign key.
    resolution = models.BigIntegerField(null=True, blank=True)
    subject = models.CharField(_("标题"), max_length=200)
    text = models.TextField(_("内容"), max_length=8000)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("通知")
        verbose_name_plural = _("通知")
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return self.subject


class DeliveryState(models.TextChoices):
    """How a notice reached a creditor, or did not."""

    QUEUED = "queued", _("发送中")
    DELIVERED = "delivered", _("已送达")
    FAILED = "failed", _("发送失败")
    UNREACHABLE = "unreachable", _("没有联系方式")
    POSTED = "posted", _("已邮寄")


class Delivery(models.Model):
    """A notice on its way to one creditor by one channel (送达)."""

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="deliveries")
    creditor = models.ForeignKey(Creditor, on_delete=models.PROTECT, related_name="deliveries")
    # "email", "sms" or "post"; empty where the creditor has no address.
    channel = models.CharField(max_length=10, blank=True)
    # As people may see it: the middle is hidden.
    address = models.CharField(max_length=200, blank=True)
    state = models.CharField(
        max_length=20, choices=DeliveryState.choices, default=DeliveryState.QUEUED
    )
    at = models.DateTimeField()
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)

    class Meta:
        verbose_name = _("送达")
        verbose_name_plural = _("送达")
        ordering = ["notice", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["notice", "creditor", "channel"], name="delivered_once_a_channel"
            )
        ]


class MessageState(models.TextChoices):
    """The way of a message to one address."""

    QUEUED = "queued", _("待发送")
    # Taken by a sender: a process that ends here leaves it unknown whether it went out.
    SENDING = "sending", _("发送中")
    SENT = "sent", _("已发送")
    FAILED = "failed", _("发送失败")


class NoticeMessage(models.Model):
    """A notice to one address (通知短信或邮件), once however many creditors have that address."""

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="messages")
    channel = models.CharField(max_length=10)
    address = models.CharField(max_length=200)
    state = models.CharField(
        max_length=20, choices=MessageState.choices, default=MessageState.QUEUED
    )
    at = models.DateTimeField()
    deliveries = models.ManyToManyField(Delivery, related_name="messages")

    class Meta:
        ordering = ["notice", "id"]
        indexes = [models.Index(fields=["notice", "state"], name="messages_that_wait")]
        constraints = [
            models.UniqueConstraint(
                fields=["notice", "channel", "address"], name="one_message_an_address"
            )
        ]


# Last: they name the meeting, which stands above.
from creditor_meetings.meetings.floor_models import Caption, FloorRequest  # noqa: E402

__all__ = ["Caption", "FloorRequest"]
