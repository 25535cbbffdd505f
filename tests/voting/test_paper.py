"""Ballots on paper: entered with a scan, checked by a second person, counted beside the others."""

import io
from dataclasses import dataclass
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client

from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.files import scans
from creditor_meetings.cases.models import Creditor, Person
from creditor_meetings.meetings.models import Attendance, Meeting
from tests.support import world
from tests.whole import story
from tests.whole.addresses import session_of
from voting import book, paper, paper_sheet
from voting.ledger import chain
from voting.models import Ballot, PaperBallot, PaperSheet, PaperState, RegisterEntry, Resolution

pytestmark = pytest.mark.django_db


@dataclass
class Desk:
    """A meeting with an open poll, and who enters and checks."""

    meeting: Meeting
    poll: Resolution
    li: Creditor
    wang: Creditor
    barred: Creditor
    voter: Person
    judge: Person
    clerk: Person
    administrator: Person

    def enter(self, *entries: tuple[Creditor, str], by: Person | None = None) -> PaperSheet:
        """Enter ballots of one scan on the poll, by the clerk unless said otherwise."""
        said = [
            paper.Entry(self.poll.pk, one.pk, {group_of(self.poll, one): choice})
            for one, choice in entries
        ]
        viewer = world.viewer(by or self.clerk, self.meeting)
        return paper.enter(self.meeting, story.paper(), said, viewer, address="192.0.2.9")

    def accept(self, sheet: PaperSheet, by: Person | None = None) -> list[PaperBallot]:
        """Accept a sheet, by the administrator unless said otherwise."""
        viewer = world.viewer(by or self.administrator, self.meeting)
        return paper.accept(self.meeting, sheet.pk, viewer)

    def states(self) -> dict[str, str]:
        """The state of each creditor's newest paper."""
        rows = PaperBallot.objects.order_by("pk").select_related("creditor")
        return {one.creditor.name: str(one.state) for one in rows}

    def client(self, person: Person) -> Client:
        """A browser in which the person is signed in."""
        client = Client()
        client.cookies["sessionid"] = session_of(person)
        return client

    @property
    def address(self) -> str:
        """Where the papers are."""
        return f"/meetings/{self.meeting.slug}/paper/"


def group_of(poll: Resolution, creditor: Creditor) -> str:
    """The first group the creditor votes in, "" where it has none."""
    lines = RegisterEntry.objects.filter(resolution=poll, creditor=creditor, reason="")
    return lines.values_list("group", flat=True).first() or ""


def make_desk(**meeting: Any) -> Desk:
    case = world.make_case()
    li = world.make_creditor(case, "李华", confirmed="1000.00")
    wang = world.make_creditor(case, "王芳", confirmed="3000.00")
    barred = world.make_creditor(case, "张三", confirmed="0.00", conclusion="rejected")
    found = world.make_meeting(case, **meeting)
    judge = world.make_person(case, "judge")
    return Desk(
        meeting=found,
        poll=world.open_poll(world.make_resolution(found), judge),
        li=li,
        wang=wang,
        barred=barred,
        voter=world.make_person(case, "creditor", li),
        judge=judge,
        clerk=world.make_person(case, "clerk", name="贺书记员"),
        administrator=world.make_person(case, "administrator"),
    )


@pytest.fixture
def desk() -> Desk:
    return make_desk()


def test_a_paper_ballot_counts_once_a_second_person_checked_it(desk: Desk) -> None:
    sheet = desk.enter((desk.li, "for"), (desk.wang, "against"))
    assert not Ballot.objects.exists()
    assert desk.states() == {"李华": "entered", "王芳": "entered"}
    desk.accept(sheet)
    assert desk.states() == {"李华": "counted", "王芳": "counted"}
    ballot = Ballot.objects.get(creditor=desk.li)
    assert (ballot.way, ballot.person, ballot.effective) == ("paper", desk.clerk, True)
    assert PaperBallot.objects.get(creditor=desk.li).ballot == ballot
    outcome = world.close_poll(desk.poll, desk.judge)
    group = outcome.result["groups"][0]
    assert (group["for"]["number"], group["against"]["number"]) == (1, 1)
    # Whoever votes attends.
    assert Attendance.objects.filter(meeting=desk.meeting).count() == 2


def test_it_is_on_record_from_entry_to_check(desk: Desk) -> None:
    sheet = desk.enter((desk.li, "for"))
    one = sheet.ballots.get()
    desk.accept(sheet)
    entered, checked = desk.meeting.ledger.filter(kind__startswith="paper_")
    assert (entered.kind, checked.kind) == ("paper_entered", "paper_checked")
    assert entered.body["paper"] == checked.body["paper"] == one.pk
    assert entered.body["scan_sha256"] == sheet.sha256
    assert (entered.body["entered_by"], entered.body["creditor_name"]) == (desk.clerk.pk, "李华")
    assert (checked.body["state"], checked.body["checked_by"]) == (
        "counted", desk.administrator.pk,
    )  # fmt: skip
    cast = desk.meeting.ledger.get(kind="ballot")
    assert checked.body["ballot"] == cast.body["number"]
    assert cast.body["way"] == "paper"
    assert not list(chain.problems(book.entries_of(desk.meeting)))
    assert scans.path_of(paper.ROOM, sheet.sha256).read_bytes().startswith(b"%PDF-")


def test_who_entered_it_may_not_check_it(desk: Desk) -> None:
    sheet = desk.enter((desk.li, "for"))
    for act in (
        lambda: desk.accept(sheet, desk.clerk),
        lambda: paper.refuse(
            desk.meeting, sheet.pk, world.viewer(desk.clerk, desk.meeting), "看不清"
        ),
    ):
        with pytest.raises(Refused, match="另一人") as refusal:
            act()
        assert refusal.value.code == "not_allowed"
    assert desk.states() == {"李华": "entered"}


def test_creditors_neither_enter_nor_check(desk: Desk) -> None:
    sheet = desk.enter((desk.li, "for"))
    for act in (
        lambda: desk.enter((desk.wang, "for"), by=desk.voter),
        lambda: desk.accept(sheet, desk.voter),
    ):
        with pytest.raises(Refused) as refusal:
            act()
        assert refusal.value.code == "not_allowed"


def test_one_paper_ballot_a_creditor_and_matter(desk: Desk) -> None:
    sheet = desk.enter((desk.li, "for"))
    with pytest.raises(Refused, match=r"李华.*只计一张"):
        desk.enter((desk.li, "against"))
    with pytest.raises(Refused, match="只计一张"):
        desk.enter((desk.wang, "for"), (desk.wang, "against"))
    # The database says so too.
    one = sheet.ballots.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        PaperBallot.objects.create(
            sheet=sheet, resolution=one.resolution, creditor=one.creditor, choices=one.choices
        )


def test_refused_it_is_entered_anew(desk: Desk) -> None:
    sheet = desk.enter((desk.li, "for"))
    viewer = world.viewer(desk.judge, desk.meeting)
    with pytest.raises(Refused, match="理由"):
        paper.refuse(desk.meeting, sheet.pk, viewer, "")
    paper.refuse(desk.meeting, sheet.pk, viewer, "票上写的是反对")
    with pytest.raises(Refused, match="已经复核"):
        desk.accept(sheet)
    desk.accept(desk.enter((desk.li, "against")))
    assert Ballot.objects.get(effective=True).choice == "against"
    assert [one.body["state"] for one in desk.meeting.ledger.filter(kind="paper_checked")] == [
        "refused",
        "counted",
    ]


def test_a_creditor_without_a_vote_has_no_paper_ballot_either(desk: Desk) -> None:
    with pytest.raises(Refused, match="张三") as refusal:
        desk.enter((desk.li, "for"), (desk.barred, "for"))
    assert refusal.value.code == "no_voting_right"
    stranger = world.make_creditor(world.make_case())
    with pytest.raises(Refused) as refusal:
        desk.enter((stranger, "for"))
    assert refusal.value.code == "no_voting_right"
    assert not PaperSheet.objects.exists()


def test_after_the_close_nothing_is_entered_and_nothing_counted(desk: Desk) -> None:
    sheet = desk.enter((desk.li, "for"))
    world.close_poll(desk.poll, desk.judge)
    with pytest.raises(Refused, match="截止") as refusal:
        desk.enter((desk.wang, "for"))
    assert refusal.value.code == "poll_not_open"
    with pytest.raises(Refused, match="截止") as refusal:
        desk.accept(sheet)
    assert refusal.value.code == "poll_not_open"
    assert not Ballot.objects.exists()
    assert desk.states() == {"李华": "entered"}


@pytest.mark.parametrize(
    ("rule", "online_first", "state", "counts"),
    [
        ({}, True, "overruled", "for"),
        ({}, False, "overruled", "for"),
        ({"paper_conflict": "paper"}, True, "counted", "against"),
        ({"paper_conflict": "first"}, True, "overruled", "for"),
        ({"paper_conflict": "last"}, True, "counted", "against"),
        ({"paper_conflict": "last"}, False, "overruled", "for"),
    ],
)
def test_an_online_ballot_beside_it_is_settled_by_the_rule(
    rule: dict[str, str], online_first: bool, state: str, counts: str
) -> None:
    desk = make_desk(practice=rule)
    if online_first:
        world.cast(desk.voter, desk.poll, "for")
    desk.accept(desk.enter((desk.li, "against")))
    if not online_first:
        world.cast(desk.voter, desk.poll, "for")
    assert desk.states() == {"李华": state}
    assert Ballot.objects.get(effective=True).choice == counts
    outcome = world.close_poll(desk.poll, desk.judge)
    assert outcome.result["groups"][0][counts]["number"] == 1


def test_the_team_sees_how_many_wait_and_nobody_else(desk: Desk) -> None:
    people = {"judge": desk.judge, "voter": desk.voter}
    before = {name: world.take_snapshot(one, desk.meeting) for name, one in people.items()}
    sheet = desk.enter((desk.li, "for"), (desk.wang, "for"))
    current = world.catch_up(desk.judge, desk.meeting, *before["judge"])
    assert current["paper"] == {"waiting": 2}
    desk.accept(sheet)
    for name, one in people.items():
        current = world.catch_up(one, desk.meeting, *before[name])
        fresh = world.take_snapshot(one, desk.meeting)[1]
        for part in ("paper", "ballots", "participation", "tallies"):
            assert current[part] == fresh[part], (name, part)
    assert fresh["paper"] == {}
    assert world.take_snapshot(desk.judge, desk.meeting)[1]["paper"] == {"waiting": 0}


# --- The bulk sheet -------------------------------------------------------------------------


def filled(desk: Desk, *cells: tuple[str, Any]) -> bytes:
    """The sheet as given out, with cells written over."""
    book_ = openpyxl.load_workbook(io.BytesIO(paper_sheet.build(desk.meeting)))
    for place, value in cells:
        book_.active[place] = value
    out = io.BytesIO()
    book_.save(out)
    return out.getvalue()


def test_the_sheet_has_a_row_a_voter_and_a_column_a_poll(desk: Desk) -> None:
    second = world.open_poll(
        world.make_resolution(desk.meeting, power=10, title="分配方案"), desk.judge
    )
    sheet = openpyxl.load_workbook(io.BytesIO(paper_sheet.build(desk.meeting))).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3)]
    assert rows[0][2:] == [f"{desk.poll.pk} {desk.poll.title}", f"{second.pk} 分配方案"]
    assert [row[:2] for row in rows[1:]] == [[desk.li.pk, "李华"], [desk.wang.pk, "王芳"]]


def test_a_filled_sheet_is_read_and_counted(desk: Desk) -> None:
    content = filled(desk, ("C4", "同意"), ("C5", " 弃权 "))
    reading = paper_sheet.read(desk.meeting, content, "录入表.xlsx")
    assert not reading.findings.problems
    viewer = world.viewer(desk.clerk, desk.meeting)
    desk.accept(paper.enter(desk.meeting, story.paper(), reading.entries, viewer))
    said = dict(Ballot.objects.filter(effective=True).values_list("creditor__name", "choice"))
    assert said == {"李华": "for", "王芳": "abstain"}


@pytest.mark.parametrize(
    ("cells", "place", "said"),
    [
        ([("C4", "赞同吧")], "C4", "同意、反对 或 弃权"),
        ([("C4", "=1/0")], "C4", "同意、反对 或 弃权"),
        ([("C4", "同意"), ("A4", "x")], "A4", "债权人编号"),
        ([("C4", "同意"), ("A4", 999_999)], "A4", "没有这个编号"),
        ([("C4", "同意"), ("B4", "王芳")], "B4", "李华"),
        ([("C3", "9999 别的事项"), ("C4", "同意")], "C3", "可填的列"),
        ([("D3", "备注"), ("C4", "同意")], "D3", "可填的列"),
        ([("D4", "反对"), ("C4", "同意")], "D4", "应留空"),
        ([], "", "没有填写"),
    ],
)
def test_the_sheet_says_what_is_wrong_and_where(
    desk: Desk, cells: list[tuple[str, Any]], place: str, said: str
) -> None:
    reading = paper_sheet.read(desk.meeting, filled(desk, *cells), "录入表.xlsx")
    one = reading.findings.problems[0]
    assert (f"{one.column}{one.row}" if one.row else "", one.sheet) == (place, "书面表决票")
    assert said in one.message


def test_a_creditor_twice_and_one_entered_before_are_told(desk: Desk) -> None:
    desk.enter((desk.wang, "for"))
    content = filled(
        desk, ("C4", "同意"), ("C5", "反对"), ("A6", desk.li.pk), ("B6", "李华"), ("C6", "反对")
    )
    found = paper_sheet.read(desk.meeting, content, "录入表.xlsx").findings.problems
    assert [(one.column, one.row) for one in found] == [("C", 5), ("A", 6)]
    assert "只计一张" in found[0].message
    assert "第 4 行" in found[1].message


# --- Groups ---------------------------------------------------------------------------------


def test_a_plan_is_voted_on_paper_group_by_group() -> None:
    case = world.make_case(procedure="reorganisation")
    both = world.make_creditor(case, "工商银行", nature="secured", confirmed="8000.00")
    world.make_claim(both, nature="ordinary", confirmed="500.00")
    world.make_creditor(case, "李华", confirmed="1000.00")
    meeting = world.make_meeting(case)
    judge, clerk = world.make_person(case, "judge"), world.make_person(case, "clerk")
    plan = world.make_resolution(meeting, power=6, rule="prc-reorganisation")
    poll = world.open_poll(plan, judge)
    sheet = openpyxl.load_workbook(io.BytesIO(paper_sheet.build(meeting))).active
    heads = [cell.value for cell in sheet[3]][2:]
    assert len(heads) == 2
    ordinary = next(at for at, head in enumerate(heads) if "/ordinary " in head)
    secured = 1 - ordinary
    first, second = ([cell.value for cell in row][2:] for row in sheet.iter_rows(min_row=4))
    assert first == [None, None]
    assert (second[ordinary], second[secured]) == (None, "—")
    sheet.cell(4, 3 + ordinary).value = "反对"
    sheet.cell(4, 3 + secured).value = "同意"
    sheet.cell(5, 3 + secured).value = "同意"
    out = io.BytesIO()
    sheet.parent.save(out)
    reading = paper_sheet.read(meeting, out.getvalue(), "x.xlsx")
    assert ["没有表决权" in one.message for one in reading.findings.problems] == [True]
    assert dict(reading.entries[0].choices) == {"ordinary": "against", "secured": "for"}
    made = paper.enter(meeting, story.paper(), reading.entries, world.viewer(clerk, meeting))
    paper.accept(meeting, made.pk, world.viewer(judge, meeting))
    assert Ballot.objects.get(resolution=poll).choices == {"ordinary": "against", "secured": "for"}
    assert "普通" in paper.said(made.ballots.get())


# --- Pages ----------------------------------------------------------------------------------


def test_one_ballot_by_the_pages(desk: Desk) -> None:
    client = desk.client(desk.clerk)
    found = client.get(desk.address, {"q": "李华"}).content.decode()
    assert f"?creditor={desk.li.pk}#ballot" in found
    form = client.get(desk.address, {"creditor": desk.li.pk}).content.decode()
    field = form.split('name="choice-')[1].split('"')[0]
    sent = {"creditor": desk.li.pk, f"choice-{field}": "for"}
    missing = client.post(desk.address, sent)
    assert missing.status_code == 400
    assert "请选择表决票的扫描件" in missing.content.decode()
    response = client.post(desk.address, {**sent, "scan": story.paper()})
    assert response.status_code == 302
    sheet = PaperSheet.objects.get()
    own = client.get(response["Location"]).content.decode()
    assert "须由另一人复核" in own
    assert "全部通过" not in own
    checker = desk.client(desk.administrator)
    page = checker.get(response["Location"]).content.decode()
    assert f"{desk.address}{sheet.pk}/pages/1.webp" in page
    picture = checker.get(f"{desk.address}{sheet.pk}/pages/1.webp")
    assert picture["Content-Type"] == "image/webp"
    assert checker.get(f"{desk.address}{sheet.pk}/pages/2.webp").status_code == 404
    bad = checker.post(response["Location"], {"action": "refuse", "reason": ""})
    assert (bad.status_code, "请写明理由" in bad.content.decode()) == (400, True)
    checker.post(response["Location"], {"action": f"accept:{sheet.ballots.get().pk}"})
    assert desk.states() == {"李华": "counted"}


def test_many_by_the_pages(desk: Desk) -> None:
    client = desk.client(desk.clerk)
    table = client.get(f"{desk.address}table.xlsx")
    assert table.content.startswith(b"PK")
    wrong = SimpleUploadedFile("录入表.xlsx", filled(desk, ("C4", "同意"), ("C5", "也许")))
    response = client.post(f"{desk.address}bulk/", {"table": wrong, "scan": story.paper()})
    page = response.content.decode()
    assert response.status_code == 400
    assert "C5" in page
    assert "也许" in page
    assert not PaperBallot.objects.exists()
    right = SimpleUploadedFile("录入表.xlsx", filled(desk, ("C4", "同意"), ("C5", "反对")))
    client.post(f"{desk.address}bulk/", {"table": right, "scan": story.paper()})
    assert PaperBallot.objects.filter(state=PaperState.ENTERED).count() == 2
    none = SimpleUploadedFile("录入表.xlsx", b"not a table")
    response = client.post(f"{desk.address}bulk/", {"table": none, "scan": story.paper()})
    assert response.status_code == 400


def test_papers_are_for_the_team_and_the_court(desk: Desk) -> None:
    sheet = desk.enter((desk.li, "for"))
    for more in ("", "table.xlsx", f"{sheet.pk}/", f"{sheet.pk}/scan/", f"{sheet.pk}/pages/1.webp"):
        assert desk.client(desk.voter).get(desk.address + more).status_code == 403, more
        assert desk.client(desk.judge).get(desk.address + more).status_code == 200, more
    elsewhere = world.make_meeting(desk.meeting.case)
    for more in ("", "scan/", "pages/1.webp"):
        path = f"/meetings/{elsewhere.slug}/paper/{sheet.pk}/{more}"
        assert desk.client(desk.judge).get(path).status_code == 404


def test_the_evidence_says_who_voted_for_whom_and_by_which_paper(desk: Desk) -> None:
    agent = world.make_person(desk.meeting.case, "proxy", desk.wang, "周代理")
    world.cast(agent, desk.poll, "against", desk.wang)
    sheet = desk.enter((desk.li, "for"))
    desk.accept(sheet)
    world.close_poll(desk.poll, desk.judge)
    path = f"/meetings/{desk.meeting.slug}/resolutions/{desk.poll.pk}/evidence/"
    page = desk.client(desk.judge).get(path).content.decode()
    mandate = desk.wang.mandates.get()
    assert f"/cases/{desk.meeting.case_id}/mandates/#mandate-{mandate.pk}" in page
    assert f"{desk.address}{sheet.pk}/" in page
    assert f"复核：{desk.administrator}" in page
