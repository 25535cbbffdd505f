"""Versions: a new one hides no old one, and what a vote was on stays with the vote."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from creditor_meetings.cases.errors import Refused
from creditor_meetings.meetings.attachments import attachment, uses
from creditor_meetings.realtime.log import events_after
from documents import verbs, with_items
from documents.models import Document
from tests.documents import papers
from tests.documents.conftest import ROLES, STAFF, House
from tests.support import world
from voting.models import LedgerEntry

FOLLOWED = ("documents", "document_findings", "my_reading", "reading")


def _state(house: House, role: str) -> dict:
    _seq, state = world.take_snapshot(house.people[role], house.meeting)
    return state


def _new(house: House, before: Document, pages: int, **more: object) -> Document:
    return house.upload(papers.blank_pdf(pages), name=f"{pages}.pdf", replaces_id=before.pk, **more)


def test_a_new_version_is_a_document_of_its_own(house: House) -> None:
    item = house.meeting.items.first()
    assert item is not None
    first = house.hand_out(house.upload(item_id=item.pk))
    second = _new(house, first, 2)
    assert (second.version, second.replaces, second.title) == (2, first, first.title)
    assert second.item == item
    assert second.handed_out_at is None
    # Creditors know of it once they have it.
    assert set(_state(house, "creditor")["documents"]) == {str(first.pk)}
    assert _state(house, "creditor")["documents"][str(first.pk)]["replaced_by"] is None
    assert _state(house, "judge")["documents"][str(second.pk)]["replaces"] == first.pk

    house.hand_out(second)
    seen = _state(house, "creditor")["documents"]
    assert seen[str(first.pk)]["replaced_by"] == second.pk
    assert seen[str(second.pk)]["replaces"] == first.pk
    client = house.client("creditor")
    for one in (first, second):
        assert client.get(house.url(one)).status_code == 200
    page = client.get(house.url()).content.decode()
    assert page.index(house.url(second)) < page.index(house.url(first)) < page.index("旧版本")


def test_whichever_is_pointed_at_the_new_one_follows_the_newest(house: House) -> None:
    first = house.upload()
    second = _new(house, first, 1)
    third = _new(house, first, 2)
    assert (third.version, third.replaces) == (3, second)


def test_a_draft_between_is_known_to_the_team_alone(house: House) -> None:
    first = house.hand_out(house.upload())
    second = _new(house, first, 1)
    third = house.hand_out(_new(house, second, 2))
    seen = _state(house, "creditor")["documents"]
    assert set(seen) == {str(first.pk), str(third.pk)}
    assert seen[str(first.pk)]["replaced_by"] == third.pk
    assert seen[str(third.pk)]["replaces"] == first.pk
    text = json.dumps(seen) + house.client("creditor").get(house.url()).content.decode()
    assert f"/documents/{second.pk}/" not in text


def test_what_is_taken_back_leaves_no_gap(house: House) -> None:
    first = house.hand_out(house.upload())
    second = _new(house, first, 1)
    third = _new(house, second, 2)
    verbs.remove_document(house.meeting, second.pk, house.viewer("administrator"))
    third.refresh_from_db()
    assert third.replaces == first
    verbs.remove_document(house.meeting, third.pk, house.viewer("administrator"))
    assert _new(house, first, 3).replaces == first


def test_rooms_follow_versions(house: House) -> None:
    before = {role: world.take_snapshot(house.people[role], house.meeting) for role in ROLES}

    def check() -> None:
        for role in ROLES:
            person = house.people[role]
            fresh = _state(house, role)
            followed = world.catch_up(person, house.meeting, *before[role])
            for section in FOLLOWED:
                assert followed[section] == fresh[section], (role, section)

    first = house.upload()
    second = _new(house, first, 1)
    check()
    third = house.hand_out(_new(house, second, 2))
    check()
    house.hand_out(first)
    check()
    fourth = _new(house, third, 3)
    fifth = _new(house, fourth, 4)
    check()
    verbs.remove_document(house.meeting, fourth.pk, house.viewer("administrator"))
    check()
    house.hand_out(fifth)
    house.hand_out(second)
    check()


def test_of_drafts_the_newest_goes_out(house: House) -> None:
    item = house.meeting.items.last()
    assert item is not None
    first = house.upload(item_id=item.pk)
    viewer = house.viewer("judge")
    with_items.wait_for_item(house.meeting, first.pk, viewer, waits=True)
    before = {role: world.take_snapshot(house.people[role], house.meeting) for role in ROLES}
    second = _new(house, first, 1)
    first.refresh_from_db()
    assert (first.with_item, second.with_item) == (False, True)
    assert verbs.hand_out_all(house.meeting, viewer) == [second]
    for role in ROLES:
        followed = world.catch_up(house.people[role], house.meeting, *before[role])
        assert followed["documents"] == _state(house, role)["documents"]


def test_what_was_found_is_told_to_the_team_alone(house: House) -> None:
    from tests.documents import hostile

    before = {role: world.take_snapshot(house.people[role], house.meeting) for role in ROLES}
    document = house.hand_out(house.upload(hostile.pdf_with(hostile.launch), name="a.pdf"))
    for role in ROLES:
        fresh = _state(house, role)
        followed = world.catch_up(house.people[role], house.meeting, *before[role])
        assert followed["document_findings"] == fresh["document_findings"]
        page = house.client(role).get(house.url()).content.decode()
        original = house.client(role).get(house.url(document, "original/"))
        assert (str(document.pk) in fresh["document_findings"]) == (role in STAFF)
        assert ("会启动程序" in page) == (role in STAFF)
        assert original.status_code == (200 if role in STAFF else 403)
    assert original_is_no_page(house, document)
    verbs_gone = house.upload(hostile.pdf_with(hostile.launch), name="b.pdf")
    verbs.remove_document(house.meeting, verbs_gone.pk, house.viewer("administrator"))
    assert set(_state(house, "judge")["document_findings"]) == {str(document.pk)}


def original_is_no_page(house: House, document: Document) -> bool:
    """Whether the original comes as a file to keep and as nothing that a browser opens."""
    answer = house.client("judge").get(house.url(document, "original/"))
    assert "sandbox" in answer["Content-Security-Policy"]
    return (
        answer["Content-Disposition"].startswith("attachment;")
        and answer["Content-Type"] == "application/octet-stream"
    )


def test_where_nothing_was_taken_out_there_is_no_original(house: House) -> None:
    document = house.upload()
    assert house.client("judge").get(house.url(document, "original/")).status_code == 404


@pytest.mark.parametrize("role", ["creditor", "judge", "administrator"])
def test_only_of_a_document_of_this_meeting(role: str, house: House) -> None:
    other = world.make_meeting(house.meeting.case)
    first = house.upload()
    viewer = world.viewer(house.people[role], other)
    from django.core.files.base import ContentFile

    with pytest.raises(
        Refused, match="没有这个文件" if role == "administrator" else "权限|不能|只有"
    ):
        verbs.upload_document(
            other, ContentFile(papers.blank_pdf(), name="a.pdf"), viewer, replaces_id=first.pk
        )


def test_by_the_form_one_file_at_a_time(house: House) -> None:
    first = house.upload()
    client = house.client("administrator")
    files = [SimpleUploadedFile(f"{n}.pdf", papers.blank_pdf()) for n in range(2)]
    answer = client.post(house.url(), {"files": files, "replaces": str(first.pk)})
    assert answer.status_code == 400
    assert "只能是一个文件" in answer.content.decode()
    # What was chosen in the form is still chosen.
    assert f'value="{first.pk}" selected' in " ".join(answer.content.decode().split())
    file = SimpleUploadedFile("新.pdf", papers.blank_pdf())
    form = {"files": file, "replaces": str(first.pk), "asks_downloadable": "1"}
    assert client.post(house.url(), form).status_code == 302
    second = Document.objects.get(version=2)
    assert (second.replaces, second.downloadable) == (first, False)


# --- votes ------------------------------------------------------------------------------------


def _vote_on(house: House, document: Document):
    creditor = house.meeting.case.creditors.get()
    world.make_claim(creditor)
    resolution = world.make_resolution(house.meeting, power=9, title="变价方案")
    resolution.document = document.pk
    resolution.save()
    return resolution


def test_the_ledger_says_which_version_was_voted_on(house: House) -> None:
    first = house.hand_out(house.upload())
    resolution = _vote_on(house, first)
    second = _new(house, first, 2)
    judge = house.people["judge"]
    shown = attachment(house.meeting, first.pk)
    assert shown is not None
    assert (shown.version, shown.sha256, shown.outdated) == (1, first.sha256, True)
    # To those who may not know of a draft there is none.
    assert not shown.replaced
    page = house.client("administrator").get(f"/meetings/{house.meeting.slug}/resolutions/")
    assert "所附文件已有新版" in page.content.decode()

    world.open_poll(resolution, judge)
    entry = LedgerEntry.objects.get(kind="poll_opened")
    assert entry.body["document_shown"] == {
        "document": first.pk,
        "title": first.title,
        "version": 1,
        "sha256": first.sha256,
    }
    assert [one.running for one in uses(house.meeting, first.pk)] == [True]

    # A new version is handed out meanwhile: everybody hears that the vote is on the old one.
    seq = events_after(house.meeting.pk, 0)[-1].seq
    house.hand_out(second)
    notices = [one.data["notice"] for one in events_after(house.meeting.pk, seq)
               if "notice" in one.data]  # fmt: skip
    assert notices == [
        {
            "kind": "document",
            "document": second.pk,
            "title": second.title,
            "version": 2,
            "replaces": first.pk,
            "voted_on": ["变价方案"],
        }
    ]
    page = house.client("creditor").get(house.url()).content.decode()
    assert "正在表决“变价方案”：以这一版为准" in page

    world.close_poll(resolution, judge)
    address = f"/meetings/{house.meeting.slug}/resolutions/{resolution.pk}"
    for role, name in (("creditor", "result"), ("judge", "evidence")):
        text = house.client(role).get(f"{address}/{name}/").content.decode()
        assert first.sha256 in text
        assert second.sha256 not in text
        assert "第 1 版" in text
        assert "后来另有新版" in text
    assert [one.running for one in uses(house.meeting, first.pk)] == [False]


def test_the_form_of_a_resolution_tells_versions_apart(house: House) -> None:
    from voting.prepare_forms import ResolutionForm

    first = house.hand_out(house.upload())
    second = _new(house, first, 2)
    choices = dict(ResolutionForm(meeting=house.meeting).fields["document"].choices)
    assert choices[first.pk] == "工作报告（第 1 版）（已有新版）"
    assert choices[second.pk] == "工作报告（第 2 版）（尚未发放）"


def test_the_same_bytes_may_stand_in_two_versions(
    house: House, stored: Callable[[], list[Path]]
) -> None:
    first = house.upload()
    second = house.upload(replaces_id=first.pk)
    assert first.sha256 == second.sha256
    assert len(stored()) == 1
