"""Notices (通知): written to creditors, sent again to those not reached, posted to the rest.

EBL 63 (a meeting, fifteen days ahead), JI-III 11 (its results, within three days). A notice
goes to each address once; `notice_delivery` carries the messages out in the background.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.models import STAFF_ROLES, Creditor, Person
from creditor_meetings.meetings import notice_delivery, notice_describe, record, verbs
from creditor_meetings.meetings.models import (
    Delivery,
    DeliveryState,
    Meeting,
    MeetingState,
    MessageState,
    Notice,
    NoticeKind,
    NoticeMessage,
)
from creditor_meetings.meetings.notice_addresses import Address, addresses_of
from creditor_meetings.meetings.publishing import publish_all

SUBJECT_LENGTH = 200
TEXT_LENGTH = 8_000
POST = "post"
BATCH = 500


@transaction.atomic
def send(
    meeting: Meeting,
    kind: str,
    creditors: Collection[int],
    subject: str,
    text: str,
    *,
    by: Person | None,
    resolution: int | None = None,
) -> Notice:
    """Send a notice to creditors of the case by every address that is known of them.

    Whoever asks for it was found to be allowed to. The messages go out after the commit.
    """
    found = verbs.locked(meeting)
    if found.state == MeetingState.DRAFT:
        raise Refused("bad_request", _("会议还在筹备，债权人看不到它：请先通知召开，再发送通知。"))
    _check(kind, subject, text)
    concerned = _creditors(found, creditors)
    if not concerned:
        raise Refused("bad_request", _("没有可以通知的债权人。"))
    notice = Notice.objects.create(
        meeting=found,
        kind=kind,
        resolution=resolution,
        subject=subject.strip(),
        text=text.strip(),
        by=by,
        at=clock.now(),
    )
    _address(notice, concerned)
    record.write(found, "notice_sent", _body(notice, concerned))
    publish_all(
        found,
        [notice_describe.notice_news(notice), *notice_describe.own_news(notice, concerned)],
    )
    transaction.on_commit(lambda: notice_delivery.start(notice.pk))
    return notice


def _check(kind: str, subject: str, text: str) -> None:
    if kind not in NoticeKind.values:
        raise Refused("bad_request", _("没有“%(kind)s”这种通知。") % {"kind": kind[:20]})
    for name, value, most in (
        (_("标题"), subject, SUBJECT_LENGTH),
        (_("内容"), text, TEXT_LENGTH),
    ):
        if not value.strip() or len(value) > most:
            raise Refused(
                "bad_request",
                _("通知的%(name)s应为 1 至 %(most)s 个字。") % {"name": name, "most": most},
            )
    if "\n" in subject.strip() or "\r" in subject.strip():
        raise Refused("bad_request", _("通知的标题应为一行。"))


def _creditors(meeting: Meeting, creditors: Collection[int]) -> list[int]:
    wanted = set(creditors)
    of_case = Creditor.objects.filter(case=meeting.case_id).values_list("pk", flat=True)
    return [one for one in of_case if one in wanted]


def _body(notice: Notice, creditors: Sequence[int]) -> dict[str, object]:
    return {
        "notice": notice.pk,
        "kind": notice.kind,
        "subject": notice.subject,
        "text_sha256": hashlib.sha256(notice.text.encode()).hexdigest(),
        "resolution": notice.resolution,
        "recipients": list(creditors),
        "by": notice.by_id,
        "by_name": str(notice.by) if notice.by is not None else "",
    }


def _address(notice: Notice, creditors: Sequence[int]) -> None:
    """Make a delivery a creditor and channel, a message an address, and tie them together."""
    known = addresses_of(notice.meeting.case_id, creditors)
    lines = [
        Delivery(
            notice=notice,
            creditor_id=creditor,
            channel=channel,
            address="、".join(one.masked for one in held)[:200],
            state=DeliveryState.QUEUED if held else DeliveryState.UNREACHABLE,
            at=notice.at,
        )
        for creditor in creditors
        for channel, held in _by_channel(known.get(creditor, ())).items()
    ]
    Delivery.objects.bulk_create(lines, batch_size=BATCH)
    _add_messages(notice, lines, known)


def _by_channel(held: Sequence[Address]) -> Mapping[str, list[Address]]:
    sorted_out: dict[str, list[Address]] = defaultdict(list)
    for one in held:
        sorted_out[one.channel].append(one)
    return sorted_out or {"": []}


def _add_messages(
    notice: Notice, lines: Sequence[Delivery], known: Mapping[int, Sequence[Address]]
) -> None:
    """Queue a message to each address of these lines that has none, tied to its lines."""
    wanted = [
        (line, address)
        for line in lines
        for address in known.get(line.creditor_id, ())
        if address.channel == line.channel
    ]
    written = {
        Address(one.channel, one.address): one  # type: ignore[arg-type]
        for one in notice.messages.all()
    }
    new = {
        address: NoticeMessage(
            notice=notice, channel=address.channel, address=address.to, at=clock.now()
        )
        for _line, address in wanted
        if address not in written
    }
    NoticeMessage.objects.bulk_create(new.values(), batch_size=BATCH)
    written |= new
    tie = NoticeMessage.deliveries.through
    tie.objects.bulk_create(
        (tie(noticemessage_id=written[to].pk, delivery_id=line.pk) for line, to in wanted),
        batch_size=BATCH,
        ignore_conflicts=True,
    )


def notice_of(meeting: Meeting, notice_id: int, viewer: Viewer) -> Notice:
    """Give a notice of the meeting to its staff. Raises `NotFound`, `Refused`."""
    viewer.require(*STAFF_ROLES)
    found = Notice.objects.filter(meeting=meeting, pk=notice_id).select_related("meeting", "by")
    notice = found.first()
    if notice is None:
        raise NotFound
    return notice


@transaction.atomic
def send_again(notice: Notice, viewer: Viewer) -> int:
    """Send a notice again to those not reached: failed addresses, and new ones since then.

    Who has it by any address gets nothing again. Returns how many messages wait now.
    """
    viewer.require(*STAFF_ROLES)
    verbs.locked(notice.meeting)
    notice_delivery.give_up_interrupted(notice.pk)
    missing = not_reached(notice)
    lines = Delivery.objects.filter(notice=notice, creditor__in=missing).exclude(channel=POST)
    known = addresses_of(notice.meeting.case_id, missing)
    _follow_new_addresses(notice, missing, known)
    again = NoticeMessage.objects.filter(
        notice=notice, state=MessageState.FAILED, deliveries__in=lines
    ).values("pk")
    NoticeMessage.objects.filter(pk__in=list(again.values_list("pk", flat=True))).update(
        state=MessageState.QUEUED, at=clock.now()
    )
    notice_delivery.settle(notice, missing)
    waiting = notice.messages.filter(state=MessageState.QUEUED).count()
    if waiting:
        publish_all(notice.meeting, [notice_describe.notice_news(notice)])
        transaction.on_commit(lambda: notice_delivery.start(notice.pk))
    return waiting


def _follow_new_addresses(
    notice: Notice, creditors: Collection[int], known: Mapping[int, Sequence[Address]]
) -> None:
    now = clock.now()
    lines = []
    for creditor in creditors:
        for channel, held in _by_channel(known.get(creditor, ())).items():
            if not held:
                continue
            masked = "、".join(one.masked for one in held)[:200]
            line, _new = Delivery.objects.update_or_create(
                notice=notice,
                creditor_id=creditor,
                channel=channel,
                defaults={"address": masked},
                create_defaults={
                    "address": masked,
                    "state": DeliveryState.QUEUED,
                    "at": now,
                },
            )
            lines.append(line)
    # The line that said "no address" gives way to the address.
    Delivery.objects.filter(
        notice=notice, channel="", creditor__in=[one.creditor_id for one in lines]
    ).delete()
    _add_messages(notice, lines, known)


def not_reached(notice: Notice) -> list[int]:
    """Return the creditors whom a notice reached by no channel, and to whom none is on its way."""
    ranks = [
        rank
        for rank, state in enumerate(notice_describe.STANDINGS)
        if state in notice_describe.NOT_REACHED
    ]
    return [one["creditor"] for one in notice_describe.by_creditor(notice).filter(best__in=ranks)]


@transaction.atomic
def mark_posted(notice: Notice, creditors: Collection[int], day: date, viewer: Viewer) -> int:
    """Note that a notice went by post to creditors whom it did not reach; returns how many."""
    viewer.require(*STAFF_ROLES)
    verbs.locked(notice.meeting)
    if not timezone.localdate(notice.at) <= day <= timezone.localdate(clock.now()):
        raise Refused("bad_request", _("邮寄日期应在通知发送之日至今天之间。"))
    chosen = sorted(set(creditors) & set(not_reached(notice)))
    if not chosen:
        raise Refused("bad_request", _("请选择至少一位尚未送达的债权人。"))
    posted = Delivery.objects.bulk_create(
        Delivery(
            notice=notice,
            creditor_id=creditor,
            channel=POST,
            state=DeliveryState.POSTED,
            at=datetime.combine(day, time(), tzinfo=timezone.get_default_timezone()),
            by=viewer.person,
        )
        for creditor in chosen
    )
    record.write(notice.meeting, "notice_delivered", notice_delivery.body(notice, posted))
    publish_all(notice.meeting, [notice_describe.notice_news(notice)])
    return len(posted)
