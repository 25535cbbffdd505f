"""Broadcasts of a meeting and their recordings."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from creditor_meetings.cases.models import Person
from creditor_meetings.meetings.models import FloorRequest, Meeting


class Source(models.TextChoices):
    """What the publisher shows."""

    CAMERA = "camera", _("摄像头")
    SCREEN = "screen", _("屏幕")


class BroadcastState(models.TextChoices):
    """The life of a broadcast."""

    CONNECTING = "connecting", _("正在连接")
    LIVE = "live", _("直播中")
    RECONNECTING = "reconnecting", _("正在重新连接")
    ENDED = "ended", _("已结束")
    INTERRUPTED = "interrupted", _("意外中断")


ACTIVE_STATES = (BroadcastState.CONNECTING, BroadcastState.LIVE, BroadcastState.RECONNECTING)


class Broadcast(models.Model):
    """One person's live video in a meeting (直播), over all breaks of its network."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="broadcasts")
    publisher = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="broadcasts")
    source = models.CharField(_("来源"), max_length=10, choices=Source.choices)
    mime = models.CharField(max_length=100)
    engine = models.CharField(max_length=20, default="embedded")
    has_video = models.BooleanField(default=True)
    # By what right a creditor speaks; administrator and judge need none.
    floor = models.ForeignKey(
        FloorRequest, on_delete=models.PROTECT, related_name="broadcasts", null=True, blank=True
    )
    state = models.CharField(
        _("状态"), max_length=20, choices=BroadcastState.choices, default=BroadcastState.CONNECTING
    )
    started_at = models.DateTimeField(_("开始时间"))
    ended_at = models.DateTimeField(_("结束时间"), null=True, blank=True)
    # Moved on every few seconds by the process that holds the stream: silence means it died.
    seen_at = models.DateTimeField()
    # Rises with every part: when the publisher comes back, changes its device, or a recording
    # begins. What an earlier session still does is void. It is the number of the part.
    session = models.PositiveIntegerField(default=1)
    # host:port where the holding process relays to the others; empty where there are none.
    relay = models.CharField(max_length=100, blank=True)

    class Meta:
        verbose_name = _("直播")
        verbose_name_plural = _("直播")
        ordering = ["started_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "publisher", "source"],
                condition=models.Q(state__in=["connecting", "live", "reconnecting"]),
                name="one_broadcast_a_person_and_source",
            )
        ]

    def __str__(self) -> str:
        return f"{self.publisher} · {self.get_source_display()}"


class CopyState(models.TextChoices):
    """Whether the copy that plays is there."""

    NONE = "none", _("未生成")
    MAKING = "making", _("正在生成")
    READY = "ready", _("可以回看")
    FAILED = "failed", _("生成失败")


class Recording(models.Model):
    """What was received of a broadcast between two breaks (录像), as it arrived."""

    broadcast = models.ForeignKey(Broadcast, on_delete=models.PROTECT, related_name="recordings")
    part = models.PositiveIntegerField(_("段"))
    # Below the data directory's `recordings`.
    path = models.CharField(max_length=200, unique=True)
    mime = models.CharField(max_length=100)
    bytes = models.BigIntegerField(_("字节"), default=0)
    chunks = models.PositiveIntegerField(default=0)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    started_at = models.DateTimeField(_("开始时间"))
    ended_at = models.DateTimeField(_("结束时间"), null=True, blank=True)
    interrupted = models.BooleanField(_("意外中断"), default=False)
    # The copy that plays (可播放副本), made when the recording has ended; below `recordings`, too.
    copy_state = models.CharField(max_length=10, choices=CopyState.choices, default=CopyState.NONE)
    copy_path = models.CharField(max_length=200, blank=True)
    copy_bytes = models.BigIntegerField(default=0)
    copy_sha256 = models.CharField(max_length=64, blank=True)
    duration_ms = models.BigIntegerField(null=True, blank=True)
    # What hinders the copy, in a person's words; empty where nothing does.
    copy_problem = models.CharField(max_length=300, blank=True)
    # [[ms of the copy, ms after `started_at`], ...]: when what the copy shows happened. From each
    # pair on both go on alike; a further pair stands where the publisher's recorder had paused.
    copy_times = models.JSONField(default=list, blank=True)

    class Meta:
        verbose_name = _("录像")
        verbose_name_plural = _("录像")
        ordering = ["started_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["broadcast", "part"], name="recorded_part_once")
        ]

    def __str__(self) -> str:
        return self.path


class LayoutMode(models.TextChoices):
    """How the meeting's director lays the pictures out."""

    AUTO = "auto", _("自动")
    MAIN = "main", _("突出一路")
    EQUAL = "equal", _("平铺")


class LayoutChange(models.Model):
    """A layout (画面布局) and since when it is; the last one holds."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="layouts")
    mode = models.CharField(max_length=10, choices=LayoutMode.choices, default=LayoutMode.AUTO)
    main = models.ForeignKey(
        Broadcast, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    at = models.DateTimeField()
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["at", "id"]


class Viewing(models.Model):
    """What somebody watched of a recording afterwards (回看记录)."""

    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="viewings")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="viewings")
    # [[from, until], ...] in whole seconds of the recording, in order, without overlap.
    watched = models.JSONField(default=list)
    seconds = models.PositiveIntegerField(default=0)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    address = models.CharField(max_length=64, blank=True)
    device = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("回看记录")
        verbose_name_plural = _("回看记录")
        ordering = ["began_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["recording", "person"], name="one_viewing_a_person")
        ]
