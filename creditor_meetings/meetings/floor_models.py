"""Who asked for the floor and had it, and the captions of what was said."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from creditor_meetings.cases.models import Creditor, Person


class FloorState(models.TextChoices):
    """The life of a raised hand."""

    WAITING = "waiting", _("等待发言")
    GRANTED = "granted", _("正在发言")
    ENDED = "ended", _("发言结束")
    LOWERED = "lowered", _("已放下")
    REFUSED = "refused", _("未获准")


class FloorEnd(models.TextChoices):
    """Why somebody has the floor no longer."""

    DONE = "done", _("发言人结束发言")
    TIME = "time", _("发言时限已到")
    WITHDRAWN = "withdrawn", _("主持人收回")
    ADJOURNED = "adjourned", _("休会")
    CLOSED = "closed", _("闭会")
    LEFT = "left", _("发言人不再参加会议")


class FloorRequest(models.Model):
    """A hand raised with a topic (举手), and the floor that was given (发言)."""

    meeting = models.ForeignKey("meetings.Meeting", on_delete=models.PROTECT, related_name="floor")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="floor_requests")
    creditor = models.ForeignKey(
        Creditor, on_delete=models.PROTECT, related_name="floor_requests", null=True
    )
    item = models.ForeignKey(
        "meetings.AgendaItem", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    topic = models.CharField(_("发言主题"), max_length=200)
    state = models.CharField(max_length=20, choices=FloorState.choices, default=FloorState.WAITING)
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    granted_at = models.DateTimeField(null=True, blank=True)
    # The limit: a watch ends the floor then.
    ends_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    why = models.CharField(max_length=20, choices=FloorEnd.choices, blank=True)
    # What whoever refused or withdrew it said.
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["asked_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "person"],
                condition=models.Q(state__in=["waiting", "granted"]),
                name="one_hand_a_person",
            ),
            models.UniqueConstraint(
                fields=["meeting"],
                condition=models.Q(state="granted"),
                name="one_floor_a_meeting",
            ),
        ]

    def __str__(self) -> str:
        return self.topic


class CaptionSource(models.TextChoices):
    """Who wrote a caption."""

    TYPED = "typed", _("人工记录")
    RECOGNISED = "recognised", _("语音识别")


class Caption(models.Model):
    """A line of what was said (字幕), as a person typed it or a recogniser heard it."""

    meeting = models.ForeignKey(
        "meetings.Meeting", on_delete=models.PROTECT, related_name="captions"
    )
    text = models.CharField(max_length=500)
    speaker = models.CharField(max_length=100, blank=True)
    source = models.CharField(
        max_length=20, choices=CaptionSource.choices, default=CaptionSource.TYPED
    )
    by = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    # When its words began to be said, and when it was there to be read.
    said_at = models.DateTimeField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["said_at", "id"]

    def __str__(self) -> str:
        return self.text
