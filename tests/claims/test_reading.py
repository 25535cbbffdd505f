"""Large tables are read beside the server: progress, an interrupted reading, what is kept."""

import re
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from creditor_meetings.cases import clock
from creditor_meetings.cases.models import Case, Person
from creditor_meetings.claims import reading
from creditor_meetings.claims.importing import NoTable, Reading, Unreadable, kept, read
from creditor_meetings.claims.models import Claim, ClaimsTable
from tests.claims import papers
from tests.claims.test_pages import browser, upload
from tests.support import world

SECONDS = 240


@pytest.fixture(autouse=True)
def _own_directory(settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def case() -> Case:
    return world.make_case(number="(2026)沪03破1号")


@pytest.fixture
def person(case: Case) -> Person:
    return world.make_person(case, "administrator")


@pytest.fixture
def _all_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "AT_ONCE_BYTES", 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_all_are_large")
def test_a_large_table_is_read_while_its_page_says_how_far(
    case: Case, person: Person, settings
) -> None:
    client = browser(person)
    preview = upload(client, case, papers.SAMPLE.read_bytes(), "claims_table.xlsx")
    page = client.get(preview.url)
    assert page.status_code == 200
    far_url = f"{preview.url}progress/"
    body = page.content.decode()
    if 'role="progressbar"' in body:  # else it was read already
        assert f'data-reading="{far_url}"' in body
    until = time.monotonic() + SECONDS
    while not (far := client.get(far_url).json())["ready"]:
        assert not far["stopped"], far
        assert 0 <= far["done"] <= far["total"]
        assert time.monotonic() < until
        time.sleep(0.1)
    assert "796,598,397.62" in client.get(preview.url).content.decode()
    assert client.post(preview.url).status_code == 302
    assert Claim.objects.filter(case=case).count() == 333
    # What was understood is not kept any longer than the table waits.
    assert not list((Path(settings.DATA_DIR) / "claims_readings").glob("*/*"))
    # A stranger's file that cannot be read says so on the same page.
    preview = upload(client, case, bytes(range(256)) * 10, "x.csv")
    while not client.get(f"{preview.url}progress/").json()["ready"]:
        assert time.monotonic() < until + SECONDS
        time.sleep(0.1)
    answer = client.get(preview.url)
    assert (answer.status_code, "GB18030" in answer.content.decode()) == (400, True)


@pytest.mark.django_db
def test_a_reading_that_was_interrupted_can_be_begun_anew(
    case: Case, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "AT_ONCE_BYTES", 0)
    started: list[int] = []
    monkeypatch.setattr(reading, "start", lambda table: started.append(table.pk))
    client = browser(person)
    preview = upload(client, case, papers.workbook())
    table = ClaimsTable.objects.get()
    assert started == [table.pk]
    ClaimsTable.objects.update(
        progress={"stage": "rows", "done": 10, "total": 40, "at": clock.now().isoformat()}
    )
    page = client.get(preview.url).content.decode()
    assert 'aria-valuenow="12"' in page
    assert "共 40 行" in page
    assert client.post(preview.url).status_code == 200  # nothing to confirm yet
    client.post(f"{preview.url}progress/")  # it goes on: no second one beside it
    assert started == [table.pk]
    with clock.set_to(clock.now() + reading.SILENT + timedelta(seconds=1)):
        page = client.get(preview.url).content.decode()
        assert "中断" in page
        assert "继续读取" in page
        assert client.get(f"{preview.url}progress/").json()["stopped"]
        assert client.post(f"{preview.url}progress/").status_code == 302
    assert started == [table.pk, table.pk]
    ClaimsTable.objects.update(progress={"stopped": "过于复杂", "at": clock.now().isoformat()})
    assert "过于复杂" in client.get(preview.url).content.decode()
    assert not Claim.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_process_that_fails_is_said_to_have_failed(case: Case, person: Person) -> None:
    table = ClaimsTable.objects.create(
        case=case, by=person, at=clock.now(), name="x.xlsx", sha256="0" * 64
    )
    order = {"path": "/nowhere", "name": "x", "meanings": {}, "language": "zh-hans"}
    reading._watch(table.pk, order, reading._path(table))
    table.refresh_from_db()
    assert "无法读取" in reading.progress_of(table).stopped
    assert not reading._path(table).exists()


@pytest.mark.django_db
def test_what_was_kept_and_spoilt_is_read_again(case: Case, person: Person, settings) -> None:
    client = browser(person)
    preview = upload(client, case, papers.workbook())
    (path,) = (Path(settings.DATA_DIR) / "claims_readings").glob("*/*")
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    assert "12,850.50" in client.get(preview.url).content.decode()


def facts(found: Reading) -> Any:
    return (
        found.content, found.findings, found.title, found.case_number, found.unit,
        [(one.place.row, one.given, one.unread) for one in found.entries],
        [one.columns for one in found.heads], [one.rows for one in found.tops],
    )  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [papers.SAMPLE.read_bytes(), papers.workbook(), papers.workbook(papers.put(I5="abc", B8=None))],
)
def test_what_is_kept_says_the_same_as_what_was_read(content: bytes) -> None:
    found = read(content, "t.xlsx")
    again = kept.load(kept.dump(found))
    assert isinstance(again, Reading)
    assert facts(again) == facts(found)
    assert kept.load(kept.dump(Unreadable("坏")).replace(b'"form":1', b'"form":0')) is None
    nothing = kept.load(kept.dump(NoTable(found.tops)))
    assert isinstance(nothing, NoTable)
    assert nothing.tops[0].rows == found.tops[0].rows


@pytest.mark.django_db
def test_a_difference_is_shown_page_by_page_and_confirmed(case: Case, person: Person) -> None:
    client = browser(person)
    client.post(upload(client, case, papers.workbook()).url)

    def other(sheet: Any) -> None:
        papers.put(O8="其他理由", E8="13900000009", L11=4200, L12="12,800.50")(sheet)
        for column in "ABCDEFGHIJKLMNOPQR":
            sheet[f"{column}10"] = None

    preview = upload(client, case, papers.workbook(other))
    page = client.get(preview.url).content.decode()
    for shown in ("其他理由", "利息计算至破产受理日", "13900000009", "陈安", "确认更新", "保留"):
        assert shown in page
    digest = page.split('name="seen" value="')[1].split('"')[0]
    gone = Claim.objects.get(creditor__name="陈安")
    # Without having seen it nothing is confirmed, nor by turning the page.
    assert client.post(preview.url).status_code == 409
    turned = client.post(
        preview.url, {"seen": digest, "show": "changed:2", f"missing-{gone.pk}": "drop"}
    )
    assert turned.status_code == 200
    assert re.search(r'<option value="drop"\s+selected>', turned.content.decode())
    assert Claim.objects.get(creditor__name="李华").reason == "利息计算至破产受理日"
    # The case changed meanwhile: shown anew, not applied.
    Claim.objects.filter(creditor__name="李华").update(note="别人改的", version=1)
    late = client.post(preview.url, {"seen": digest, f"missing-{gone.pk}": "drop"})
    assert late.status_code == 409
    body = late.content.decode()
    assert "有了变化" in body
    assert re.search(r'<option value="drop"\s+selected>', body)
    digest = body.split('name="seen" value="')[1].split('"')[0]
    done = client.post(preview.url, {"seen": digest, f"missing-{gone.pk}": "drop"}, follow=True)
    assert "1 笔修改，1 笔删除，债权人资料 1 处更新" in done.content.decode()
    assert not Claim.objects.filter(pk=gone.pk).exists()
    after = Claim.objects.get(creditor__name="李华")
    assert (after.reason, after.creditor.phone) == ("其他理由", "13900000009")
    assert after.changes.get(field="reason").by == person
    assert client.post(preview.url, {"seen": digest}).status_code == 302  # it was imported
    same = upload(client, case, papers.workbook(other))
    assert "没有变化" in client.get(same.url).content.decode()
