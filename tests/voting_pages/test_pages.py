"""Result and evidence: who may see them, and that every figure is there, exact."""

import pytest

from creditor_meetings.cases.models import Role
from tests.support import world
from tests.voting_pages.conftest import COURT, MEMBERS, House
from voting import chart_process
from voting.chart_figures import Drawing
from voting.models import Confirmation


@pytest.fixture(autouse=True)
def _no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    """These pages only name the picture; tests/charts draws it."""

    def draw(_self: chart_process.ChartProcess, drawing: Drawing) -> dict[str, str]:
        raise AssertionError(f"{drawing.title} was drawn")

    monkeypatch.setattr(chart_process.ChartProcess, "draw", draw)


@pytest.fixture
def counted(house: House) -> House:
    """A poll that passed: 甲 for, 乙 against, then 乙 for; 丙 signed in and silent."""
    world.sign_in(house.people["丙公司"], house.meeting)
    house.vote(甲公司="for", 乙公司="against")
    house.vote(乙公司="for")
    house.close()
    return house


@pytest.mark.parametrize("who", MEMBERS)
def test_everybody_of_the_meeting_sees_the_result(counted: House, who: str) -> None:
    page = counted.client(who).get(counted.url("result/"))
    assert page.status_code == 200
    text = page.content.decode()
    for figure in (
        "2 / 3 户", "66.67%", "900,000.00 / 1,000,000.00 元", "90.00%", "通过",
        "企业破产法第六十四条第一款", "企业破产法第六十一条第一款第九项",
        "500,000.00", "过半数", "二分之一以上", "尚待法官确认",
    ):  # fmt: skip
        assert figure in text, figure


@pytest.mark.parametrize(("who", "status"), [("stranger", 404), ("nobody", 302)])
@pytest.mark.parametrize("page", ["result/", "evidence/", "edit/", "chart.svg", ""])
def test_strangers_learn_nothing(counted: House, who: str, status: int, page: str) -> None:
    url = counted.url(page) if page else f"/meetings/{counted.meeting.slug}/resolutions/"
    assert counted.client(who).get(url).status_code == status


def test_resolution_of_another_meeting_is_not_here(counted: House) -> None:
    elsewhere = world.make_meeting(counted.case)
    url = f"/meetings/{elsewhere.slug}/resolutions/{counted.resolution.pk}/result/"
    assert counted.client("judge").get(url).status_code == 404


def test_no_result_before_the_close(house: House) -> None:
    house.vote(甲公司="for")
    for page in ("result/", "evidence/"):
        answer = house.client("judge").get(house.url(page))
        assert answer.status_code == 409
        assert "600,000.00" not in answer.content.decode()


def test_failed_result_says_so(house: House) -> None:
    house.vote(甲公司="against", 乙公司="for")
    house.close()
    text = house.client("甲公司").get(house.url("result/")).content.decode()
    assert "未通过" in text
    assert "1 / 2 户" in text
    assert "300,000.00 / 1,000,000.00 元" in text


@pytest.mark.parametrize("who", COURT)
def test_court_and_administrator_see_register_and_ballots(counted: House, who: str) -> None:
    text = counted.client(who).get(counted.url("evidence/")).content.decode()
    for name in ("甲公司", "乙公司", "丙公司", "戊银行", "已被取代", "192.0.2.7", "债权尚未确定"):
        assert name in text, name
    assert text.count("已被取代") == 1


@pytest.mark.parametrize("who", [one for one in MEMBERS if one not in COURT])
def test_nobody_else_sees_who_voted_what(counted: House, who: str) -> None:
    answer = counted.client(who).get(counted.url("evidence/"))
    assert answer.status_code == 403
    assert "丙公司" not in answer.content.decode()


def test_proxy_is_marked(house: House) -> None:
    world.cast(house.people["proxy"], house.resolution, "for", house.creditors["乙公司"])
    house.close()
    text = house.client("clerk").get(house.url("evidence/")).content.decode()
    assert "代理人王" in text
    assert "代理</span>" in text


def test_judge_confirms_once(counted: House) -> None:
    judge = counted.client("judge")
    answer = judge.post(counted.url("evidence/"), {"decision": "confirmed", "reasons": ""})
    assert (answer.status_code, answer["Location"]) == (302, counted.url("evidence/"))
    assert Confirmation.objects.get().judge == counted.people["judge"]
    assert "人民法院已确认" in counted.client("甲公司").get(counted.url("result/")).content.decode()

    again = judge.post(counted.url("evidence/"), {"decision": "declined", "reasons": "另有理由"})
    assert again.status_code == 400
    assert Confirmation.objects.get().decision == "confirmed"


def test_declining_needs_reasons_and_keeps_what_was_typed(counted: House) -> None:
    judge = counted.client("judge")
    empty = judge.post(counted.url("evidence/"), {"decision": "declined", "reasons": " "})
    assert empty.status_code == 400
    assert "请写明理由" in empty.content.decode()

    nonsense = judge.post(counted.url("evidence/"), {"decision": "perhaps", "reasons": "程序问题"})
    assert nonsense.status_code == 400
    assert "程序问题" in nonsense.content.decode()

    judge.post(counted.url("evidence/"), {"decision": "declined", "reasons": "通知期限不足"})
    text = counted.client("甲公司").get(counted.url("result/")).content.decode()
    assert "不予确认" in text
    assert "通知期限不足" in text


@pytest.mark.parametrize("who", ["administrator", "clerk", "甲公司"])
def test_only_the_judge_confirms(counted: House, who: str) -> None:
    answer = counted.client(who).post(counted.url("evidence/"), {"decision": "confirmed"})
    assert answer.status_code == 403
    assert not Confirmation.objects.exists()


def test_names_are_never_markup(house: House) -> None:
    house.resolution.title = "<script>alert(1)</script>"
    house.resolution.save()
    house.close()
    text = house.client("judge").get(house.url("evidence/")).content.decode()
    assert "<script>alert" not in text


def test_groups_each_with_tests(house: House) -> None:
    meeting = house.meeting
    world.make_creditor(house.case, "工商银行", nature="secured", confirmed="8000000.00")
    one = world.make_resolution(meeting, power=6, rule="prc-reorganisation", title="重整计划草案")
    world.open_poll(one, house.people["judge"])
    house.resolution = one
    house.vote(甲公司="for")
    house.close()
    text = house.client("debtor").get(house.url("result/")).content.decode()
    assert "担保债权组" in text
    assert "普通债权组" in text
    assert "企业破产法第八十四条第二款" in text
    assert "600,000.00 / 1,000,000.00 元" in text


def test_every_role_was_tried() -> None:
    assert set(MEMBERS) >= {str(role) for role in Role} - {"creditor"}
