"""Notices reach each address once, say so creditor by creditor, and survive what breaks."""

import io
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from openpyxl import load_workbook

from creditor_meetings.cases import clock, sending
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Creditor, Person
from creditor_meetings.meetings import notice_delivery, notices
from creditor_meetings.meetings.models import (
    Delivery,
    DeliveryState,
    Meeting,
    MessageState,
    Notice,
    NoticeMessage,
)
from creditor_meetings.realtime import registry
from tests.support import world
from voting.models import LedgerEntry

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)  # 23:30 in Beijing


class Post:
    """A provider that remembers what it sent, and fails at the addresses of `broken`."""

    sent: list[sending.Message] = []
    broken: set[str] = set()

    def send(self, message: sending.Message) -> None:
        """Send, or fail as a provider does."""
        if message.to in self.broken:
            raise TimeoutError("no answer")
        self.sent.append(message)


@pytest.fixture(autouse=True)
def post(settings: Any) -> type[Post]:
    """Let messages go to a provider that the tests look into."""
    settings.REQUIRE_STAFF_MFA = False
    settings.MESSAGE_SENDER = f"{__name__}.Post"
    sending._sender.cache_clear()
    Post.sent, Post.broken = [], set()
    return Post


class House:
    """A convened meeting with creditors who can be reached in different ways."""

    def __init__(self) -> None:
        self.case = world.make_case()
        self.meeting = world.make_meeting(
            self.case, state="convened", starts_at=NOW + timedelta(days=20)
        )
        self.administrator = world.make_person(self.case, "administrator")
        self.both = self.creditor("甲公司", email="a@example.cn", phone="138 0000 0001")
        self.silent = self.creditor("=乙公司", contact_name="+李")
        self.landline = self.creditor("丙公司", phone="0571-88880000")
        self.shared = self.creditor("丁公司", email="A@example.cn；d@example.cn")
        self.by_proxy = self.creditor("戊公司")
        self.proxy = world.make_person(self.case, "proxy", self.by_proxy)
        Person.objects.filter(pk=self.proxy.pk).update(email="law@example.cn")

    def creditor(self, name: str, **contacts: str) -> Creditor:
        """Make a creditor with these contacts."""
        made = world.make_creditor(self.case, name)
        Creditor.objects.filter(pk=made.pk).update(**contacts)
        return made

    def send(self, kind: str = "meeting", **more: Any) -> Notice:
        """Send a notice to everybody, and carry it out."""
        creditors = list(self.case.creditors.values_list("pk", flat=True))
        return notices.send(
            self.meeting, kind, creditors, "通知", "会议于二十日召开。",
            by=self.administrator, **more,
        )  # fmt: skip

    def states(self, notice: Notice) -> dict[tuple[str, str], str]:
        """Say how each delivery stands, by creditor and channel."""
        rows = Delivery.objects.filter(notice=notice).values_list(
            "creditor__name", "channel", "state"
        )
        return {(name, channel): state for name, channel, state in rows}

    def client(self, person: Person) -> Client:
        """Be somebody at the pages."""
        client = Client()
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        return client

    def url(self, more: str = "") -> str:
        """Return an address of the notices."""
        return f"/meetings/{self.meeting.slug}/notices/{more}"


@pytest.fixture
def house() -> House:
    """The case and its people."""
    with clock.set_to(NOW):
        return House()


def test_each_address_gets_it_once_and_each_creditor_its_deliveries(house: House) -> None:
    notice = house.send()
    assert Post.sent == [], "nothing before the commit"
    notice_delivery.carry_out(notice.pk)
    assert sorted((one.channel, one.to) for one in Post.sent) == [
        ("email", "a@example.cn"),
        ("email", "d@example.cn"),
        ("email", "law@example.cn"),
        ("sms", "13800000001"),
    ]
    assert house.states(notice) == {
        ("甲公司", "email"): "delivered",
        ("甲公司", "sms"): "delivered",
        ("=乙公司", ""): "unreachable",
        ("丙公司", ""): "unreachable",
        ("丁公司", "email"): "delivered",
        ("戊公司", "email"): "delivered",
    }
    shown = Delivery.objects.get(notice=notice, creditor=house.shared).address
    assert shown == "a***@example.cn、d***@example.cn"
    sms = next(one for one in Post.sent if one.channel == "sms")
    assert f"/meetings/{house.meeting.slug}/" in sms.text
    notice_delivery.carry_out(notice.pk)
    assert len(Post.sent) == 4, "carried out once more, nothing goes twice"


def test_the_record_holds_who_was_told_and_whom_it_reached(house: House) -> None:
    notice = house.send()
    notice_delivery.carry_out(notice.pk)
    sent = LedgerEntry.objects.get(meeting=house.meeting, kind="notice_sent").body
    assert sent["notice"] == notice.pk
    assert len(sent["recipients"]) == 5
    assert len(sent["text_sha256"]) == 64
    told = [
        line
        for entry in LedgerEntry.objects.filter(meeting=house.meeting, kind="notice_delivered")
        for line in entry.body["creditors"]
    ]
    assert {(one["creditor"], one["channel"], one["state"]) for one in told} == {
        (house.both.pk, "email", "delivered"),
        (house.both.pk, "sms", "delivered"),
        (house.shared.pk, "email", "delivered"),
        (house.by_proxy.pk, "email", "delivered"),
    }
    assert len(told) == 4, "each once"


def test_a_failing_address_is_said_and_sent_again_when_asked(house: House) -> None:
    Post.broken = {"law@example.cn", "13800000001", "d@example.cn"}
    notice = house.send()
    notice_delivery.carry_out(notice.pk)
    states = house.states(notice)
    assert states["戊公司", "email"] == "failed"
    assert states["甲公司", "sms"] == "failed"
    assert states["丁公司", "email"] == "delivered", "one of its two addresses is enough"
    missing = {house.by_proxy.pk, house.silent.pk, house.landline.pk}
    assert set(notices.not_reached(notice)) == missing

    Post.broken, Post.sent = set(), []
    Creditor.objects.filter(pk=house.silent.pk).update(phone="13900000002")
    viewer = world.viewer(house.administrator, house.meeting)
    assert notices.send_again(notice, viewer) == 2
    notice_delivery.carry_out(notice.pk)
    assert sorted(one.to for one in Post.sent) == ["13900000002", "law@example.cn"]
    states = house.states(notice)
    assert states["戊公司", "email"] == "delivered"
    assert states["=乙公司", "sms"] == "delivered"
    assert ("=乙公司", "") not in states
    assert notices.not_reached(notice) == [house.landline.pk]


def test_what_a_restart_left_waiting_goes_out(house: House) -> None:
    with clock.set_to(NOW):
        house.send()
    with clock.set_to(NOW + timedelta(seconds=30)):
        notice_delivery.pick_up(house.meeting.pk)
        assert Post.sent == [], "its own process may still be at it"
    with clock.set_to(NOW + timedelta(seconds=61)):
        assert notice_delivery.pick_up in registry.watches()
        notice_delivery.pick_up(house.meeting.pk)
    assert len(Post.sent) == 4
    assert notice_delivery.pick_up(house.meeting.pk) is None


def test_the_command_sends_what_waits(house: House) -> None:
    house.send()
    said = io.StringIO()
    call_command("send_notices", stdout=said)
    assert said.getvalue() == "4 messages waited\n"
    assert len(Post.sent) == 4


def test_a_message_whose_sender_died_is_not_sent_again_by_itself(house: House) -> None:
    with clock.set_to(NOW):
        notice = house.send()
        lost = NoticeMessage.objects.filter(notice=notice, address="law@example.cn")
        lost.update(state=MessageState.SENDING)
        notice_delivery.carry_out(notice.pk)
        assert house.states(notice)["戊公司", "email"] == "queued"
    with clock.set_to(NOW + timedelta(minutes=11)):
        notice_delivery.pick_up(house.meeting.pk)
    assert house.states(notice)["戊公司", "email"] == "failed"
    assert "law@example.cn" not in {one.to for one in Post.sent}


def test_fifteen_days_run_from_the_creditors_own_delivery(house: House) -> None:
    Post.broken = {"13800000001"}
    li = world.make_person(house.case, "creditor", house.both)
    with clock.set_to(NOW):
        seq, before = world.take_snapshot(li, house.meeting)
        staff_seq, staff = world.take_snapshot(house.administrator, house.meeting)
        notice = house.send("result", resolution=7)
        notice_delivery.carry_out(notice.pk)
    own = world.take_snapshot(li, house.meeting)[1]["my_notices"]
    told = own[str(house.both.pk)][str(notice.pk)]
    # 23:30 of 2 March in Beijing: the fifteenth day after it is 17 March, to its end.
    assert told["deadline"] == "2026-03-17T15:59:59.000Z"
    assert told["delivered_at"] == clock.rfc3339(NOW)
    assert list(own) == [str(house.both.pk)]
    followed = world.catch_up(li, house.meeting, seq, before)
    assert followed["my_notices"] == own
    fresh = world.take_snapshot(house.administrator, house.meeting)[1]
    assert fresh["notices"][str(notice.pk)] == {
        "id": notice.pk, "kind": "result", "resolution": 7, "subject": "通知",
        "at": clock.rfc3339(NOW), "delivered": 3, "posted": 0, "queued": 0, "failed": 0,
        "unreachable": 2, "total": 5,
    }  # fmt: skip
    assert world.catch_up(house.administrator, house.meeting, staff_seq, staff) == fresh
    assert fresh["my_notices"] == {}


def test_no_period_runs_from_a_notice_of_the_meeting_or_an_unsent_one(house: House) -> None:
    li = world.make_person(house.case, "creditor", house.both)
    first = house.send("meeting")
    notice_delivery.carry_out(first.pk)
    waiting = house.send("result")
    own = world.take_snapshot(li, house.meeting)[1]["my_notices"][str(house.both.pk)]
    assert own[str(first.pk)]["deadline"] is None
    assert own[str(first.pk)]["delivered_at"] is not None
    assert own[str(waiting.pk)]["delivered_at"] is None
    assert own[str(waiting.pk)]["deadline"] is None


def test_those_not_reached_are_listed_for_post_and_marked(house: House) -> None:
    with clock.set_to(NOW):
        notice = house.send()
        notice_delivery.carry_out(notice.pk)
        client = house.client(house.administrator)
        table = client.get(house.url(f"{notice.pk}/unreached.csv")).content.decode("utf-8-sig")
        assert "'=乙公司" in table
        assert "'+李" in table
        assert "甲公司" not in table
        book = load_workbook(
            io.BytesIO(client.get(house.url(f"{notice.pk}/unreached.xlsx")).content)
        )
        cells = [cell for row in book.active.iter_rows() for cell in row]
        assert "f" not in {cell.data_type for cell in cells}, "no formula"
        assert [row[1].value for row in book.active.iter_rows(min_row=2)] == ["'=乙公司", "丙公司"]
        assert client.get(house.url(f"{notice.pk}/unreached.pdf")).status_code == 404

        wrong = client.post(
            house.url(f"{notice.pk}/posted/"),
            {"day": "2026-03-04", "creditors": [house.silent.pk]},
        )
        assert wrong.status_code == 400, "tomorrow"
        refused = client.post(
            house.url(f"{notice.pk}/posted/"),
            {"day": "2026-03-02", "creditors": [house.both.pk]},
        )
        assert refused.status_code == 400, "it reached 甲公司"
        client.post(
            house.url(f"{notice.pk}/posted/"),
            {"day": "2026-03-02", "creditors": [house.silent.pk]},
        )
    posted = Delivery.objects.get(notice=notice, state=DeliveryState.POSTED)
    assert posted.creditor == house.silent
    assert posted.channel == "post"
    assert posted.by == house.administrator
    assert notices.not_reached(notice) == [house.landline.pk]


def test_the_page_sends_the_edited_text_once(house: House) -> None:
    with clock.set_to(NOW):
        client = house.client(house.administrator)
        page = client.get(house.url()).content.decode()
        assert "须在 5 日内发送" in page
        sent = {
            "draft": "meeting", "meeting-subject": "会议通知（更正）",
            "meeting-text": "请准时参加。", "meeting-after": "0",
        }  # fmt: skip
        answer = client.post(house.url(), sent)
        notice = Notice.objects.get(meeting=house.meeting)
        assert answer.headers["Location"] == house.url(f"{notice.pk}/")
        assert (notice.subject, notice.text) == ("会议通知（更正）", "请准时参加。")
        twice = client.post(house.url(), sent)
        assert twice.status_code == 400
        assert "刚才已经发送过" in twice.content.decode()
        assert Notice.objects.filter(meeting=house.meeting).count() == 1
        empty = client.post(house.url(), {**sent, "meeting-text": " "})
        assert empty.status_code == 400
        assert client.post(house.url(), {**sent, "draft": "other"}).status_code == 400


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (15, "今天是满足十五日通知期的最后一天"),
        (14, "差 1 日"),
        (3, "差 12 日"),
    ],
)
def test_a_late_notice_is_said_to_be_late_and_by_how_much(
    house: House, days: int, said: str
) -> None:
    # 00:10 in Beijing of that day: days are counted by the court's calendar.
    moment = datetime(2026, 3, 22, 16, 10, tzinfo=UTC) - timedelta(days=days)
    house.meeting.starts_at = datetime(2026, 3, 23, 1, 0, tzinfo=UTC)
    house.meeting.save()
    with clock.set_to(moment):
        assert said in house.client(house.administrator).get(house.url()).content.decode()


def test_bad_notices_are_refused_by_name(house: House) -> None:
    everybody = [house.both.pk]
    for kind, subject, text, said in (
        ("rumour", "通知", "内容", "rumour"),
        ("meeting", " ", "内容", "标题"),
        ("meeting", "x" * 201, "内容", "标题"),
        ("meeting", "一\n二", "内容", "一行"),
        ("meeting", "通知", "", "内容"),
        ("meeting", "通知", "长" * 8001, "内容"),
    ):
        with pytest.raises(Refused) as refused:
            notices.send(house.meeting, kind, everybody, subject, text, by=None)
        assert said in refused.value.message
    elsewhere = world.make_creditor(world.make_case())
    with pytest.raises(Refused):
        notices.send(house.meeting, "meeting", [elsewhere.pk], "通知", "内容", by=None)
    Meeting.objects.filter(pk=house.meeting.pk).update(state="draft")
    with pytest.raises(Refused, match="筹备"):
        house.send()
    assert not Notice.objects.exists()


def test_messages_lie_in_the_outbox_where_there_is_no_provider(
    house: House, settings: Any, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path
    settings.MESSAGE_SENDER = "creditor_meetings.cases.sending.OutboxSender"
    sending._sender.cache_clear()
    notice = house.send()
    notice_delivery.carry_out(notice.pk)
    files = sorted((tmp_path / "outbox").glob("*.txt"))
    assert len(files) == 4
    assert all("会议于二十日召开。" in file.read_text(encoding="utf-8") for file in files)


def test_a_posted_day_is_of_the_calendar(house: House) -> None:
    with clock.set_to(NOW):
        notice = house.send()
        notice_delivery.carry_out(notice.pk)
        viewer = world.viewer(house.administrator, house.meeting)
        notices.mark_posted(notice, [house.silent.pk], date(2026, 3, 2), viewer)
        with pytest.raises(Refused, match="日期"):
            notices.mark_posted(notice, [house.landline.pk], date(2026, 3, 1), viewer)
    entry = LedgerEntry.objects.filter(kind="notice_delivered").latest("position").body
    assert entry["creditors"] == [
        {
            "creditor": house.silent.pk,
            "channel": "post",
            "state": "posted",
            "at": "2026-03-01T16:00:00.000Z",
        }
    ]
