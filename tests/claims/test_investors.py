"""The investors' own table: read by cell, all or nothing, and no part of the claims table."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client

from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Case, Creditor
from creditor_meetings.claims import investors, tables
from creditor_meetings.claims.importing import Unreadable
from creditor_meetings.claims.importing import read as read_claims
from creditor_meetings.claims.importing.commit import Source, commit
from creditor_meetings.claims.investors_table import read
from creditor_meetings.claims.models import Claim, ClaimsTable
from tests.claims import papers
from tests.support import world

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_directory(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def case() -> Case:
    return world.make_case(procedure="reorganisation")


def take(case: Case, content: bytes) -> bool:
    return investors.commit(case, read(content, "出资人.csv"), Source.of(content, "出资人.csv"))


def run(*arguments: object) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("import_investors", *map(str, arguments), stdout=out, stderr=err)
    except SystemExit as ended:
        return int(ended.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def test_each_becomes_a_holder_with_a_confirmed_line(case: Case) -> None:
    assert take(case, papers.investors_table())
    lines = {one.creditor.name: one for one in Claim.objects.filter(case=case)}
    assert {name: one.confirmed_fen for name, one in lines.items()} == {
        "江南控股有限公司": 60_000_000_00, "吴海": 40_000_000_00,
    }  # fmt: skip
    assert {one.nature for one in lines.values()} == {"investor"}
    assert lines["吴海"].note == "持股比例 40%"
    assert lines["吴海"].creditor.email == "wuhai@example.com"
    # Again changes nothing; another table is refused and changes nothing.
    assert not take(case, papers.investors_table())
    other = [papers.INVESTORS[0], [*papers.INVESTORS[1][:2], "39,999,999.99", "40%", "", "", ""]]
    with pytest.raises(Refused) as refused:
        take(case, papers.investors_table(other))
    assert "1 名内容不同" in refused.value.message
    assert Claim.objects.filter(case=case).count() == 2


def test_a_creditor_who_invests_is_one_holder_with_its_own_name(case: Case) -> None:
    bank = world.make_creditor(case, "示例银行", confirmed="500.00")
    Creditor.objects.filter(pk=bank.pk).update(identity_number="91990000MAT11X5051")
    register = read(papers.investors_table(), "出资人.csv")
    investors.compare_with_case(case, register)
    assert "示例银行" in register.findings.warnings[0].message
    take(case, papers.investors_table())
    assert Creditor.objects.filter(case=case).count() == 2
    assert bank.claims.count() == 2


@pytest.mark.parametrize(
    ("spoilt", "column", "words"),
    [
        (["", "990000198611192183", "40", "", "", "", ""], "A", "名称为空"),
        (["吴海", "", "40", "", "", "", ""], "B", "证件号码为空"),
        (["吴海", "91990000MAT11X5051", "40", "", "", "", ""], "B", "第 2 行"),
        (["吴海", "990000198611192183", "四十", "", "", "", ""], "C", "不是金额"),
        (["吴海", "990000198611192183", "-40", "", "", "", ""], "C", "负数"),
        (["吴海", "990000198611192183", "0", "", "", "", ""], "C", "大于 0"),
        (["吴海", "990000198611192183", "40", "四成", "", "", ""], "D", "不是比例"),
        (["吴海", "990000198611192183", "40", "101%", "", "", ""], "D", "100%"),
        (["吴海", "990000198611192183", "40", "", "", "1" * 41, ""], "F", "过长"),
        (["合计", "", "99.00", "", "", "", ""], "C", "60,000,000.00"),
    ],
)
def test_each_problem_is_at_its_cell_and_nothing_is_imported(
    case: Case, spoilt: list[Any], column: str, words: str
) -> None:
    content = papers.investors_table([papers.INVESTORS[0], spoilt])
    problem = read(content, "出资人.csv").findings.problems[0]
    assert (problem.row, problem.column) == (3, column)
    assert words in problem.message
    with pytest.raises(Refused):
        take(case, content)
    assert not Creditor.objects.exists()


def test_units_sums_and_notes_are_understood() -> None:
    text = (
        "江南公司出资人名册\n单位：万元\n股东名称,统一社会信用代码/身份证号,认缴出资额（万元）\n"
        "甲,91990000MAT11X5051,600\n乙,990000198611192183,400.5\n合计,,1000.5\n注：以登记为准\n"
    )
    register = read(text.encode("gb18030"), "名册.csv")
    assert register.findings.problems == []
    assert [one.amount_fen for one in register.investors] == [600_0000_00, 400_5000_00]


def test_a_claims_table_is_no_table_of_investors() -> None:
    for content in (papers.workbook(), b"a,b\n1,2\n", b""):
        with pytest.raises(Unreadable):
            read(content, "表.csv" if content[:2] != b"PK" else "表.xlsx")


def test_they_are_in_no_claims_table_and_none_of_its_sums(case: Case) -> None:
    take(case, papers.investors_table())
    # The claims table can still be brought, and brought again.
    reading = read_claims(papers.workbook(), "债权表.xlsx")
    source = Source.of(papers.workbook(), "债权表.xlsx")
    assert commit(case, reading, source)
    assert not commit(case, reading, source)
    meeting = world.make_meeting(case)
    investor = Creditor.objects.get(identity_number="91990000MAT11X5051")
    person = world.make_person(case, "creditor", investor)
    judge = world.make_person(case, "judge")
    state = world.take_snapshot(judge, meeting)[1]
    assert state["claims"]["count"] == 5
    assert state["verification"]["total"] == 5
    client = Client()
    client.force_login(judge, "django.contrib.auth.backends.ModelBackend")
    page = client.get(f"/cases/{case.pk}/claims/").content.decode()
    assert "60,000,000.00" not in page
    own = world.take_snapshot(person, meeting)[1]["my_claims"].get(str(investor.pk), {})
    assert all(one["nature"] != "investor" for one in own.values())


def test_the_command(case: Case, tmp_path: Path) -> None:
    file = tmp_path / "出资人.csv"
    file.write_bytes(papers.investors_table())
    code, out, _err = run(case.pk, file, "--dry-run")
    assert code == 0
    assert "可以导入" in out
    assert not Claim.objects.exists()
    assert run(case.pk, file)[0] == 0
    assert "没有变化" in run(case.number, file)[1]
    file.write_bytes(papers.investors_table([["甲", "1", "x", "", "", "", ""]]))
    code, _out, err = run(case.pk, file)
    assert code == 1
    assert "C2" in err
    assert run(case.pk, tmp_path / "没有.csv")[0] == 2
    assert run("没有的案件", file)[0] == 2
    assert Claim.objects.count() == 2


def test_upload_preview_confirm(case: Case) -> None:
    administrator = world.make_person(case, "administrator")
    client = Client()
    client.force_login(administrator, "django.contrib.auth.backends.ModelBackend")
    address = f"/cases/{case.pk}/investors/import/"
    bad = SimpleUploadedFile(
        "出资人.csv", papers.investors_table([["甲", "", "5", "", "", "", ""]])
    )
    page = client.get(client.post(address, {"file": bad}).url).content.decode()
    assert "发现 1 处问题" in page
    assert "确认导入" not in page
    good = SimpleUploadedFile("出资人.csv", papers.investors_table())
    preview = client.post(address, {"file": good}).url
    assert "100,000,000.00" in client.get(preview).content.decode()
    assert not Claim.objects.exists()
    page = client.post(preview, follow=True).content.decode()
    assert "已导入 2 名出资人" in page
    assert "已经导入" in client.post(preview, follow=True).content.decode()
    # Kept as what it is: no claims table came with it.
    kept = ClaimsTable.objects.get(imported_at__isnull=False)
    assert kept in tables.of_investors(case)
    assert not tables.of_claims(case).exists()
    number = ClaimsTable.objects.get(imported_at__isnull=True).pk
    assert client.get(f"/cases/{case.pk}/claims/import/{number}/").status_code == 404
