"""Reading time: believed as far as time allows, told per creditor, exported, drawn."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditor_meetings.cases import charting, clock
from creditor_meetings.cases.models import CaseRole
from documents import reading_summary, reading_time, verbs
from documents.models import Document, PageReading
from tests.documents.conftest import ROLES, STAFF, House
from tests.support import world

START = datetime(2026, 5, 18, 1, 0, tzinfo=UTC)


@contextmanager
def at(seconds: float) -> Iterator[None]:
    """Be so many seconds after the beginning."""
    with clock.set_to(START + timedelta(seconds=seconds)):
        yield


@pytest.fixture
def document(house: House) -> Document:
    """A document of three pages, opened by the creditor at the beginning."""
    with at(0):
        found = house.hand_out(house.upload())
        verbs.note_opened(found, house.viewer("creditor"))
    return found


def send(house: House, document: Document, body: Any, role: str = "creditor") -> Any:
    """Report as the reader's page does."""
    content = body if isinstance(body, str | bytes) else json.dumps(body)
    return house.client(role).post(
        house.url(document, "reading/"),
        content,
        content_type="application/json",
        headers={"Accept": "application/json"},
    )


def report(house: House, document: Document, pages: Mapping[int, int]) -> dict[str, Any]:
    """Report seconds by page; return what the page is told."""
    answer = send(house, document, {"pages": pages})
    assert answer.status_code == 200, answer.content
    return answer.json()


def kept(document: Document) -> dict[int, int]:
    """The seconds on record by page."""
    rows = PageReading.objects.filter(document=document).order_by("page")
    return dict(rows.values_list("page", "seconds"))


def test_seconds_add_up_page_by_page(house: House, document: Document) -> None:
    with at(10):
        told = report(house, document, {1: 7, 2: 3})
    assert told == {"ok": True, "read": [1, 2], "pages": 3, "seconds": 10}
    with at(20):
        told = report(house, document, {2: 10})
    assert (told["read"], told["seconds"]) == ([1, 2], 20)
    assert kept(document) == {1: 7, 2: 13}
    first, second = PageReading.objects.order_by("page")
    assert first.first_at == first.last_at == START + timedelta(seconds=10)
    assert second.last_at == START + timedelta(seconds=20)
    answer = house.client("creditor").get(house.url(document, "reading/"))
    assert answer.json() == told
    assert "no-store" in answer["Cache-Control"]
    # To another person it is another reading.
    with at(21):
        verbs.note_opened(document, house.viewer("proxy"))
    assert house.client("proxy").get(house.url(document, "reading/")).json()["read"] == []


def test_nobody_reads_longer_than_time_goes(house: House, document: Document) -> None:
    with at(10):
        report(house, document, {1: 600, 2: 300})
    assert kept(document) == {1: 8, 2: 4}  # ten seconds and two of slack, in proportion
    with at(10):
        report(house, document, {3: 500})
        report(house, document, {3: 500})
    assert kept(document) == {1: 8, 2: 4}  # nothing is left of the time since it was opened
    with at(20):
        report(house, document, {3: 500})
    assert kept(document) == {1: 8, 2: 4, 3: 10}
    with at(90_000):  # a page left open overnight does not bring a night of reading
        report(house, document, {1: 90_000})
    assert kept(document)[1] == 8 + reading_time.MOST_SECONDS


@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.dictionaries(st.integers(1, 9), st.integers(0, 10**9))),
        max_size=8,
    )
)
def test_a_cut_keeps_within_the_allowance(steps: list[tuple[int, dict[int, int]]]) -> None:
    for allowance, seconds in steps:
        cut = reading_time.within(seconds, allowance)
        assert sum(cut.values()) <= max(allowance, 0)
        assert all(one <= seconds[page] for page, one in cut.items())


NO_REPORTS: list[Any] = [
    b"", b"{", b"[]", b"\xff", b"null", {}, {"pages": []}, {"pages": {"1": -1}},
    {"pages": {"1": 1.5}}, {"pages": {"1": True}}, {"pages": {"1": "5"}}, {"pages": {"0": 1}},
    {"pages": {"4": 1}}, {"pages": {"1e3": 1}}, {"pages": {"-1": 1}}, {"pages": {"９": 1}},
    {"pages": {"1": 10**30}}, {"pages": {"1": 1}, "more": 1}, "[" * 100_000, "1" * 70_000,
]  # fmt: skip


def test_what_is_no_report_is_refused(house: House, document: Document) -> None:
    for body in NO_REPORTS:
        with at(30):
            answer = send(house, document, body)
        assert answer.status_code == 400, body
        assert answer.json()["error"]["code"] == "bad_request", body
    assert kept(document) == {}


def test_reports_come_through_the_guarded_door(house: House, document: Document) -> None:
    waiting = house.upload()
    for role in ("stranger", "nobody"):
        assert send(house, document, {"pages": {"1": 1}}, role).status_code in (302, 404)
    assert send(house, waiting, {"pages": {"1": 1}}).status_code == 404
    # Who has not opened it has not read it.
    assert send(house, document, {"pages": {"1": 1}}, "observer").status_code == 400
    strict = house.client("creditor", enforce_csrf_checks=True)
    answer = strict.post(
        house.url(document, "reading/"), {"pages": {}}, content_type="application/json"
    )
    assert answer.status_code == 403
    assert kept(document) == {}


# --- What the team is shown -------------------------------------------------------------------


def test_creditors_read_through_their_people(house: House, document: Document) -> None:
    own = CaseRole.objects.get(person=house.people["creditor"]).creditor
    other = world.make_creditor(house.meeting.case, "乙公司")
    with at(5):
        verbs.note_opened(document, house.viewer("proxy"))
        verbs.note_downloaded(document, house.viewer("proxy"))
    with at(30):
        report(house, document, {1: 10, 2: 10})
        assert send(house, document, {"pages": {"2": 5, "3": 5}}, "proxy").status_code == 200
    # Who acts for it no more has read for it all the same.
    CaseRole.objects.filter(person=house.people["proxy"]).update(active=False)
    lines = {one.creditor.pk: one for one in reading_summary.lines(house.meeting, [document])}
    assert own is not None
    read = lines[own.pk].reading
    assert (read.pages, read.seconds, read.state) == (3, 30, "whole")
    assert read.opened_at == START
    assert read.last_at == START + timedelta(seconds=30)
    assert read.downloaded_at == START + timedelta(seconds=5)
    assert lines[own.pk].people == ["creditor", "proxy"]
    assert lines[other.pk].reading.state == "unopened"
    figures = reading_summary.sums([document], list(lines.values()))[0]
    assert figures.states == {"whole": 1, "part": 0, "opened": 0, "unopened": 1}
    assert (figures.opened, figures.pages, figures.seconds) == (1, 3, 30)


def test_the_team_finds_who_has_not_read(house: House, document: Document) -> None:
    second = house.hand_out(house.upload(name="方案.pdf"))
    world.make_creditor(house.meeting.case, "=HYPERLINK(乙)")
    with at(10):
        report(house, document, {1: 4})
    client = house.client("administrator")
    for url in (house.url(document, "readings/"), house.url(more="readings/")):
        page = client.get(url)
        assert page.status_code == 200
        assert "李华" in page.content.decode()
        found = client.get(url, {"q": "hyperlink"}).content.decode()
        assert "李华" not in found
        assert "=HYPERLINK(乙)" in found
        assert client.get(url, {"q": "\x00", "state": "x", "page": "x", "log": "-1"})
    unopened = client.get(house.url(document, "readings/"), {"state": "unopened"})
    assert [one.creditor.name for one in unopened.context["page"]] == ["=HYPERLINK(乙)"]
    part = client.get(house.url(document, "readings/"), {"state": "part"})
    assert [one.creditor.name for one in part.context["page"]] == ["李华"]
    # Of two documents the creditor has opened one: still to be reminded.
    both = client.get(house.url(more="readings/"), {"state": "unopened"})
    assert len(both.context["page"].object_list) == 2
    table = client.get(house.url(more="readings/table.csv"))
    assert "attachment" in table["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert len(rows) == 1 + 2 * 2
    named = {(row[1], row[3]): row for row in rows[1:]}
    assert named["李华", "工作报告"][4:8] == ["读了一部分", "1", "3", "4"]
    assert named["'=HYPERLINK(乙)", second.title][4:8] == ["没有打开", "0", "3", "0"]


@pytest.mark.parametrize("role", ROLES)
def test_who_read_what_is_for_the_team(role: str, house: House, document: Document) -> None:
    client = house.client(role)
    for url in (
        house.url(document, "readings/"),
        house.url(more="readings/"),
        house.url(more="readings/table.csv"),
    ):
        assert client.get(url).status_code == (200 if role in STAFF else 403)


def test_one_sees_the_own_record_in_the_list(house: House, document: Document) -> None:
    with at(10):
        report(house, document, {1: 2, 3: 5})
    assert "您已阅读 2/3 页" in house.client("creditor").get(house.url()).content.decode()
    assert "您已阅读 0/3 页" in house.client("debtor").get(house.url()).content.decode()


def test_the_summary_is_drawn_once_for_the_same_figures(
    house: House, document: Document, settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DATA_DIR = tmp_path
    answer = house.client("judge").get(house.url(more="readings/chart.svg"))
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/svg+xml")
    assert "sandbox" in answer["Content-Security-Policy"]
    drawn = answer.content.decode()
    assert all(words in drawn for words in ("按债权人户数", "工作报告", "已打开 1 / 1 户"))
    monkeypatch.setattr(charting, "_ordered", lambda _order: pytest.fail("drawn again"))
    again = house.client("clerk").get(house.url(more="readings/chart.svg"))
    assert again.content.decode() == drawn


def test_pages_of_the_team_stay_quick_with_many_creditors(
    house: House, document: Document, django_assert_max_num_queries: Any
) -> None:
    for number in range(60):
        world.make_creditor(house.meeting.case, f"债权人{number}")
    with django_assert_max_num_queries(36):
        page = house.client("clerk").get(house.url(more="readings/"))
    assert page.context["page"].paginator.num_pages == 2
