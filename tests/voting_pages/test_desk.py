"""The judge's desk: what to look at, the word on outcomes, rulings the law allows, their papers."""

import io
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from docx import Document
from pypdf import PdfReader

from creditor_meetings.cases import clock
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Creditor, Person
from creditor_meetings.meetings import notice_delivery
from creditor_meetings.meetings.models import Notice, NoticeKind
from tests.support import world
from voting import anomalies, result_notices, rulings, verbs, verifying
from voting.evidence import check
from voting.models import Ballot, LedgerEntry, PollChange, Resolution, Ruling

pytestmark = pytest.mark.django_db


@dataclass
class Court:
    """A meeting with three creditors of 60, 30 and 10 parts of the amount."""

    case: Any
    meeting: Any
    creditors: list[Creditor]
    voters: list[Person]
    judge: Person
    administrator: Person

    def held(self, power: int, *choices: str, confirm: bool = True, **fields: Any) -> Resolution:
        """Hold a vote; "" leaves a creditor silent."""
        poll = world.make_resolution(self.meeting, power=power, **fields)
        world.open_poll(poll, self.judge)
        for person, choice in zip(self.voters, choices, strict=False):
            if choice:
                world.cast(person, poll, choice)
        world.close_poll(poll, self.judge)
        poll.refresh_from_db()
        if confirm:
            self.decide(poll, "confirmed")
        return poll

    def decide(self, poll: Resolution, decision: str, reasons: str = "") -> None:
        """Give the judge's word."""
        judge = world.viewer(self.judge, self.meeting)
        verbs.confirm_outcome(self.meeting, poll.pk, decision, reasons, judge)

    def rule(self, poll: Resolution, kind: str, granted: bool = True, reasons: str = "理由。"):
        """Rule as the judge."""
        judge = world.viewer(self.judge, self.meeting)
        return rulings.rule_on(self.meeting, poll.pk, kind, granted, reasons, judge)

    def client(self, person: Person) -> Client:
        """Be somebody at the pages."""
        client = Client()
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        return client

    def url(self, more: str = "") -> str:
        """Return an address of the desk."""
        return f"/meetings/{self.meeting.slug}/desk/{more}"


@pytest.fixture
def court(settings: Any) -> Court:
    """Bring everybody together."""
    settings.REQUIRE_STAFF_MFA = False
    cache.clear()
    case = world.make_case(panel="审判长　沈静、审判员　李明", clerk="周敏")
    meeting = world.make_meeting(case)
    creditors = [
        world.make_creditor(case, name, confirmed=amount)
        for name, amount in (("甲", "600.00"), ("乙", "300.00"), ("丙", "100.00"))
    ]
    return Court(
        case, meeting, creditors,
        [world.make_person(case, "creditor", one, f"{one.name}代表") for one in creditors],
        world.make_person(case, "judge", name="沈静"),
        world.make_person(case, "administrator", name="陈管理"),
    )  # fmt: skip


# --- Rulings ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("power", "choices", "kind"),
    [
        (9, ("against", "against", "for"), "65-1"),
        (8, ("", "", ""), "65-1"),
        (10, ("for", "for", "for"), "116"),
    ],
)
def test_the_court_rules_as_the_law_leads_and_only_so(
    court: Court, power: int, choices: tuple[str, ...], kind: str
) -> None:
    poll = court.held(power, *choices)
    for other in {"65-1", "65-2", "86", "87", "98", "99", "116"} - {kind}:
        with pytest.raises(Refused, match="只能作出"):
            court.rule(poll, other)
    seq, before = world.take_snapshot(court.voters[0], court.meeting)
    court.rule(poll, kind)
    fresh = world.take_snapshot(court.voters[0], court.meeting)[1]
    told = fresh["outcomes"][str(poll.pk)]["rulings"]
    assert [(one["kind"], one["granted"], one["judge"]) for one in told] == [(kind, True, "沈静")]
    assert world.catch_up(court.voters[0], court.meeting, seq, before) == fresh
    entry = LedgerEntry.objects.get(meeting=court.meeting, kind="ruling").body
    assert (entry["resolution"], entry["kind"], entry["granted"]) == (poll.pk, kind, True)
    with pytest.raises(Refused, match="已经作出裁定"):
        court.rule(poll, kind, granted=False)
    assert Ruling.objects.count() == 1


def test_no_ruling_where_the_law_asks_for_none(court: Court) -> None:
    passed = court.held(9, "for", "for", "for")
    failed_once = court.held(10, "against", "against", "against", title="分配方案")
    for poll in (passed, failed_once):
        with pytest.raises(Refused, match="不需要"):
            court.rule(poll, "65-1")


def test_a_ruling_needs_a_confirmed_outcome_the_judge_and_reasons_to_refuse(court: Court) -> None:
    waiting = court.held(9, "against", confirm=False)
    with pytest.raises(Refused, match="先确认"):
        court.rule(waiting, "65-1")
    court.decide(waiting, "declined", "表决程序有误。")
    with pytest.raises(Refused, match="未予确认"):
        court.rule(waiting, "65-1")
    poll = court.held(9, "against", title="另一方案")
    with pytest.raises(Refused, match="理由"):
        court.rule(poll, "65-1", granted=False, reasons=" ")
    with pytest.raises(Refused):
        rulings.rule_on(
            court.meeting, poll.pk, "65-1", True, "",
            world.viewer(court.administrator, court.meeting),
        )  # fmt: skip
    assert not Ruling.objects.exists()


def test_the_desk_takes_the_judges_word_and_ruling(court: Court) -> None:
    poll = court.held(9, "against", "for", "for", confirm=False)
    judge = court.client(court.judge)
    page = judge.get(court.url()).content.decode()
    for figure in ("2 / 3 户", "400.00 / 1,000.00 元", "40.00%", "由人民法院裁定", "予以确认"):
        assert figure in page, figure
    assert "作出裁定" not in page, "not before the outcome is confirmed"
    early = judge.post(court.url(f"{poll.pk}/rule/"), {"kind": "65-1", "granted": "yes"})
    assert early.status_code == 400
    assert "请先确认" in early.content.decode()
    bare = judge.post(court.url(f"{poll.pk}/decide/"), {"decision": "declined"})
    assert bare.status_code == 400
    answer = judge.post(court.url(f"{poll.pk}/decide/"), {"decision": "confirmed"})
    assert answer.headers["Location"] == court.url(f"#resolution-{poll.pk}")
    assert "作出裁定" in judge.get(court.url()).content.decode()
    judge.post(
        court.url(f"{poll.pk}/rule/"),
        {"kind": "65-1", "granted": "yes", "reasons": "方案公平。"},
    )
    made = Ruling.objects.get(resolution=poll)
    assert (made.granted, made.reasons, made.judge) == (True, "方案公平。", court.judge)
    read = court.client(court.administrator).get(court.url()).content.decode()
    assert "裁定认可方案" in read
    assert 'name="granted"' not in read


# --- Papers ----------------------------------------------------------------------------------


def text_of(docx: bytes) -> str:
    """Read a document's paragraphs and tables."""
    document = Document(io.BytesIO(docx))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(one.text for one in document.paragraphs), *cells])


def test_the_rulings_text_holds_the_exact_facts(court: Court) -> None:
    poll = court.held(9, "against", "for", "for")
    judge = court.client(court.judge)
    draft = text_of(judge.get(court.url(f"{poll.pk}/ruling.docx")).content)
    for words in (
        court.case.court, court.case.number, "民事裁定书", "江南精密机械有限公司管理人",
        "400.00 / 1,000.00 元", "2 / 3 户", "未达到", "600.00",
        "第六十一条第一款第九项、第六十五条第一款", "本院予以认可", "十五日内，向本院申请复议",
        "审判长　沈静", "审判员　李明", "书　记　员　周敏", "（请结合方案内容写明理由。）",
    ):  # fmt: skip
        assert words in draft, words
    refused = text_of(judge.get(court.url(f"{poll.pk}/ruling.docx?granted=no")).content)
    assert "本院不予认可" in refused
    court.rule(poll, "65-1", reasons="变价方案公平可行")
    made = text_of(judge.get(court.url(f"{poll.pk}/ruling.docx?granted=no")).content)
    assert "变价方案公平可行。依照" in made
    assert "本院予以认可" in made, "as it was ruled"
    pdf = PdfReader(io.BytesIO(judge.get(court.url(f"{poll.pk}/ruling.pdf")).content))
    printed = "".join(page.extract_text() for page in pdf.pages)
    assert "民事裁定书" in printed
    assert "1,000.00" in printed


def test_the_application_names_branch_and_facts_for_the_administrator(court: Court) -> None:
    poll = court.held(10, "for", "for", "", title="破产财产分配方案")
    client = court.client(court.administrator)
    text = text_of(client.get(court.url(f"{poll.pk}/application.docx")).content)
    for words in (
        "申　请　书", "请求贵院裁定认可《破产财产分配方案》", "2 / 2 户", "900.00 / 1,000.00 元",
        "第一百一十五条、第一百一十六条第一款", f"此致\n{court.case.court}",
    ):  # fmt: skip
        assert words in text, words
    assert "本院" not in text
    pdf = client.get(court.url(f"{poll.pk}/application.pdf"))
    assert pdf.content.startswith(b"%PDF")
    assert client.get(court.url(f"{poll.pk}/ruling.docx")).status_code == 403
    assert client.get(court.url(f"{poll.pk}/application.exe")).status_code == 404
    passed = court.held(9, "for", "for", "for")
    assert client.get(court.url(f"{passed.pk}/application.docx")).status_code == 400


@pytest.mark.parametrize(
    ("power", "procedure", "rule", "choice", "granted", "orders"),
    [
        (6, "reorganisation", "prc-reorganisation", "for", True, "批准{debtor}重整计划；"),
        (6, "reorganisation", "prc-reorganisation", "for", False, "宣告{debtor}破产。"),
        (7, "composition", "prc-composition", "for", True, "认可{debtor}和解协议；"),
        (7, "composition", "prc-composition", "against", True, "终止{debtor}和解程序；"),
    ],
)
def test_each_procedure_has_its_own_orders(
    court: Court, power: int, procedure: str, rule: str, choice: str, granted: bool, orders: str
) -> None:
    court.case.procedure = procedure
    court.case.save()
    poll = court.held(power, choice, choice, choice, rule=rule, title="草案")
    query = "" if granted else "?granted=no"
    judge = court.client(court.judge)
    text = text_of(judge.get(court.url(f"{poll.pk}/ruling.docx{query}")).content)
    assert orders.format(debtor=court.case.debtor) in text


# --- What deserves a look --------------------------------------------------------------------


def codes(poll: Resolution) -> dict[str, anomalies.Finding]:
    """Find what deserves a look, by code."""
    return {one.code: one for one in anomalies.of(poll)}


def test_a_quiet_vote_has_nothing_to_look_at(court: Court) -> None:
    poll = court.held(9, "for", "for", "for")
    Ballot.objects.filter(resolution=poll).update(at=poll.closed_at - timedelta(minutes=5))
    for number, ballot in enumerate(Ballot.objects.filter(resolution=poll)):
        Ballot.objects.filter(pk=ballot.pk).update(address=f"192.0.2.{number}")
    assert codes(poll) == {}


def test_what_deserves_a_look_is_found(court: Court) -> None:
    poll = world.make_resolution(court.meeting)
    world.open_poll(poll, court.judge)
    for person in court.voters:
        world.cast(person, poll, "for")
    world.cast(court.voters[1], poll, "against")
    world.close_poll(poll, court.judge)
    poll.refresh_from_db()
    first = poll.opened_at - timedelta(seconds=5)
    for kind, at, before in (
        ("extended", poll.opened_at, first),
        ("suspended", poll.closed_at - timedelta(minutes=9, seconds=10), None),
        ("resumed", poll.closed_at - timedelta(minutes=2), None),
    ):
        PollChange.objects.create(
            resolution=poll, kind=kind, reasons="网络中断", before=before, by=court.judge, at=at
        )
    found = codes(poll)
    assert set(found) == {"shared", "late", "changed", "extended", "suspended"}
    assert "3 户" in found["shared"].rows[0]
    assert "甲" in found["shared"].rows[0]
    assert found["late"].count == 4
    assert found["changed"].count == 1
    assert found["changed"].rows[0].startswith("乙：同意（乙代表")
    assert "→ 反对（乙代表" in found["changed"].rows[0]
    assert found["extended"].count == 3, "ballots that count, after the first announced close"
    assert "约 8 分钟" in found["suspended"].rows[0]
    page = court.client(court.judge).get(court.url()).content.decode()
    assert found["shared"].title in page
    assert "网络中断" in page


def test_a_proxy_of_many_is_listed_as_that_and_not_as_a_shared_device(court: Court) -> None:
    proxy = world.make_person(court.case, "proxy", court.creditors[0], "代理人王")
    more = [world.make_creditor(court.case, f"债权{n}") for n in range(4)]
    for one in more:
        world.give_role(proxy, court.case, "proxy", one)
    poll = world.make_resolution(court.meeting)
    world.open_poll(poll, court.judge)
    for one in [court.creditors[0], *more]:
        world.cast(proxy, poll, "for", one)
    world.close_poll(poll, court.judge)
    poll.refresh_from_db()
    found = codes(poll)
    assert "代理人王：代 5 户" in found["principals"].rows[0]
    assert "shared" not in found


# --- The verifier ----------------------------------------------------------------------------


@pytest.fixture
def verifier(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any) -> list[str]:
    """Put a verifier in place whose problems the test says; tests/evidence has the real one."""
    settings.DATA_DIR = tmp_path
    problems: list[str] = []

    def verify(_meeting: Any, language: str) -> check.Check:
        assert language == "zh"
        return check.Check(not problems, ["链相符"], list(problems))

    monkeypatch.setattr(check, "verify", verify)
    return problems


def test_the_verifiers_finding_stays_on_the_desk(court: Court, verifier: list[str]) -> None:
    judge = court.client(court.judge)
    assert "还没有核验过" in judge.get(court.url()).content.decode()
    judge.post(court.url("verify/"))
    page = judge.get(court.url()).content.decode()
    assert "全部相符" in page
    assert "链相符" in page
    verifier.append("第 7 条：哈希不符")
    judge.post(court.url("verify/"))
    page = judge.get(court.url("verification/")).content.decode()
    assert "不符之处" in page
    assert "第 7 条：哈希不符" in page


def test_a_run_goes_on_once_and_a_lost_one_is_called_so(
    court: Court, verifier: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting: list[Any] = []
    monkeypatch.setattr(verifying, "in_background", lambda work, **_more: waiting.append(work))
    judge = court.client(court.judge)
    now = clock.now()
    with clock.set_to(now):
        judge.post(court.url("verify/"))
        judge.post(court.url("verify/"))
        assert len(waiting) == 1
        assert "data-running" in judge.get(court.url()).content.decode()
    with clock.set_to(now + timedelta(minutes=16)):
        assert "上次核验中断" in judge.get(court.url()).content.decode()
        judge.post(court.url("verify/"))
        assert len(waiting) == 2
        waiting[1]()
        assert "全部相符" in judge.get(court.url()).content.decode()


# --- Notices of results ----------------------------------------------------------------------


def test_a_results_notice_has_the_figures_and_goes_once(court: Court) -> None:
    poll = court.held(9, "for", "for", "against")
    viewer = world.viewer(court.administrator, court.meeting)
    notice = result_notices.send_result_notice(court.meeting, poll.pk, viewer)
    assert notice.kind == NoticeKind.RESULT
    assert notice.resolution == poll.pk
    for words in (
        "破产财产变价方案：通过", "2 / 3 户", "900.00 / 1,000.00 元＝90.00%", "第六十四条第二款",
        "反对 1 户、100.00 元", "十五日内",
    ):  # fmt: skip
        assert words in notice.text, words
    assert notice.deliveries.count() == 3
    with pytest.raises(Refused, match="已经通知过"):
        result_notices.send_result_notice(court.meeting, poll.pk, viewer)
    for person in (court.voters[0],):
        with pytest.raises(Refused):
            result_notices.send_result_notice(
                court.meeting, poll.pk, world.viewer(person, court.meeting)
            )


def test_three_days_are_counted_down_and_late_ones_said(court: Court) -> None:
    poll = court.held(9, "for", "for", "for")
    closed = poll.closed_at
    url = f"/meetings/{court.meeting.slug}/notices/"
    client = court.client(court.judge)
    for days, said in ((0, "还有 3 日"), (3, "最后一天"), (5, "超过三日期限 2 日")):
        with clock.set_to(closed + timedelta(days=days)):
            assert said in client.get(url).content.decode(), said
            assert said in client.get(court.url()).content.decode(), said
    with clock.set_to(closed + timedelta(days=4)):
        viewer = world.viewer(court.judge, court.meeting)
        result_notices.send_result_notice(court.meeting, poll.pk, viewer)
        assert "迟于三日期限 1 日" in client.get(court.url()).content.decode()


def test_all_closed_ones_go_in_one_notice(court: Court) -> None:
    court.held(9, "for", "for", "for", title="方案一")
    court.held(8, "against", "against", "for", title="方案二")
    keys = {one.key: one for one in result_notices.drafts(court.meeting)}
    draft = keys["results"]
    assert "一、方案一：通过" in draft.text
    assert "二、方案二：未通过" in draft.text
    client = court.client(court.administrator)
    client.post(
        f"/meetings/{court.meeting.slug}/notices/",
        {
            "draft": "results", "results-subject": draft.subject, "results-text": draft.text,
            "results-after": "0",
        },
    )  # fmt: skip
    assert Notice.objects.get().resolution is None
    left = result_notices.drafts(court.meeting)
    assert "results" not in {one.key for one in left}
    assert all(one.sent_at for one in left)


def test_a_ruling_of_art_65_is_given_notice_of_with_its_reconsideration(court: Court) -> None:
    poll = court.held(9, "against", "against", "for")
    court.rule(poll, "65-1", reasons="方案公平。")
    draft = next(one for one in result_notices.drafts(court.meeting) if one.kind == "ruling")
    assert "申请复议" in draft.text
    assert "方案公平。" in draft.text
    assert "企业破产法第六十五条第一款" in draft.text


def test_those_who_have_not_voted_are_reminded_at_most_once_an_hour(court: Court) -> None:
    poll = world.make_resolution(court.meeting)
    world.open_poll(poll, court.judge, closes_at=clock.now() + timedelta(days=2))
    world.cast(court.voters[0], poll, "for")
    Person.objects.filter(pk=court.voters[1].pk).update(email="yi@example.cn")
    chair = world.viewer(court.judge, court.meeting)
    notice, count = result_notices.remind_voters(court.meeting, poll.pk, chair)
    assert count == 2
    assert set(notice.deliveries.values_list("creditor", flat=True)) == {
        court.creditors[1].pk, court.creditors[2].pk
    }  # fmt: skip
    assert "截止，逾期不能再投票" in notice.text
    with pytest.raises(Refused) as refused:
        result_notices.remind_voters(court.meeting, poll.pk, chair)
    assert refused.value.code == "too_many_requests"
    with clock.set_to(clock.now() + timedelta(minutes=61)):
        result_notices.remind_voters(court.meeting, poll.pk, chair)
    notice_delivery.carry_out(notice.pk)
    world.close_poll(poll, court.judge)
    with pytest.raises(Refused) as refused:
        result_notices.remind_voters(court.meeting, poll.pk, chair)
    assert refused.value.code == "poll_not_open"


def test_the_real_verifier_runs_from_the_desk(court: Court, settings: Any, tmp_path: Any) -> None:
    # What was found of a meeting is kept by its number, and other tests' meetings had that too.
    settings.DATA_DIR = tmp_path
    court.held(9, "for", "for", "for")
    judge = court.client(court.judge)
    judge.post(court.url("verify/"))
    assert "全部相符" in judge.get(court.url()).content.decode()
