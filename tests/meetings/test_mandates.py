"""Powers of attorney: who may hand one in, who looks at it, what it is good for, when it ends."""

import io
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from PIL import Image
from pypdf import PdfWriter

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import viewer_for
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.files import scans
from creditor_meetings.cases.files.content import BadFile
from creditor_meetings.cases.models import Case, CaseRole, Creditor, Person
from creditor_meetings.meetings import mandates
from creditor_meetings.meetings import verbs as meeting_verbs
from creditor_meetings.meetings.models import Mandate, Meeting
from tests.support import world
from tests.whole.addresses import session_of

pytestmark = pytest.mark.django_db


@dataclass
class House:
    """A case with a creditor, its agent who handed nothing in yet, and the others."""

    case: Case
    meeting: Meeting
    own: Creditor
    other: Creditor
    creditor: Person
    agent: Person
    stranger: Person
    administrator: Person
    judge: Person

    def submit(self, by: Person | None = None, **values: Any) -> Mandate:
        """Hand a power of attorney in, by the agent unless said otherwise."""
        given = {"creditor_id": self.own.pk, "person_id": self.agent.pk, **values}
        upload = given.pop("upload", None) or pdf()
        return mandates.submit_mandate(self.case, upload, self.seen(by or self.agent), **given)

    def seen(self, person: Person) -> Any:
        """The case as a person sees it."""
        return viewer_for(person, self.case)

    def accepted(self, **values: Any) -> Mandate:
        """Hand one in and accept it."""
        made = self.submit(**values)
        return mandates.accept_mandate(self.case, made.pk, self.seen(self.administrator))

    def ledger(self, meeting: Meeting | None = None) -> list[tuple[str, int, str]]:
        """What the record says of mandates: kind, number, state."""
        entries = (meeting or self.meeting).ledger.filter(kind__startswith="mandate_")
        return [(one.kind, one.body["mandate"], one.body["state"]) for one in entries]


@pytest.fixture
def house() -> House:
    case = world.make_case()
    own, other = world.make_creditor(case, "云江油墨"), world.make_creditor(case, "平阳包装")
    return House(
        case=case,
        meeting=world.make_meeting(case),
        own=own,
        other=other,
        creditor=world.make_person(case, "creditor", own),
        agent=world.make_person(case, "proxy", own, "周代理", mandate=False),
        stranger=world.make_person(case, "proxy", other),
        administrator=world.make_person(case, "administrator"),
        judge=world.make_person(case, "judge"),
    )


def pdf(pages: int = 1, name: str = "授权委托书.pdf") -> SimpleUploadedFile:
    """A real PDF."""
    writer, out = PdfWriter(), io.BytesIO()
    for _number in range(pages):
        writer.add_blank_page(width=595, height=842)
    writer.write(out)
    return SimpleUploadedFile(name, out.getvalue(), "application/pdf")


def picture(kind: str, name: str) -> SimpleUploadedFile:
    """A real picture."""
    out = io.BytesIO()
    Image.new("RGB", (60, 80), "white").save(out, kind)
    return SimpleUploadedFile(name, out.getvalue())


def client_of(person: Person) -> Client:
    """A browser in which the person is signed in."""
    client = Client()
    client.cookies["sessionid"] = session_of(person)
    return client


def vote(house: House, person: Person, poll: Any, creditor: Creditor | None = None) -> Any:
    return world.cast(person, poll, "for", creditor)


def test_it_is_handed_in_accepted_and_good_for_a_vote(house: House) -> None:
    poll = world.open_poll(world.make_resolution(house.meeting), house.judge)
    with pytest.raises(Refused):
        vote(house, house.agent, poll)
    made = house.submit()
    with pytest.raises(Refused):
        vote(house, house.agent, poll)
    mandates.accept_mandate(house.case, made.pk, house.seen(house.administrator))
    vote(house, house.agent, poll)
    assert poll.ballots.get(effective=True).mandate == made
    assert scans.path_of(mandates.ROOM, made.sha256).read_bytes().startswith(b"%PDF-")
    assert house.ledger() == [
        ("mandate_submitted", made.pk, "submitted"),
        ("mandate_accepted", made.pk, "accepted"),
    ]


@pytest.mark.parametrize("who", ["creditor", "administrator", "agent"])
def test_creditor_agent_and_administrator_may_hand_it_in(house: House, who: str) -> None:
    made = house.submit(getattr(house, who))
    assert (made.creditor, made.person, made.state) == (house.own, house.agent, "submitted")


@pytest.mark.parametrize("who", ["stranger", "judge"])
def test_others_may_not(house: House, who: str) -> None:
    with pytest.raises(Refused) as refusal:
        house.submit(getattr(house, who))
    assert refusal.value.code == "not_allowed"
    assert not Mandate.objects.filter(state="submitted").exists()


def test_an_agent_hands_in_nothing_for_a_colleague(house: House) -> None:
    colleague = world.make_person(house.case, "proxy", house.own, mandate=False)
    with pytest.raises(Refused) as refusal:
        house.submit(person_id=colleague.pk)
    assert refusal.value.code == "not_allowed"


def test_a_proxy_for_a_stranger_is_refused(house: House) -> None:
    elsewhere = world.make_creditor(world.make_case())
    for values, said in (
        ({"creditor_id": elsewhere.pk}, "不属于本案"),
        ({"person_id": house.stranger.pk}, "登记的代理人"),
        ({"person_id": house.judge.pk}, "登记的代理人"),
        ({"meeting_id": world.make_meeting(elsewhere.case).pk}, "没有这次会议"),
    ):
        with pytest.raises(Refused, match=said):
            house.submit(house.administrator, **values)


def test_who_is_no_longer_the_proxy_is_not_accepted(house: House) -> None:
    made = house.submit()
    CaseRole.objects.filter(person=house.agent).update(active=False)
    with pytest.raises(Refused, match="登记的代理人"):
        mandates.accept_mandate(house.case, made.pk, house.seen(house.administrator))


@pytest.mark.parametrize(
    ("upload", "said"),
    [
        (SimpleUploadedFile("委托书.pdf", b""), "空的"),
        (SimpleUploadedFile("委托书.pdf", b"%PDF-1.7 broken\n%%EOF"), "损坏"),
        (SimpleUploadedFile("委托书.docx", b"PK\x03\x04" + b"x" * 60), "PDF、JPEG、PNG"),
        (picture("WEBP", "委托书.webp"), "PDF、JPEG、PNG"),
        (picture("PNG", "委托书.pdf"), "PNG"),
        (SimpleUploadedFile("大.pdf", b"%PDF-" + b"0" * (scans.MAX_BYTES + 1)), "20 MB"),
    ],
    ids=["empty", "broken", "archive", "webp", "wrong name", "large"],
)
def test_a_scan_that_is_none_is_refused(
    house: House, upload: Any, said: str, settings: Any, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path
    with pytest.raises(BadFile, match=said):
        house.submit(upload=upload)
    assert not Mandate.objects.filter(state="submitted").exists()
    assert not list(scans.path_of(mandates.ROOM, "incoming").glob("*"))


@pytest.mark.parametrize(("kind", "name"), [("JPEG", "扫描.jpg"), ("PNG", "扫描.png")])
def test_pictures_are_scans_too(house: House, kind: str, name: str) -> None:
    assert house.submit(upload=picture(kind, name)).content_type == f"image/{kind.lower()}"


def test_one_at_a_time_waits(house: House) -> None:
    first = house.submit()
    with pytest.raises(Refused, match="待审核"):
        house.submit(house.creditor)
    mandates.revoke_mandate(house.case, first.pk, house.seen(house.agent))
    assert house.submit().state == "submitted"


def test_the_past_and_unknown_powers_are_refused(house: House) -> None:
    with pytest.raises(Refused, match="今天或以后"):
        house.submit(valid_until=clock.now() - timedelta(seconds=1))
    for powers in ([0], [12]):
        with pytest.raises(Refused, match=f"“{powers[0]}”"):
            house.submit(powers=powers)
    assert house.submit(powers=[9, 8, 9]).powers == [8, 9]


def test_the_administrator_alone_decides_once_and_with_reasons(house: House) -> None:
    made = house.submit()
    for person in (house.judge, house.creditor, house.agent):
        with pytest.raises(Refused) as refusal:
            mandates.accept_mandate(house.case, made.pk, house.seen(person))
        assert refusal.value.code == "not_allowed"
    seen = house.seen(house.administrator)
    with pytest.raises(Refused, match="理由"):
        mandates.refuse_mandate(house.case, made.pk, seen, "")
    mandates.refuse_mandate(house.case, made.pk, seen, "没有盖章")
    with pytest.raises(Refused, match="未认可"):
        mandates.accept_mandate(house.case, made.pk, seen)
    assert house.ledger()[-1] == ("mandate_refused", made.pk, "refused")


def test_a_mandate_of_another_case_is_none_of_ours(house: House) -> None:
    made = house.submit()
    other = world.make_case()
    administrator = world.make_person(other, "administrator")
    with pytest.raises(Refused, match="本案没有"):
        mandates.accept_mandate(other, made.pk, viewer_for(administrator, other))


def test_revoked_it_is_good_for_nothing_more(house: House) -> None:
    made = house.accepted()
    with pytest.raises(Refused, match="理由"):
        mandates.revoke_mandate(house.case, made.pk, house.seen(house.administrator))
    with pytest.raises(Refused) as refusal:
        mandates.revoke_mandate(house.case, made.pk, house.seen(house.agent))
    assert refusal.value.code == "not_allowed"
    mandates.revoke_mandate(house.case, made.pk, house.seen(house.creditor))
    poll = world.open_poll(world.make_resolution(house.meeting), house.judge)
    with pytest.raises(Refused):
        vote(house, house.agent, poll)
    with pytest.raises(Refused, match="已撤销"):
        mandates.revoke_mandate(house.case, made.pk, house.seen(house.creditor))


def test_used_in_an_open_poll_it_is_revoked_after_voting_in_person(house: House) -> None:
    made = house.accepted()
    poll = world.open_poll(world.make_resolution(house.meeting, title="变价方案"), house.judge)
    vote(house, house.agent, poll)
    with pytest.raises(Refused, match="“变价方案”"):
        mandates.revoke_mandate(house.case, made.pk, house.seen(house.creditor))
    vote(house, house.creditor, poll)
    mandates.revoke_mandate(house.case, made.pk, house.seen(house.creditor))
    assert Mandate.objects.get(pk=made.pk).state == "revoked"


def test_after_the_close_revoking_leaves_the_ballot_and_ends_the_authority(house: House) -> None:
    made = house.accepted()
    poll = world.open_poll(world.make_resolution(house.meeting), house.judge)
    vote(house, house.agent, poll)
    world.close_poll(poll, house.judge)
    mandates.revoke_mandate(house.case, made.pk, house.seen(house.creditor))
    assert poll.ballots.get(effective=True).person == house.agent
    later = world.open_poll(world.make_resolution(house.meeting), house.judge)
    with pytest.raises(Refused):
        vote(house, house.agent, later)


def test_every_meeting_concerned_has_it_on_record(house: House) -> None:
    draft = world.make_meeting(house.case, state="draft")
    convened = world.make_meeting(house.case, state="convened")
    closed = world.make_meeting(house.case, state="closed")
    everywhere = house.submit()
    once = house.submit(meeting_id=convened.pk)
    assert [pk for _kind, pk, _state in house.ledger()] == [everywhere.pk]
    assert [pk for _kind, pk, _state in house.ledger(convened)] == [everywhere.pk, once.pk]
    assert house.ledger(draft) == house.ledger(closed) == []
    seen = house.seen(house.administrator)
    mandates.accept_mandate(house.case, everywhere.pk, seen)
    meeting_verbs.change_state(draft, "convened", seen)
    # What stood before the meeting was convened begins its record.
    assert house.ledger(draft) == [
        ("mandate_accepted", pk, "accepted")
        for pk in Mandate.objects.filter(meeting=None, state="accepted").values_list(
            "pk", flat=True
        )
    ]


def test_everybody_concerned_learns_of_it_and_no_other(house: House) -> None:
    people = {
        "administrator": house.administrator,
        "creditor": house.creditor,
        "agent": house.agent,
        "stranger": house.stranger,
        "observer": world.make_person(house.case, "observer"),
    }
    poll = world.open_poll(world.make_resolution(house.meeting), house.judge)
    made: list[int] = []

    def submit() -> None:
        made.append(house.submit().pk)

    def accept() -> None:
        mandates.accept_mandate(house.case, made[0], house.seen(house.administrator))

    def cast() -> None:
        vote(house, house.agent, poll)

    for act in (submit, accept, cast):
        before = {name: world.take_snapshot(one, house.meeting) for name, one in people.items()}
        with transaction.atomic():
            act()
        for name, one in people.items():
            current = world.catch_up(one, house.meeting, *before[name])
            fresh = world.take_snapshot(one, house.meeting)[1]
            assert current["mandates"] == fresh["mandates"], (act, name)
            assert current["represented"] == fresh["represented"], (act, name)
            shown = str(made[0]) in fresh["mandates"]
            assert shown == (name in ("administrator", "creditor", "agent")), name
    seen = world.take_snapshot(house.agent, house.meeting)[1]
    assert seen["mandates"][str(made[0])]["used"] is True
    assert seen["represented"][str(house.own.pk)]["mandate"]["state"] == "accepted"
    principal = world.take_snapshot(house.creditor, house.meeting)[1]
    assert principal["represented"][str(house.own.pk)]["mandate"] is None


# --- Pages ----------------------------------------------------------------------------------


def form(house: House, **values: Any) -> dict[str, Any]:
    pair = f"{house.own.pk}:{house.agent.pk}"
    return {"pair": pair, "scope": "all", "file": pdf(), "meeting": "", **values}


def address(house: House, more: str = "") -> str:
    return f"/cases/{house.case.pk}/mandates/{more}"


def test_the_page_takes_a_mandate_and_shows_it_to_whom_it_concerns(house: House) -> None:
    sent = form(house, scope="chosen", powers=["9"], valid_until="2099-12-31")
    response = client_of(house.agent).post(address(house), sent)
    assert response.status_code == 302
    made = Mandate.objects.get(state="submitted")
    assert made.powers == [9]
    # The whole of the last day, by the court's clock.
    assert clock.rfc3339(made.valid_until) == "2099-12-31T15:59:59.000Z"
    for person, shown in ((house.administrator, True), (house.stranger, False)):
        page = client_of(person).get(address(house)).content.decode()
        assert ("周代理" in page) is shown
    link = address(house, f"{made.pk}/file/")
    for person, status in (
        (house.judge, 200), (house.creditor, 200), (house.agent, 200), (house.stranger, 403),
    ):  # fmt: skip
        assert client_of(person).get(link).status_code == status
    outsider = world.make_person(world.make_case(), "administrator")
    assert client_of(outsider).get(link).status_code == 404


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"file": ""}, "请选择授权委托书的扫描件"),
        ({"scope": "chosen"}, "至少选择一项"),
        ({"powers": ["9"]}, "已勾选具体事项"),
        ({"pair": "1:1"}, "1:1"),
        ({"valid_until": "2001-01-01"}, "今天或以后"),
        ({"file": SimpleUploadedFile("坏.pdf", b"%PDF-1.4")}, "不完整或已损坏"),
    ],
)
def test_the_page_says_what_is_wrong(house: House, values: dict[str, Any], said: str) -> None:
    response = client_of(house.agent).post(address(house), form(house, **values))
    assert response.status_code == 400
    assert said in response.content.decode()
    assert not Mandate.objects.filter(state="submitted").exists()


def test_the_administrator_decides_on_the_page(house: House) -> None:
    made = house.submit()
    client = client_of(house.administrator)
    decide = address(house, f"{made.pk}/decide/")
    page = client.post(decide, {"action": "refuse", "reason": " "}, follow=True).content.decode()
    assert "请写明理由" in page
    client.post(decide, {"action": "accept"})
    assert Mandate.objects.get(pk=made.pk).state == "accepted"
    assert client_of(house.agent).post(decide, {"action": "accept"}).status_code == 403
    assert client_of(house.stranger).post(decide, {"action": "revoke"}).status_code == 403
    client_of(house.creditor).post(decide, {"action": "revoke", "reason": "改由本人出席"})
    assert Mandate.objects.get(pk=made.pk).state == "revoked"
