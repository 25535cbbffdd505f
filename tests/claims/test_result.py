"""The list of claims without objection: what goes in, the court's word, and what is fixed by it."""

import hashlib
import io
import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.test import Client
from openpyxl import load_workbook
from pypdf import PdfReader

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.models import Creditor, Person
from creditor_meetings.claims.models import Claim, Objection, UndisputedList, VerificationPeriod
from creditor_meetings.claims.result import keeping, making, verbs
from creditor_meetings.claims.result.content import confirmed_claims
from creditor_meetings.claims.review import adjust_claim
from creditor_meetings.meetings.models import Meeting
from tests.support import world
from voting.models import LedgerEntry

pytestmark = pytest.mark.django_db

RULING = {"ruling_number": "（2026）沪03破1号之三", "ruling_date": date(2026, 1, 5)}


@pytest.fixture(autouse=True)
def _own_directory(settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


class Table:
    """A case after its verification: claims of every conclusion, one objected to."""

    def __init__(self) -> None:
        self.case = world.make_case()
        self.meeting = world.make_meeting(self.case, state="closed")
        made = world.make_creditor
        self.creditors = {
            "full": made(self.case, "甲供应商", confirmed="1000.00"),
            "part": made(
                self.case, "乙银行", nature="secured", filed="900.00", confirmed="800.50",
                conclusion="partly_confirmed",
            ),
            "waiting": made(
                self.case, "丙诉讼", filed="70.00", confirmed="0.00", conclusion="undetermined",
                temporary="50.00",
            ),
            "rejected": made(
                self.case, "丁股东", filed="5.00", confirmed="0.00", conclusion="rejected"
            ),
            "disputed": made(self.case, "戊争议", confirmed="20.00"),
        }  # fmt: skip
        Creditor.objects.update(phone="13911112222", email="secret@example.com")
        self.administrator = world.make_person(self.case, "administrator", name="管理人甲")
        self.judge = world.make_person(self.case, "judge", name="法官乙")
        objector = world.make_person(self.case, "creditor", self.creditors["full"])
        self.objection = Objection.objects.create(
            claim=self.claim("disputed"), creditor=self.creditors["full"], person=objector,
            reasons="重复", at=clock.now(), answered_at=clock.now(), maintained_at=clock.now(),
            suit="（2026）沪03民初9号",
        )  # fmt: skip
        now = clock.now()
        VerificationPeriod.objects.create(
            case=self.case, ended_at=now - timedelta(days=1), set_at=now
        )

    def claim(self, name: str) -> Claim:
        return self.creditors[name].claims.get()

    def seen(self, person: Person) -> Viewer:
        return world.viewer(person, self.meeting)

    def make(self, **more) -> UndisputedList:
        return verbs.make_list(self.case, self.seen(self.administrator), **more)

    def confirm(self, number: int = 1) -> UndisputedList:
        return verbs.confirm_list(self.case, number, self.seen(self.judge), **RULING)

    def adjust(self, name: str, reason: str, **values) -> list[str]:
        return adjust_claim(self.claim(name), values, self.seen(self.administrator), reason=reason)

    def recorded(self, kind: str) -> list[dict]:
        return [one.body for one in LedgerEntry.objects.filter(meeting=self.meeting, kind=kind)]


@pytest.fixture
def table() -> Table:
    return Table()


def test_undisputed_claims_go_to_the_court_and_the_others_stand_beside(table: Table) -> None:
    made = table.make(address="192.0.2.7")
    assert (made.number, made.state, made.claims, made.creditors) == (1, "submitted", 2, 2)
    assert made.confirmed_fen == 180_050
    said = keeping.body(made)
    assert [(one["creditor"], one["confirmed"]) for one in said["entries"]] == [
        ("甲供应商", "1000.00"), ("乙银行", "800.50"),
    ]  # fmt: skip
    assert [one["creditor"] for one in said["rejected"]] == ["丁股东"]
    assert [(one["creditor"], one["temporary"]) for one in said["undetermined"]] == [
        ("丙诉讼", "50.00")
    ]
    (disputed,) = said["disputed"]
    assert disputed["creditor"] == "戊争议"
    assert disputed["objections"] == [
        {
            "objector": "甲供应商", "state": "maintained", "suit": "（2026）沪03民初9号",
            "at": clock.rfc3339(table.objection.at),
        }
    ]  # fmt: skip
    assert said["sums"] == {
        "claims": 2, "creditors": 2, "filed": "1900.00", "confirmed": "1800.50",
        "natures": [
            {"nature": "ordinary", "claims": 1, "filed": "1000.00", "confirmed": "1000.00"},
            {"nature": "secured", "claims": 1, "filed": "900.00", "confirmed": "800.50"},
        ],
    }  # fmt: skip
    assert list(made.entries.values_list("claim", "position")) == [
        (table.claim("full").pk, 1), (table.claim("part").pk, 2),
    ]  # fmt: skip


def test_its_files_are_what_their_hashes_say(table: Table) -> None:
    made = table.make()
    for sha256 in (made.content_sha256, made.xlsx_sha256, made.pdf_sha256):
        content = keeping.path_of(sha256).read_bytes()
        assert hashlib.sha256(content).hexdigest() == sha256
        for secret in (b"13911112222", b"secret@example.com", b"ID0000"):
            assert secret not in content
    book = load_workbook(io.BytesIO(keeping.path_of(made.xlsx_sha256).read_bytes()))
    assert book.sheetnames == ["无异议债权", "有异议债权", "暂缓确认", "不予确认"]
    first = [cell.value for cell in list(book["无异议债权"].iter_rows())[1]]
    assert first[:4] == [1, 1, "甲供应商", "普通债权"]
    assert 1000.0 in first
    assert "（2026）沪03民初9号" in [cell.value for cell in book["有异议债权"][2]]
    pdf = PdfReader(io.BytesIO(keeping.path_of(made.pdf_sha256).read_bytes()))
    words = "".join("".join(page.extract_text() for page in pdf.pages).split())
    for said in ("无异议债权表", "甲供应商", "1,800.50", "戊争议", "维持异议", "丁股东", "50.00"):
        assert said in words, said
    keeping.path_of(made.content_sha256).write_bytes(b"{}")
    with pytest.raises(Refused, match="已损坏"):
        keeping.body(made)


def test_before_the_end_it_takes_a_word_more(table: Table) -> None:
    VerificationPeriod.objects.all().delete()
    with pytest.raises(Refused, match="尚未结束"):
        table.make()
    assert table.make(before_the_end=True).number == 1


def test_one_waits_at_a_time_and_comes_back_with_reasons(table: Table) -> None:
    table.make()
    with pytest.raises(Refused, match="尚待法院裁定"):
        table.make()
    judge = table.seen(table.judge)
    with pytest.raises(Refused, match="理由"):
        verbs.return_list(table.case, 1, judge, reason=" ")
    returned = verbs.return_list(table.case, 1, judge, reason="第 2 笔抵押登记请核实")
    assert (returned.state, returned.reason) == ("returned", "第 2 笔抵押登记请核实")
    with pytest.raises(Refused, match="已经处理过"):
        table.confirm()
    assert table.make().number == 2
    # What was made stays as it was.
    assert keeping.body(returned)["list"] == 1
    assert table.recorded("undisputed_list_returned")[0]["reason"] == "第 2 笔抵押登记请核实"


def test_the_court_confirms_and_a_later_list_holds_the_rest(table: Table) -> None:
    table.make()
    confirmed = table.confirm()
    assert (confirmed.state, confirmed.ruling_number) == ("confirmed", RULING["ruling_number"])
    assert confirmed.decided_by == table.judge
    with pytest.raises(Refused, match="没有可以列入"):
        table.make()
    Objection.objects.update(withdrawn_at=clock.now())
    table.adjust("waiting", "判决生效", conclusion="confirmed", confirmed_fen=7000)
    second = table.make()
    said = keeping.body(second)
    assert [one["creditor"] for one in said["entries"]] == ["丙诉讼", "戊争议"]
    assert said["earlier"] == [
        {"list": 1, "ruling": RULING["ruling_number"], "claims": 2, "confirmed": "1800.50"}
    ]
    assert said["disputed"] == []
    table.confirm(2)
    assert len(confirmed_claims(table.case.pk)) == 4


@pytest.mark.parametrize("what", ["amount", "objection"])
def test_what_changed_since_is_not_confirmed(table: Table, what: str) -> None:
    table.make()
    if what == "amount":
        table.adjust("full", "重算", conclusion="partly_confirmed", confirmed_fen=99_999)
    else:
        Objection.objects.create(
            claim=table.claim("full"), creditor=table.creditors["part"],
            person=table.judge, reasons="晚到的异议", at=clock.now(),
        )  # fmt: skip
    with pytest.raises(Refused, match="1 笔债权被修改或被提出异议（甲供应商）"):
        table.confirm()
    assert UndisputedList.objects.get().state == "submitted"
    assert confirmed_claims(table.case.pk) == set()


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"ruling_number": "  "}, "裁定书文号"),
        ({"ruling_number": "号" * 81}, "80"),
        ({"ruling_date": date(2999, 1, 1)}, "不能晚于今天"),
    ],
)
def test_a_ruling_has_a_number_and_a_day(table: Table, said: dict, message: str) -> None:
    table.make()
    with pytest.raises(Refused, match=message):
        verbs.confirm_list(table.case, 1, table.seen(table.judge), **{**RULING, **said})


def test_only_the_administrator_makes_and_only_the_judge_confirms(table: Table) -> None:
    clerk = world.make_person(table.case, "clerk")
    for person in (table.judge, clerk):
        with pytest.raises(Refused) as refusal:
            verbs.make_list(table.case, table.seen(person))
        assert refusal.value.code == "not_allowed"
    table.make()
    for person in (table.administrator, clerk):
        with pytest.raises(Refused) as refusal:
            verbs.confirm_list(table.case, 1, table.seen(person), **RULING)
        assert refusal.value.code == "not_allowed"
    with pytest.raises(NotFound):
        verbs.confirm_list(table.case, 9, table.seen(table.judge), **RULING)


def test_what_the_court_confirmed_is_changed_by_its_word_alone(table: Table) -> None:
    table.make()
    change = {"conclusion": "partly_confirmed", "confirmed_fen": 50_000}
    table.confirm()
    with pytest.raises(Refused, match="已由法院裁定确认"):
        table.adjust("full", "重新核算利息", **change)
    assert table.claim("full").confirmed_fen == 100_000
    # A remark changes nothing of what was confirmed, nor is another claim concerned.
    assert table.adjust("full", "补充说明", note="已寄送裁定") == ["note"]
    assert table.adjust("rejected", "补充证据", conclusion="confirmed", confirmed_fen=500)
    assert table.adjust("full", "根据（2026）沪03民初1号民事判决", **change)
    assert table.claim("full").confirmed_fen == 50_000


def test_it_is_on_the_record_of_meetings_that_were_opened(table: Table) -> None:
    convened = world.make_meeting(table.case, state="convened")
    made = table.make(address="192.0.2.7")
    table.confirm()
    (entry,) = table.recorded("undisputed_list")
    assert entry["content_sha256"] == made.content_sha256
    assert (entry["claims"], entry["confirmed"], entry["by_name"]) == (2, "1800.50", "管理人甲")
    (entry,) = table.recorded("undisputed_list_confirmed")
    assert (entry["ruling"], entry["ruling_date"]) == (RULING["ruling_number"], "2026-01-05")
    assert not LedgerEntry.objects.filter(meeting=convened).exists()


@pytest.mark.parametrize("role", ["administrator", "creditor"])
def test_rooms_follow(table: Table, role: str) -> None:
    own = table.creditors["part"] if role == "creditor" else None
    person = world.make_person(table.case, role, own)
    seq, stale = world.take_snapshot(person, table.meeting)
    table.make()
    table.confirm()
    followed = world.catch_up(person, table.meeting, seq, json.loads(json.dumps(stale)))
    _seq, fresh = world.take_snapshot(person, table.meeting)
    fresh = json.loads(json.dumps(fresh))
    for section in ("claims", "undisputed"):
        assert (followed.get(section) or {}) == (fresh.get(section) or {})
    assert set(fresh.get("undisputed") or {}) == ({"1"} if role == "administrator" else set())


# --- Pages ----------------------------------------------------------------------------------------


def browser(person: Person) -> Client:
    client = Client()
    client.force_login(person, "django.contrib.auth.backends.ModelBackend")
    return client


def test_made_and_confirmed_page_by_page(table: Table) -> None:
    administrator, judge = browser(table.administrator), browser(table.judge)
    lists = f"/cases/{table.case.pk}/claims/undisputed/"
    assert "2 笔，2 个债权人，确认 1,800.50 元" in "".join(
        administrator.get(lists).content.decode().split("\n")
    ).replace("  ", "")
    answer = administrator.post(lists, follow=True)
    assert answer.redirect_chain[-1][0] == f"{lists}1/"
    page = judge.get(f"{lists}1/").content.decode()
    for said in ("甲供应商", "1,800.50", "戊争议", "（2026）沪03民初9号", "登记裁定确认"):
        assert said in page
    assert "13911112222" not in page
    wrong = judge.post(
        f"{lists}1/decide/",
        {
            "decision": "confirm", "confirm-ruling_number": "（2026）沪03破1号之三",
            "confirm-ruling_date": "2999-01-01",
        },
    )  # fmt: skip
    assert wrong.status_code == 400
    assert "不能晚于今天" in wrong.content.decode()
    # What was typed is still there.
    assert 'value="（2026）沪03破1号之三"' in wrong.content.decode()
    done = judge.post(
        f"{lists}1/decide/",
        {
            "decision": "confirm", "confirm-ruling_number": "（2026）沪03破1号之三",
            "confirm-ruling_date": "2026-01-05",
        },
        follow=True,
    )  # fmt: skip
    assert "已裁定确认" in done.content.decode()
    assert "法院已裁定确认" in administrator.get(f"/cases/{table.case.pk}/claims/").content.decode()
    for kind, start in (("pdf", b"%PDF"), ("xlsx", b"PK"), ("json", b"{")):
        answer = judge.get(f"{lists}1/list.{kind}")
        assert b"".join(answer.streaming_content).startswith(start)
        assert answer["X-Content-Type-Options"] == "nosniff"
    assert judge.get(f"{lists}1/list.exe").status_code == 404


def test_a_large_list_is_made_aside(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "LARGE", 1)
    begun: list[dict] = []
    monkeypatch.setattr(making, "begin", lambda _case, _viewer, **said: begun.append(said))
    administrator = browser(table.administrator)
    lists = f"/cases/{table.case.pk}/claims/undisputed/"
    assert administrator.post(lists).status_code == 302
    assert begun == [{"address": "127.0.0.1", "before_the_end": False}]
    # What the thread does, in this one.
    seen = table.seen(table.administrator)
    making.make(table.case, seen, "", False, "zh-hans")
    assert UndisputedList.objects.get().state == "submitted"
    making.make(table.case, seen, "", False, "zh-hans")
    assert "尚待法院裁定" in administrator.get(lists).content.decode()
    monkeypatch.setattr(making, "is_running", lambda _case_id: True)
    answer = administrator.get(lists)
    assert answer["Refresh"] == "3"
    assert "名单正在编制" in answer.content.decode()


def test_creditors_do_not_find_it(table: Table) -> None:
    table.make()
    creditor = browser(world.make_person(table.case, "creditor", table.creditors["part"]))
    stranger = browser(world.make_person(world.make_case(), "judge"))
    lists = f"/cases/{table.case.pk}/claims/undisputed/"
    for address in (lists, f"{lists}1/", f"{lists}1/list.pdf", f"{lists}1/chart.svg"):
        assert creditor.get(address).status_code == 403
        assert stranger.get(address).status_code == 404
    assert creditor.post(f"{lists}1/decide/", {"decision": "return"}).status_code == 403


def test_the_chart_shows_filed_against_confirmed(table: Table) -> None:
    judge = browser(table.judge)
    answer = judge.get(f"/cases/{table.case.pk}/claims/chart.svg")
    drawn = answer.content.decode()
    assert answer["Content-Type"] == "image/svg+xml"
    assert "有财产担保债权" in drawn
    assert "800.50" in drawn
    again = judge.get(
        f"/cases/{table.case.pk}/claims/chart.svg", headers={"If-None-Match": answer["ETag"]}
    )
    assert again.status_code == 304
    # The same in figures, for those who hear the page.
    page = judge.get(f"/cases/{table.case.pk}/claims/").content.decode()
    assert "claims-figures" in page
    assert "1,820.50" in page
    creditor = browser(world.make_person(table.case, "creditor", table.creditors["part"]))
    address = f"/meetings/{table.meeting.slug}/claims/chart.svg"
    assert creditor.get(address).status_code == 200
    Meeting.objects.update(claims_open=False)
    assert creditor.get(address).status_code == 404
