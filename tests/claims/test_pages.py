"""Pages of the claims: the import by upload and confirmation, and who sees what of the table."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from creditor_meetings.cases import clock
from creditor_meetings.cases.models import Case, Creditor, Person
from creditor_meetings.claims import tables
from creditor_meetings.claims.models import Claim, ClaimsTable
from creditor_meetings.meetings.models import Meeting
from tests.claims import papers
from tests.support import world

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_directory(settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def case() -> Case:
    return world.make_case(number="(2026)沪03破1号")


@pytest.fixture
def administrator(case: Case) -> Person:
    return world.make_person(case, "administrator")


def browser(person: Person | None) -> Client:
    client = Client()
    if person is not None:
        client.force_login(person, "django.contrib.auth.backends.ModelBackend")
    return client


def upload(client: Client, case: Case, content: bytes, name: str = "债权表.xlsx"):
    file = SimpleUploadedFile(name, content)
    return client.post(f"/cases/{case.pk}/claims/import/", {"file": file})


def kept(directory: Path) -> list[Path]:
    return sorted((directory / "claims_tables").glob("*"))


# --- the import ---


def test_upload_preview_confirm(case: Case, administrator: Person) -> None:
    client = browser(administrator)
    preview = upload(client, case, papers.SAMPLE.read_bytes(), "claims_table.xlsx")
    page = client.get(preview.url).content.decode()
    for shown in (
        "796,598,397.62",
        "738,620,984.68",
        "(2022)浙0381破示12号",
        "乐清示例银行泰隆示支行",
    ):
        assert shown in page
    assert "没有选错案件" in page
    assert not Claim.objects.exists()
    done = client.post(preview.url, follow=True)
    assert done.redirect_chain[-1][0] == f"/cases/{case.pk}/claims/"
    assert Claim.objects.filter(case=case).count() == 333
    table = ClaimsTable.objects.get()
    assert (table.by, table.name) == (administrator, "claims_table.xlsx")
    again = client.post(preview.url, follow=True)
    assert "已经导入" in again.content.decode()
    assert Claim.objects.count() == 333


def test_the_preview_shows_every_problem_and_offers_no_import(
    case: Case, administrator: Person
) -> None:
    client = browser(administrator)
    spoil = papers.put(I5="abc", N8="大概", M12=1)
    preview = upload(client, case, papers.workbook(spoil))
    page = client.get(preview.url).content.decode()
    rows = re.findall(r'data-label="行">\s*(\d+)\s*</td>\s*<td[^>]*>\s*([A-Z]+)\s*<', page)
    assert {("5", "I"), ("8", "N"), ("12", "M")} <= set(rows)
    assert "确认导入" not in page
    refused = client.post(preview.url)
    assert refused.status_code == 409
    assert not Claim.objects.exists()


@pytest.mark.parametrize(
    ("content", "name"), [(b"", "x.xlsx"), (b"hello", "x.xlsx"), (b"\x00\x01" * 50, "x.csv")]
)
def test_unreadable_files_are_refused_in_one_line(
    case: Case, administrator: Person, content: bytes, name: str
) -> None:
    answer = upload(browser(administrator), case, content, name)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()
    assert not ClaimsTable.objects.exists()


def test_a_form_without_a_file_is_refused(case: Case, administrator: Person) -> None:
    answer = browser(administrator).post(f"/cases/{case.pk}/claims/import/")
    assert answer.status_code == 400
    assert "请选择一个文件" in answer.content.decode()


def test_a_file_beyond_the_limit_is_refused(case: Case, administrator: Person, settings) -> None:
    settings.CLAIMS_TABLE_MAX_BYTES = 2048
    answer = upload(browser(administrator), case, papers.workbook())
    assert answer.status_code == 400
    assert "过大" in answer.content.decode()


def test_a_preview_belongs_to_its_person_and_case(case: Case, administrator: Person) -> None:
    preview = upload(browser(administrator), case, papers.workbook())
    colleague = world.make_person(case, "administrator")
    assert browser(colleague).get(preview.url).status_code == 404
    assert browser(colleague).post(preview.url).status_code == 404
    other = world.make_case()
    world.give_role(administrator, other, "administrator")
    elsewhere = preview.url.replace(f"/cases/{case.pk}/", f"/cases/{other.pk}/")
    assert browser(administrator).post(elsewhere).status_code == 404
    assert not Claim.objects.exists()


def test_a_preview_expires_and_its_file_is_forgotten(
    case: Case, administrator: Person, tmp_path: Path
) -> None:
    client = browser(administrator)
    preview = upload(client, case, papers.workbook())
    assert len(kept(tmp_path)) == 1
    with clock.set_to(clock.now() + tables.KEPT + timedelta(minutes=1)):
        late = client.post(preview.url)
        assert late.status_code == 400
        assert "已过期" in late.content.decode()
        upload(client, case, papers.workbook(papers.put(O8="新")))
        assert len(kept(tmp_path)) == 1
    assert not Claim.objects.exists()


def test_a_file_changed_on_the_disk_is_not_imported(
    case: Case, administrator: Person, tmp_path: Path
) -> None:
    client = browser(administrator)
    preview = upload(client, case, papers.workbook())
    kept(tmp_path)[0].write_bytes(papers.workbook(papers.put(O8="换过")))
    assert client.post(preview.url).status_code == 503
    assert not Claim.objects.exists()


@pytest.mark.parametrize("role", ["judge", "clerk", "creditor", "debtor", "observer", None, ""])
def test_only_the_administrator_imports(case: Case, role: str | None) -> None:
    if role is None:
        person = None
    elif role:
        creditor = world.make_creditor(case) if role == "creditor" else None
        person = world.make_person(case, role, creditor)
    else:
        person = world.make_person(world.make_case(), "administrator")
    client = browser(person)
    answers = {client.get(f"/cases/{case.pk}/claims/import/").status_code}
    answers.add(upload(client, case, papers.workbook()).status_code)
    assert answers <= {302, 403, 404}
    assert not ClaimsTable.objects.exists()


# --- the table ---


@pytest.fixture
def meeting(case: Case) -> Meeting:
    for number in range(30):
        creditor = world.make_creditor(case, f"供货商{number:02d}", confirmed=f"{number + 1}00.00")
        creditor.identity_number = f"91330000SECRET{number:04d}"
        creditor.phone, creditor.email = f"13911110{number:03d}", f"secret{number}@example.com"
        creditor.contact_name = f"联络员{number:02d}"
        creditor.save()
    return world.make_meeting(case)


def bare(page: str) -> str:
    """The page without what only echoes the question."""
    return re.sub(r'(?:value|href|data-creditor|action)="[^"]*"', "", page)


def names(page: str) -> list[str]:
    return re.findall(r"供货商\d\d", bare(page))


def rows_of(page: str) -> list[str]:
    return list(dict.fromkeys(names(page)))


def creditor_of(meeting: Meeting, number: int) -> Person:
    creditor = Creditor.objects.get(name=f"供货商{number:02d}", case=meeting.case)
    return world.make_person(meeting.case, "creditor", creditor)


def table_of(person: Person, meeting: Meeting, query: str = "", *, page: bool = False) -> str:
    headers = {} if page else {"X-Requested-With": "XMLHttpRequest"}
    answer = browser(person).get(f"/meetings/{meeting.slug}/claims/{query}", headers=headers)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    return answer.content.decode()


def test_a_creditor_sees_its_own_claims_first_then_everybodys(meeting: Meeting) -> None:
    shown = rows_of(table_of(creditor_of(meeting, 20), meeting))
    assert shown[:3] == ["供货商20", "供货商00", "供货商01"]


def test_a_table_that_is_not_open_shows_ones_own_claims_alone(meeting: Meeting) -> None:
    Meeting.objects.filter(pk=meeting.pk).update(claims_open=False)
    person = creditor_of(meeting, 20)
    for query in ("", "?q=供货商", "?sort=filed", "?page=2", "?q=供货商05"):
        assert set(names(table_of(person, meeting, query))) <= {"供货商20"}
    assert len(rows_of(table_of(world.make_person(meeting.case, "judge"), meeting))) == 10


@pytest.mark.parametrize("role", ["creditor", "debtor", "employees", "observer"])
def test_nobody_but_staff_sees_identity_numbers_and_contacts_of_others(
    meeting: Meeting, role: str
) -> None:
    person = (
        creditor_of(meeting, 3) if role == "creditor" else world.make_person(meeting.case, role)
    )
    seen = ""
    for query in ("", "?page=2", "?page=3", "?q=SECRET0005", "?q=13911110005", "?sort=name"):
        for page in (True, False):
            seen += bare(table_of(person, meeting, query, page=page))
    for number in range(30):
        if role == "creditor" and number == 3:
            continue
        for secret in (f"SECRET{number:04d}", f"13911110{number:03d}", f"secret{number}@"):
            assert secret not in seen
        assert f"联络员{number:02d}" not in seen
    # Nor can they be found out by searching for them.
    assert "供货商05" not in names(table_of(person, meeting, "?q=SECRET0005"))


def test_staff_sees_and_finds_by_identity_number(meeting: Meeting) -> None:
    judge = world.make_person(meeting.case, "judge")
    found = table_of(judge, meeting, "?q=SECRET0005")
    assert set(rows_of(found)) == {"供货商05"}
    assert "91330000SECRET0005" in found


def test_pages_and_sorting_are_the_servers(meeting: Meeting) -> None:
    judge = world.make_person(meeting.case, "judge")
    assert rows_of(table_of(judge, meeting, "?sort=-filed"))[0] == "供货商29"
    assert rows_of(table_of(judge, meeting, "?sort=filed&page=3"))[-1] == "供货商29"
    every = {name for page in "123" for name in rows_of(table_of(judge, meeting, f"?page={page}"))}
    assert len(every) == 30


@pytest.mark.parametrize("query", ["?page=0", "?page=x", "?page=99999", "?sort=identity", "?q=%00"])
def test_a_query_that_cannot_be_meant_breaks_nothing(meeting: Meeting, query: str) -> None:
    assert "供货商" in table_of(world.make_person(meeting.case, "judge"), meeting, query)


def test_a_search_is_only_text(meeting: Meeting) -> None:
    page = table_of(creditor_of(meeting, 0), meeting, "?q=<script>alert(1)</script>%25")
    assert "<script>alert" not in page
    assert "没有符合的债权" in page


def test_the_cases_table_is_for_the_staff(meeting: Meeting) -> None:
    url = f"/cases/{meeting.case_id}/claims/"
    for role in ("administrator", "judge", "clerk"):
        answer = browser(world.make_person(meeting.case, role)).get(url)
        assert answer.status_code == 200
        assert "91330000SECRET0000" in answer.content.decode()
    assert browser(creditor_of(meeting, 1)).get(url).status_code == 403
    stranger = world.make_person(world.make_case(), "judge")
    assert browser(stranger).get(url).status_code == 404
    assert browser(None).get(url).status_code == 302
