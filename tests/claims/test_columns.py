"""Unknown headings: people say which column is what, and are not asked twice for nothing."""

import re
from pathlib import Path
from typing import Any

import pytest

from creditor_meetings.cases.models import Case, Person
from creditor_meetings.claims.importing import NoTable, read
from creditor_meetings.claims.importing.meanings import Meanings, WrongMeaning
from creditor_meetings.claims.importing.words import conclusion_of, nature_of
from creditor_meetings.claims.models import Claim, ClaimsTable, HeadingChoice
from tests.claims import papers
from tests.claims.test_pages import browser, upload
from tests.support import world

ODD = papers.put(B3="对方单位", M3="定下的数（万元）", G3="是什么债", R3="登记时间")


@pytest.fixture(autouse=True)
def _own_directory(settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def case() -> Case:
    return world.make_case(number="(2026)沪03破1号")


@pytest.fixture
def person(case: Case) -> Person:
    return world.make_person(case, "administrator")


def asked(page: str) -> dict[str, str]:
    """What the page's selects have chosen, by name."""
    found = {}
    for name, inner in re.findall(
        r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL
    ):
        chosen = re.search(r'<option value="([^"]*)"\s+selected', inner)
        found[name] = chosen[1] if chosen else ""
    return found


def odd_in_wan(sheet: Any) -> None:
    """Headings nobody knows, and confirmed amounts in 万元."""
    ODD(sheet)
    for row in (5, 6, 7, 8, 11, 12):
        value = str(sheet[f"M{row}"].value).replace(",", "")
        sheet[f"M{row}"] = f"{float(value) / 10_000:.6f}"


@pytest.mark.django_db
def test_unknown_columns_are_asked_about_and_remembered(case: Case, person: Person) -> None:
    client = browser(person)
    preview = upload(client, case, papers.workbook(odd_in_wan))
    asking = client.get(preview.url)
    assert asking.status_code == 302
    assert asking.url.endswith("/columns/")
    page = client.get(asking.url).content.decode()
    for shown in ("对方单位", "示例银行", "定下的数", "登记时间", "B", "债权人名称/姓名"):
        assert shown in page
    answers = asked(page)
    # What the system knows is chosen already, what it does not know is not used.
    assert (answers["head-0"], answers["column-0-3"], answers["column-0-2"]) == (
        "3",
        "identity",
        "",
    )
    refused = client.post(asking.url, answers)
    assert refused.status_code == 400
    assert "债权人名称/姓名、债权性质" in refused.content.decode()
    answers |= {"column-0-2": "name", "column-0-13": "confirmed", "column-0-7": "nature"}
    twice = client.post(asking.url, {**answers, "column-0-18": "name"})
    assert twice.status_code == 400
    assert asked(twice.content.decode())["column-0-18"] == "name"  # nothing typed is lost
    assert client.post(asking.url, answers).status_code == 302
    page = client.get(preview.url).content.decode()
    assert "9,500.50" in page
    assert client.post(preview.url).status_code == 302
    assert Claim.objects.get(creditor__name="李华").confirmed_fen == 90_000
    remembered = dict(HeadingChoice.objects.values_list("words", "field"))
    assert remembered == {
        "对方单位": "name", "定下的数": "confirmed", "是什么债": "nature", "登记时间": "",
    }  # fmt: skip

    # Another time it is proposed, marked, and can be changed.
    def other(sheet: Any) -> None:
        odd_in_wan(sheet)
        papers.put(O8="其他理由")(sheet)

    again = upload(client, case, papers.workbook(other))
    page = client.get(client.get(again.url).url).content.decode()
    assert asked(page)["column-0-2"] == "name"
    assert page.count("上次的选择") == 4
    # A colleague is asked anew.
    colleague = browser(world.make_person(case, "administrator"))
    theirs = upload(colleague, case, papers.workbook(odd_in_wan))
    page = colleague.get(colleague.get(theirs.url).url).content.decode()
    assert "上次的选择" not in page
    assert colleague.get(again.url).status_code == 404


@pytest.mark.django_db
def test_what_was_left_out_before_is_not_asked_about_again(case: Case, person: Person) -> None:
    client = browser(person)
    content = papers.workbook(papers.put(R3="登记时间"))
    preview = upload(client, case, content)
    page = client.get(preview.url)
    assert client.post(page.url, asked(client.get(page.url).content.decode())).status_code == 302
    assert client.get(upload(client, case, content).url).status_code == 200


@pytest.mark.django_db
def test_the_row_of_the_head_can_be_chosen(case: Case, person: Person) -> None:
    text = (
        "说明,甲,乙\n单位:万元\n" + "a,b,c,d,e,f\n" + "李华,990000198611192183,普通债权,5,5,确认\n"
    )
    client = browser(person)
    preview = upload(client, case, text.encode(), "奇怪的表.csv")
    url = client.get(preview.url).url
    page = client.get(url).content.decode()
    assert asked(page)["head-0"] == "3"
    moved = client.post(url, {"head-0": "1"}).content.decode()
    assert (asked(moved)["head-0"], "说明" in moved) == ("1", True)
    fields = ["name", "identity", "nature", "filed", "confirmed", "conclusion"]
    answers = {"head-0": "3", **{f"column-0-{n}": one for n, one in enumerate(fields, start=1)}}
    assert client.post(url, answers).status_code == 302
    client.post(preview.url)
    assert Claim.objects.get().filed_fen == 5_000_000
    nothing = client.post(url, {"head-0": "0"})
    assert nothing.status_code in (302, 404)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "answers",
    [{"head-0": "x"}, {"head-0": "999999999"}, {"head-0": "-1"}, {"column-0-2": "x" * 9000}, {}],
)
def test_answers_that_cannot_be_meant_break_nothing(
    case: Case, person: Person, answers: dict[str, str]
) -> None:
    client = browser(person)
    preview = upload(client, case, papers.workbook(ODD))
    assert client.post(client.get(preview.url).url, answers).status_code in (200, 302, 400)
    assert not Claim.objects.exists()


@pytest.mark.django_db
def test_several_sheets_each_with_their_own_columns(case: Case, person: Person) -> None:
    def two(sheet: Any) -> None:
        copy = sheet.parent.copy_worksheet(sheet)
        copy.title = "第二页"
        papers.put(C5="91330000MA2ABCDE07", B5="另一银行", C8="990000197001011234", B8="赵六")(copy)
        papers.put(C9="990000197001015678", C10="990000197001019999", B9="钱七", B10="孙八")(copy)
        papers.put(B3="对方单位")(sheet)
        papers.put(B3="申报人", M3="定下的数")(copy)
        sheet.parent.create_sheet("封面")["A1"] = "某某案"

    client = browser(person)
    preview = upload(client, case, papers.workbook(two))
    url = client.get(preview.url).url
    answers = asked(client.get(url).content.decode())
    assert [answers[f"head-{n}"] for n in range(3)] == ["3", "3", "0"]
    answers |= {"column-0-2": "name", "column-1-2": "name", "column-1-13": "confirmed"}
    assert client.post(url, answers).status_code == 302
    client.post(preview.url)
    assert Claim.objects.count() == 10
    assert ClaimsTable.objects.get().mapping["第二页"]["columns"]["13"] == "confirmed"
    answers = {f"head-{n}": "0" for n in range(3)}
    again = upload(client, case, papers.workbook(two))
    assert client.get(again.url).status_code in (200, 302)


# --- what was said, as data ---


@pytest.mark.parametrize(
    "data",
    [
        [], "x", {"对方单位": "naem"}, {"对方单位": 3}, {"表": {"head": "3"}}, {"表": {"head": -1}},
        {"表": {"columns": []}}, {"表": {"columns": {"B": "x"}}}, {"表": {"other": 1}},
        {"表": {"head": True}},
    ],
)  # fmt: skip
def test_meanings_that_are_none_are_refused(data: Any) -> None:
    with pytest.raises(WrongMeaning):
        Meanings.of_data(data)


def test_what_is_said_comes_before_what_words_say() -> None:
    spoilt = papers.workbook(papers.put(R3="姓名或名称", B3="债权人"))
    said = Meanings.of_data({"债权表": {"columns": {"B": "note", "R": "name"}}})
    reading = read(spoilt, "t.xlsx", meanings=said)
    assert reading.heads[0].columns["name"] == 18
    assert (
        read(spoilt, "t.xlsx", meanings=Meanings({"债权人": "name"})).entries[0].holder.name
        == "示例银行"
    )


def test_a_file_without_any_head_says_what_it_holds() -> None:
    with pytest.raises(NoTable) as found:
        read("甲,乙\n1,2\n".encode(), "t.csv")
    assert found.value.tops[0].rows[0] == (1, ["甲", "乙"])


@pytest.mark.parametrize(
    ("words", "nature"),
    [
        ("普通债权（一般）", "ordinary"), ("担保债权-抵押", "secured"), ("（普通债权）", ""),
        ("一、普通债权", "ordinary"), ("普 通 债 权。", "ordinary"),
        ("普通债权（无财产担保）", "ordinary"), ("建设工程价款优先受偿权（一审）", "construction"),
        ("社保", "social_insurance"), ("税款", "tax"), ("普通债券", ""),
        ("有财产担保债权（不足部分转普通债权）", ""), ("普通债权/有财产担保债权", ""),
        ("职工债权（工资）", "employee"), ("ｘ", ""), ("", ""),
    ],
)  # fmt: skip
def test_natures_as_they_are_written(words: str, nature: str) -> None:
    assert nature_of(words) == nature


@pytest.mark.parametrize(
    ("words", "conclusion"),
    [
        ("予以部分确认", "partly_confirmed"), ("确认。", "confirmed"),
        ("暂缓确认（诉讼中）", "undetermined"),
        ("不予确认（无依据）", "rejected"), ("确认（部分）", ""), ("大概确认", ""),
    ],
)  # fmt: skip
def test_conclusions_as_they_are_written(words: str, conclusion: str) -> None:
    assert conclusion_of(words) == conclusion


def test_claims_that_stand_twice_are_warned_of_at_both_rows() -> None:
    def twice(sheet: Any) -> None:
        papers.put(B10="李华", C10="990000198611192183", I10=1000, J10=200, L10=1200, L11=5400,
                   L12="14,000.50", A10=None)(sheet)  # fmt: skip

    reading = read(papers.workbook(twice), "t.xlsx")
    assert [one.line for one in reading.findings.problems] == []
    (found,) = [one for one in reading.findings.warnings if "重复登记" in one.message]
    assert (found.row, "第 8 行" in found.message) == (10, True)
