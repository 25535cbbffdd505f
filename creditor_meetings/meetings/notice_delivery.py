"""Carries notices out: message by message in the background, to the end, whatever restarts.

Who sends a message takes it first, so that no two processes send it. A process that ends while
it sends leaves the message as failed after a while, since nobody knows whether it went out;
sending it again is for people to say.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from creditor_meetings.cases import clock
from creditor_meetings.cases.sending import Message, deliver, in_background
from creditor_meetings.meetings import notice_describe, record
from creditor_meetings.meetings.models import (
    Delivery,
    DeliveryState,
    Meeting,
    MessageState,
    Notice,
    NoticeMessage,
)
from creditor_meetings.meetings.publishing import publish_all

BATCH = 50
SENDERS = 4
"""How many batches of one notice are sent at once."""
FORGOTTEN = timedelta(minutes=1)
"""A message that waits so long waits for nobody: its process is gone."""
INTERRUPTED = timedelta(minutes=10)
LOOK_SECONDS = 30.0
SMS_LENGTH = 300
"""How much of a notice goes into a text message; the whole of it is in the room."""

_at_work: dict[int, int] = {}


def start(notice_id: int) -> None:
    """Send what waits of a notice, without anybody waiting for it."""
    waiting = NoticeMessage.objects.filter(notice=notice_id, state=MessageState.QUEUED).count()
    for _number in range(min(SENDERS, -(-waiting // BATCH)) - _at_work.get(notice_id, 0)):
        _at_work[notice_id] = _at_work.get(notice_id, 0) + 1
        in_background(lambda: _work(notice_id), bulk=True)


def _work(notice_id: int) -> None:
    try:
        carry_out(notice_id)
    finally:
        _at_work[notice_id] -= 1


def pick_up(meeting_id: int) -> float | None:
    """Send what a restart left behind in a meeting; returns the seconds until the next look."""
    now = clock.now()
    left = NoticeMessage.objects.filter(notice__meeting=meeting_id)
    for notice_id in _notices(left.filter(state=MessageState.SENDING, at__lt=now - INTERRUPTED)):
        with transaction.atomic():
            give_up_interrupted(notice_id)
    for notice_id in _notices(left.filter(state=MessageState.QUEUED, at__lt=now - FORGOTTEN)):
        start(notice_id)
    unfinished = left.filter(state__in=[MessageState.QUEUED, MessageState.SENDING])
    return LOOK_SECONDS if unfinished.exists() else None


def _notices(messages: Iterable[NoticeMessage]) -> list[int]:
    return sorted({one.notice_id for one in messages})


def carry_out(notice_id: int) -> None:
    """Send what waits of a notice, batch by batch, and note how each went."""
    notice = Notice.objects.select_related("meeting", "meeting__case").get(pk=notice_id)
    while taken := _take(notice_id):
        for one in taken:
            sent = deliver(_message(notice, one))
            one.state = MessageState.SENT if sent else MessageState.FAILED
            one.at = clock.now()
            one.save(update_fields=["state", "at"])
        _note(notice, taken)


def _take(notice_id: int) -> list[NoticeMessage]:
    with transaction.atomic():
        waiting = NoticeMessage.objects.select_for_update(skip_locked=True).filter(
            notice=notice_id, state=MessageState.QUEUED
        )
        taken = list(waiting.order_by("pk")[:BATCH])
        NoticeMessage.objects.filter(pk__in=[one.pk for one in taken]).update(
            state=MessageState.SENDING, at=clock.now()
        )
    return taken


def _message(notice: Notice, one: NoticeMessage) -> Message:
    if one.channel == "email":
        return Message("email", one.address, notice.subject, notice.text)
    place = f"{settings.PUBLIC_URL}/meetings/{notice.meeting.slug}/"
    text = " ".join(notice.text.split())
    shown = text if len(text) <= SMS_LENGTH else f"{text[:SMS_LENGTH]}……"
    return Message("sms", one.address, notice.subject, f"{shown} 全文见：{place}")


def _note(notice: Notice, messages: Sequence[NoticeMessage]) -> None:
    concerned = Delivery.objects.filter(messages__in=messages).values_list("creditor", flat=True)
    with transaction.atomic():
        settle(notice, set(concerned))


def settle(notice: Notice, creditors: Collection[int]) -> list[Delivery]:
    """Say of each delivery of these creditors how its messages went; tell what changed.

    Inside a transaction. Returns the deliveries that changed.
    """
    # One at a time: two senders may end a delivery's two addresses at the same moment.
    Notice.objects.select_for_update(no_key=True).get(pk=notice.pk)
    changed = []
    lines = Delivery.objects.filter(notice=notice, creditor__in=creditors)
    for line in lines.exclude(channel__in=["", "post"]).prefetch_related("messages"):
        state = _outcome(line)
        # Once delivered it stays so, since periods run from then.
        if state != line.state and line.state != DeliveryState.DELIVERED:
            line.state, line.at = state, _moment(line, state)
            changed.append(line)
    Delivery.objects.bulk_update(changed, ["state", "at"], batch_size=500)
    done = [line for line in changed if line.state != DeliveryState.QUEUED]
    if done:
        record.write(notice.meeting, "notice_delivered", body(notice, done))
        reached = {one.creditor_id for one in done if one.state == DeliveryState.DELIVERED}
        news = [notice_describe.notice_news(notice)]
        publish_all(notice.meeting, [*news, *notice_describe.delivered_news(notice, reached)])
    return changed


def _outcome(line: Delivery) -> str:
    states = {one.state for one in line.messages.all()}
    if MessageState.SENT in states:
        return DeliveryState.DELIVERED
    if states & {MessageState.QUEUED, MessageState.SENDING}:
        return DeliveryState.QUEUED
    return DeliveryState.FAILED


def _moment(line: Delivery, state: str) -> datetime:
    if state == DeliveryState.DELIVERED:
        return min(one.at for one in line.messages.all() if one.state == MessageState.SENT)
    return clock.now()


def body(notice: Notice, lines: Sequence[Delivery]) -> dict[str, object]:
    """Write deliveries down for the meeting's record."""
    return {
        "notice": notice.pk,
        "creditors": [
            {
                "creditor": line.creditor_id,
                "channel": line.channel,
                "state": str(line.state),
                "at": clock.rfc3339(line.at),
            }
            for line in lines
        ],
    }


def give_up_interrupted(notice_id: int) -> None:
    """Call messages failed that a sender took long ago and never came back with."""
    left = NoticeMessage.objects.filter(
        notice=notice_id, state=MessageState.SENDING, at__lt=clock.now() - INTERRUPTED
    )
    messages = list(left)
    if not messages:
        return
    left.update(state=MessageState.FAILED, at=clock.now())
    notice = Notice.objects.select_related("meeting", "meeting__case").get(pk=notice_id)
    concerned = Delivery.objects.filter(messages__in=messages).values_list("creditor", flat=True)
    settle(notice, set(concerned))


def go_on() -> None:
    """Send what the last run of the server left behind, without anybody waiting for it."""
    if settings.MESSAGES_IN_BACKGROUND:
        in_background(pick_up_everywhere, bulk=True)


def pick_up_everywhere() -> int:
    """Send what waits in every meeting, in this thread; returns how many messages waited."""
    waiting = NoticeMessage.objects.filter(state=MessageState.QUEUED)
    count = waiting.count()
    for meeting in Meeting.objects.filter(pk__in=waiting.values("notice__meeting")):
        for notice_id in _notices(waiting.filter(notice__meeting=meeting)):
            carry_out(notice_id)
    return count
