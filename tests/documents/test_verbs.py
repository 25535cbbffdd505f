"""Uploading, handing out and opening: what is kept, and what each room is told."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.files.content import BadFile
from creditor_meetings.meetings.attachments import attachment, attachments
from creditor_meetings.realtime import commands
from creditor_meetings.realtime.log import events_after
from documents import store, verbs
from documents.models import Document, Opening, Reader
from tests.documents import papers
from tests.documents.conftest import ROLES, STAFF, House
from tests.support import world


def test_an_upload_lies_under_its_hash_outside_static(
    house: House, stored: Callable[[], list[Path]]
) -> None:
    document = house.upload(address="192.0.2.7")
    digest = hashlib.sha256(papers.report()).hexdigest()
    assert document.sha256 == digest
    assert store.path_of(digest).read_bytes() == papers.report()
    assert stored() == [store.path_of(digest)]
    assert (document.kind, document.pages, document.size) == ("pdf", 3, len(papers.report()))
    assert (document.title, document.file_name) == ("工作报告", "工作报告.pdf")
    assert (document.uploaded_by.name, document.uploaded_from) == ("administrator", "192.0.2.7")
    assert document.handed_out_at is None


def test_the_same_bytes_are_kept_once(house: House, stored: Callable[[], list[Path]]) -> None:
    assert house.upload().pk != house.upload(name="另一份.pdf").pk
    assert len(stored()) == 1


@pytest.mark.parametrize("what", ["empty", "pdf cut in half", "picture bomb", "encrypted pdf"])
def test_a_bad_file_leaves_nothing(
    what: str, house: House, stored: Callable[[], list[Path]]
) -> None:
    name, data, _said = papers.bad_file(what)
    from django.core.files.base import ContentFile

    with pytest.raises(BadFile):
        verbs.upload_document(
            house.meeting, ContentFile(data, name=name), house.viewer("administrator")
        )
    assert not Document.objects.exists()
    assert stored() == []


def test_a_file_over_the_limit_is_refused(house: House, settings, stored) -> None:
    settings.DOCUMENT_MAX_BYTES = 1000
    with pytest.raises(BadFile, match="超过上限"):
        house.upload()
    assert stored() == []


@pytest.mark.parametrize("role", sorted(set(ROLES) - {"administrator"}))
def test_only_the_administrator_uploads(role: str, house: House) -> None:
    with pytest.raises(Refused) as refused:
        house.upload(role=role)
    assert refused.value.code == "not_allowed"


@pytest.mark.parametrize("role", ROLES)
def test_the_administrator_and_the_judge_hand_out(role: str, house: House) -> None:
    document = house.upload()
    if role in ("administrator", "judge"):
        assert house.hand_out(document, role).handed_out_by == house.people[role]
    else:
        with pytest.raises(Refused):
            house.hand_out(document, role)
        document.refresh_from_db()
        assert document.handed_out_at is None


def test_handing_out_twice_tells_once(house: House) -> None:
    document = house.upload()
    first = house.hand_out(document).handed_out_at
    seq = len(events_after(house.meeting.pk, 0))
    assert house.hand_out(document, "judge").handed_out_at == first
    assert len(events_after(house.meeting.pk, 0)) == seq


def test_handing_out_brings_a_notice_to_all(house: House) -> None:
    document = house.hand_out(house.upload())
    event = events_after(house.meeting.pk, 0)[-1]
    assert event.audience == "all"
    assert event.data["notice"] == {
        "kind": "document",
        "document": document.pk,
        "title": "工作报告",
    }


def test_whoever_comes_later_finds_what_was_handed_out_before(house: House) -> None:
    document, waiting = house.hand_out(house.upload()), house.upload(name="草稿.pdf")
    for role in ROLES:
        _seq, state = world.take_snapshot(house.people[role], house.meeting)
        seen = {int(pk) for pk in state["documents"]}
        assert seen == ({document.pk, waiting.pk} if role in STAFF else {document.pk})


def test_all_that_waits_is_handed_out_at_once(house: House) -> None:
    house.hand_out(house.upload())
    waiting = [house.upload(name=f"{n}.pdf").pk for n in range(3)]
    done = verbs.hand_out_all(house.meeting, house.viewer("judge"))
    assert [one.pk for one in done] == waiting
    assert not Document.objects.filter(handed_out_at=None).exists()


def test_a_document_stands_at_an_item_of_its_own_meeting_only(house: House) -> None:
    item = house.meeting.items.first()
    assert item is not None
    assert house.upload(item_id=item.pk).item == item
    other = world.make_meeting(house.meeting.case).items.first()
    assert other is not None
    with pytest.raises(Refused, match="没有这项议程"):
        house.upload(item_id=other.pk)


def test_another_meetings_document_cannot_be_handed_out_here(house: House) -> None:
    document = house.upload()
    other = world.make_meeting(house.meeting.case)
    viewer = world.viewer(house.people["administrator"], other)
    with pytest.raises(Refused, match="没有这个文件"):
        verbs.hand_out_document(other, document.pk, viewer)


def test_what_was_handed_out_cannot_be_taken_back(house: House) -> None:
    document = house.hand_out(house.upload())
    with pytest.raises(Refused, match="已经发放"):
        verbs.remove_document(house.meeting, document.pk, house.viewer("administrator"))


def test_openings_are_on_record_and_the_first_is_told(house: House) -> None:
    document = house.hand_out(house.upload())
    seq = events_after(house.meeting.pk, 0)[-1].seq
    viewer = house.viewer("creditor")
    where = {"address": "192.0.2.9", "device": "Firefox"}
    assert verbs.note_opened(document, viewer, **where) is True
    assert verbs.note_opened(document, viewer, **where) is False
    assert verbs.note_downloaded(document, viewer, **where) is False
    rows = list(Opening.objects.values_list("person__name", "access", "address", "device"))
    assert rows == [
        ("creditor", access, "192.0.2.9", "Firefox")
        for access in ("opened", "opened", "downloaded")
    ]
    assert [one.audience for one in events_after(house.meeting.pk, seq)] == [
        f"person:{viewer.person.pk}",
        "staff",
    ]
    assert Reader.objects.get().first_opened_at == Opening.objects.earliest("at").at


def test_the_teams_own_looking_does_not_count_as_read(house: House) -> None:
    document = house.hand_out(house.upload())
    for role in ROLES:
        verbs.note_opened(document, house.viewer(role))
    _seq, state = world.take_snapshot(house.people["judge"], house.meeting)
    assert state["reading"] == {str(document.pk): {"readers": len(ROLES) - len(STAFF)}}


def test_rooms_follow_every_step(house: House) -> None:
    before = {role: world.take_snapshot(house.people[role], house.meeting) for role in ROLES}
    item = house.meeting.items.last()
    assert item is not None
    document = house.upload(item_id=item.pk)
    gone = house.upload(name="误传.pdf")
    verbs.note_opened(gone, house.viewer("clerk"))
    verbs.describe_anew(
        house.meeting, document.pk, house.viewer("administrator"), title="新题", item_id=item.pk
    )
    house.hand_out(document)
    verbs.remove_document(house.meeting, gone.pk, house.viewer("administrator"))
    for role in ("creditor", "debtor", "judge", "creditor"):
        verbs.note_opened(document, house.viewer(role))
    item.delete()
    for role in ROLES:
        person = house.people[role]
        _seq, fresh = world.take_snapshot(person, house.meeting)
        followed = world.catch_up(person, house.meeting, *before[role])
        for section in ("documents", "my_reading", "reading"):
            assert followed[section] == fresh[section], (role, section)
        assert fresh["documents"][str(document.pk)]["item"] is None
        assert fresh["documents"][str(document.pk)]["title"] == "新题"


def test_the_command_hands_out_once_however_often_it_is_sent(house: House) -> None:
    document = house.upload()
    context = world.context(house.people["judge"], house.meeting, "once")
    for _ in range(2):
        reply = commands.carry_out(context, "hand_out_document", {"document": document.pk})
        assert reply["ok"], reply
    document.refresh_from_db()
    assert document.handed_out_from == "192.0.2.7"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, "document"),
        ({"document": "1"}, "document"),
        ({"document": 10**9}, "没有这个文件"),
        ({"document": 1, "more": 1}, "more"),
    ],
)
def test_a_bad_command_says_what_is_wrong(data: dict, said: str, house: House) -> None:
    context = world.context(house.people["judge"], house.meeting)
    reply = commands.carry_out(context, "hand_out_document", data)
    assert reply["error"]["code"] == "bad_request"
    assert said in reply["error"]["message"]


def test_other_rooms_attach_documents_without_knowing_this_one(house: House) -> None:
    document = house.upload()
    listed = attachments(house.meeting)
    assert [(one.id, one.title, one.handed_out) for one in listed] == [
        (document.pk, "工作报告", False)
    ]
    assert listed[0].url == house.url(document)
    other = world.make_meeting(house.meeting.case)
    assert attachment(other, document.pk) is None
