"""`manage.py import_claims`: exit codes, lines for people, JSON for scripts."""

import io
import json
from pathlib import Path

import pytest
from django.core.management import call_command

from creditor_meetings.cases.models import Case
from creditor_meetings.claims.models import Claim
from tests.claims import papers
from tests.support import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> Case:
    return world.make_case(number="（2026）沪03破1号")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "债权表.xlsx"
    path.write_bytes(papers.workbook())
    return path


def run(*arguments: object) -> tuple[int, str, str]:
    """Run the command; return exit code, standard output, standard error."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("import_claims", *map(str, arguments), stdout=out, stderr=err)
    except SystemExit as ended:
        return int(ended.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def test_the_sample_as_json(case: Case) -> None:
    code, out, err = run(case.pk, papers.SAMPLE, "--json")
    assert (code, err) == (0, "")
    result = json.loads(out)
    warnings = result.pop("warnings")
    assert result == {
        "creditors": 326,
        "claims": 333,
        "filed": "796598397.62",
        "confirmed": "738620984.68",
        "problems": [],
    }
    assert all(set(one) == {"sheet", "row", "column", "value", "message"} for one in warnings)
    assert Claim.objects.filter(case=case).count() == 333


@pytest.mark.parametrize("number", ["（2026）沪03破1号", "(2026)沪03破1号", " (2026) 沪03破1号"])
def test_a_case_is_named_by_its_number_whatever_its_brackets(
    case: Case, file: Path, number: str
) -> None:
    code, out, _err = run(number, file)
    assert code == 0
    assert "12,850.50" in out
    assert Claim.objects.filter(case=case).count() == 5


def test_a_rehearsal_stores_nothing_and_may_be_for_a_new_case(case: Case, file: Path) -> None:
    assert run(case.pk, file, "--dry-run")[0] == 0
    assert run("（2099）沪03破9号", file, "--dry-run")[0] == 0
    assert not Claim.objects.exists()
    assert Case.objects.count() == 1


def test_again_says_that_nothing_changed(case: Case, file: Path) -> None:
    run(case.pk, file)
    code, out, _err = run(case.pk, file)
    assert code == 0
    assert "没有变化" in out
    assert Claim.objects.count() == 5


@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_another_table_is_a_problem(case: Case, file: Path, dry: list[str]) -> None:
    run(case.pk, file)
    file.write_bytes(papers.workbook(papers.put(O8="其他理由")))
    code, out, _err = run(case.pk, file, "--json", *dry)
    assert code == 1
    summary, changed = json.loads(out)["problems"]
    assert "1 笔内容不同" in summary["message"]
    assert (changed["sheet"], changed["row"], changed["value"]) == ("债权表", 8, "李华")
    assert "利息计算至破产受理日 改为 其他理由" in changed["message"]
    assert Claim.objects.get(creditor__name="李华").reason == "利息计算至破产受理日"


def test_update_applies_what_the_table_says_otherwise(case: Case, file: Path) -> None:
    run(case.pk, file)

    def correct(sheet) -> None:
        papers.put(O8="其他理由", L11=4200, L12="12,800.50")(sheet)
        for column in "ABCDEFGHIJKLMNOPQR":
            sheet[f"{column}10"] = None  # 陈安 is gone

    file.write_bytes(papers.workbook(correct))
    code, out, _err = run(case.pk, file, "--json", "--update", "--dry-run")
    assert code == 0
    assert Claim.objects.get(creditor__name="李华").reason == "利息计算至破产受理日"
    assert run(case.pk, file)[0] == 1
    code, out, _err = run(case.pk, file, "--json", "--update")
    assert code == 0
    (kept,) = [one for one in json.loads(out)["warnings"] if one["value"] == "陈安"]
    assert "已保留" in kept["message"]
    assert Claim.objects.count() == 5
    changed = Claim.objects.get(creditor__name="李华")
    assert changed.reason == "其他理由"
    (change,) = changed.changes.all()
    assert (change.field, change.after, change.by) == ("reason", "其他理由", None)
    assert change.reason.startswith("重新导入")
    assert "没有变化" in run(case.pk, file, "--update")[1]


def test_missing_ones_go_only_when_that_is_asked_for(case: Case, file: Path) -> None:
    run(case.pk, file)

    def without(sheet) -> None:
        papers.put(L11=4200, L12="12,800.50")(sheet)
        for column in "ABCDEFGHIJKLMNOPQR":
            sheet[f"{column}10"] = None

    file.write_bytes(papers.workbook(without))
    assert run(case.pk, file, "--update", "--drop-missing")[0] == 0
    assert not Claim.objects.filter(creditor__name="陈安").exists()
    assert Claim.objects.count() == 4


def test_headings_are_explained_by_map(case: Case, file: Path, tmp_path: Path) -> None:
    spoilt = papers.put(B3="对方单位", M3="核定数(元)", G3="是什么债")
    file.write_bytes(papers.workbook(spoilt))
    assert run(case.pk, file)[0] == 1
    assert run(case.pk, file, "--map", "对方单位=naem")[0] == 2
    said = ["--map", "对方单位=name", "--map", " 核定 数=confirmed", "--map", "是什么债=nature"]
    assert run(case.pk, file, *said, "--dry-run")[0] == 0
    words = tmp_path / "words.json"
    words.write_text(
        json.dumps({"债权表": {"columns": {"B": "name", "13": "confirmed", "是什么债": "nature"}}})
    )
    assert run(case.pk, file, "--map", words)[0] == 0
    assert Claim.objects.count() == 5
    for wrong in ("没有.json", "没有等号", "x=name=y"):
        assert run(case.pk, file, "--map", tmp_path / wrong)[0] == 2


def test_each_problem_is_a_line_with_its_place(case: Case, file: Path) -> None:
    file.write_bytes(papers.workbook(papers.put(I5="abc", N8="x")))
    code, out, err = run(case.pk, file)
    assert code == 1
    first, second = err.splitlines()
    assert "债权表 I5 “abc”" in first
    assert "债权表 N8 “x”" in second
    assert "未导入" in out
    assert not Claim.objects.exists()


def test_problems_as_json_carry_row_and_column(case: Case, file: Path) -> None:
    file.write_bytes(papers.workbook(papers.put(I5="abc")))
    code, out, _err = run(case.pk, file, "--json")
    assert code == 1
    (problem,) = json.loads(out)["problems"]
    assert (problem["sheet"], problem["row"], problem["column"]) == ("债权表", 5, "I")
    assert problem["value"] == "abc"


@pytest.mark.parametrize(
    ("case_name", "name"),
    [("1号没有", "债权表.xlsx"), ("", "债权表.xlsx"), (None, "没有.xlsx"), (None, ".")],
)
def test_what_is_not_there_ends_with_two_and_one_line(
    case: Case, file: Path, case_name: str | None, name: str
) -> None:
    wanted = case.pk if case_name is None else case_name
    code, out, err = run(wanted, file.parent / name)
    assert (code, out) == (2, "")
    assert len(err.strip().splitlines()) == 1


def test_garbage_ends_with_two_and_still_prints_json(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(b"PK\x03\x04garbage")
    code, out, err = run(case.pk, path, "--json")
    assert code == 2
    assert json.loads(out)["problems"][0]["message"] in err


def test_a_table_of_another_case_is_warned_of(case: Case, file: Path) -> None:
    file.write_bytes(papers.workbook(papers.put(A2="案号:(2020)浙03破7号")))
    _code, out, _err = run(case.pk, file, "--json")
    assert any("(2020)浙03破7号" in one["value"] for one in json.loads(out)["warnings"])
