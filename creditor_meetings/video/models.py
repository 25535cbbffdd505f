"""Broadcasts of a meeting and their recordings."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from creditor_meetings.cases.models import Person
from creditor_meetings.meetings.models import Meeting


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
    state = models.CharField(
        _("状态"), max_length=20, choices=BroadcastState.choices, default=BroadcastState.CONNECTING
    )
    started_at = models.DateTimeField(_("开始时间"))
    ended_at = models.DateTimeField(_("结束时间"), null=True, blank=True)
    # Moved on every few seconds by the process that holds the stream: silence means it died.
    seen_at = models.DateTimeField()
    # Rises when the publisher comes back; what an earlier session still does is void.
    session = models.PositiveIntegerField(default=1)
    # host:port where the holding process relays to the others; empty where there are none.
    relay = models.CharField(max_length=100, blank=True)

    class Meta:
        verbose_name = _("直播")
        verbose_name_plural = _("直播")
        ordering = ["started_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["meeting"],
                condition=models.Q(state__in=["connecting", "live", "reconnecting"]),
                name="one_broadcast_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.publisher} · {self.get_source_display()}"


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

    class Meta:
        verbose_name = _("录像")
        verbose_name_plural = _("录像")
        ordering = ["started_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["broadcast", "part"], name="recorded_part_once")
        ]

    def __str__(self) -> str:
        return self.path
