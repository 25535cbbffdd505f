"""The picture says what the result says, to every eye and ear, without a hole in a name."""

import re
import warnings
from fractions import Fraction
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voting import chart_words, charts
from voting.chart_figures import (
    Drawing,
    Threshold,
    Thresholds,
    as_json,
    drawing_of,
    from_json,
    thresholds_of,
)

ORDINARY: Thresholds = {
    "number": Threshold(1, 2, True, "attending"),
    "amount": Threshold(1, 2, False, "entitled"),
}
COMPOSITION: Thresholds = {**ORDINARY, "amount": Threshold(2, 3, False, "entitled")}
SVG = "{http://www.w3.org/2000/svg}"


def sum_(number: int, yuan: str) -> dict[str, Any]:
    return {"number": number, "amount": yuan}


def group(name: str = "all", **change: Any) -> dict[str, Any]:
    """The result that the design shows: 214 of 287, 302 of 521 million."""
    return {
        "group": name, "entitled": 326, "attending": 287,
        "for": sum_(214, "302026114.37"), "against": sum_(41, "68244903.10"),
        "abstain": sum_(18, "26060550.00"), "not_voted": sum_(14, "15700218.66"),
        "number_test": {"numerator": 214, "denominator": 287, "share": "74.56%", "met": True},
        "amount_test": {
            "numerator": "302026114.37", "denominator": "521000000.00", "share": "57.97%",
            "met": True,
        },
        "veto_test": None, "passed": True, **change,
    }  # fmt: skip


def picture(
    *groups: dict[str, Any], thresholds: Thresholds = ORDINARY, title: str = "变价方案"
) -> Drawing:
    return drawing_of(title, groups or [group()], thresholds, final=True)


def texts(svg: bytes) -> list[str]:
    return [one.text or "" for one in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_says_fractions_thresholds_and_whether_they_are_reached() -> None:
    said = texts(charts.draw(picture()))
    for words in (
        "按人数", "同意 214 / 出席 287 户 = 74.56%", "过半数",
        "按债权额", "同意 3.02 亿 / 总额 5.21 亿元 = 57.97%", "二分之一以上", "已达到",
        "同意", "反对", "弃权", "出席未表决", "未出席",
    ):  # fmt: skip
        assert words in said, words


def test_english() -> None:
    said = texts(charts.draw(picture(), "en"))
    assert "For 214 / attending 287 = 74.56%" in said
    assert "For CNY 302.02 m / total CNY 521.00 m = 57.97%" in said
    assert "more than half" in said
    assert not [words for words in said if re.search("[\u4e00-\u9fff]", words)]


@pytest.mark.parametrize(
    ("thresholds", "at"), [(ORDINARY, Fraction(1, 2)), (COMPOSITION, Fraction(2, 3))]
)
def test_line_falls_where_the_law_puts_it(thresholds: Thresholds, at: Fraction) -> None:
    svg = charts.draw(picture(thresholds=thresholds)).decode()
    x = charts.PAD + charts.INNER * float(at)
    lines = re.findall(r'd="M ([\d.]+) [\d.]+ \nL ([\d.]+) [\d.]+ \n"[^>]*stroke-dasharray', svg)
    assert len(lines) == 2
    left, right = lines[1]
    assert left == right
    assert float(left) == pytest.approx(x, abs=0.01)


@given(
    whole=st.integers(1, 10**15),
    numerator=st.integers(1, 9),
    denominator=st.integers(1, 10),
    strict=st.booleans(),
)
def test_reach_is_the_least_that_meets(
    whole: int, numerator: int, denominator: int, strict: bool
) -> None:
    line = Threshold(numerator, denominator, strict, "entitled")
    least = line.reach(whole)

    def met(part: int) -> bool:
        share = Fraction(part, whole)
        limit = Fraction(numerator, denominator)
        return share > limit if strict else share >= limit

    assert met(least)
    assert not met(least - 1)


def test_parts_fill_the_bar_to_the_fen() -> None:
    for bar in picture().groups[0].bars:
        assert sum(part.value for part in bar.parts) == bar.whole
    amount = picture().groups[0].bars[1]
    assert amount.parts[-1].choice == "absent"
    assert amount.parts[-1].value == 52100000000 - 41203178613


def test_who_is_ignored_by_a_rule_has_no_room() -> None:
    voted = {
        "number": Threshold(1, 2, True, "voted"),
        "amount": Threshold(2, 3, False, "voted"),
    }
    one = group(
        number_test={"numerator": 214, "denominator": 255, "share": "83.92%", "met": True},
        amount_test={
            "numerator": "302026114.37", "denominator": "370271017.47", "share": "81.57%",
            "met": True,
        },
    )  # fmt: skip
    for bar in picture(one, thresholds=voted).groups[0].bars:
        assert [part.choice for part in bar.parts] == ["for", "against"]


def test_several_groups_each_with_its_verdict() -> None:
    failed = group("ordinary", passed=False)
    said = texts(charts.draw(picture(group("secured"), failed, group("甲类", passed=None))))
    for words in ("担保债权组", "普通债权组", "甲类", "本组通过", "本组未通过", "本组无人表决"):
        assert words in said, words


def test_veto_of_the_unconnected() -> None:
    rule = {
        "amount": Threshold(3, 4, False, "voted"),
        "veto": Threshold(1, 2, True, "unconnected"),
    }
    one = group(
        number_test=None,
        veto_test={
            "numerator": "68244903.10", "denominator": "400000000.00", "share": "17.06%",
            "met": False,
        },
    )  # fmt: skip
    said = texts(charts.draw(picture(one, thresholds=rule)))
    assert "未否决" in said
    assert "按人数" not in said


def test_nobody_attends() -> None:
    nothing = sum_(0, "0.00")
    one = group(
        attending=0, passed=False,
        **dict.fromkeys(("for", "against", "abstain", "not_voted"), nothing),
        number_test={"numerator": 0, "denominator": 0, "share": None, "met": False},
        amount_test={
            "numerator": "0.00", "denominator": "1.00", "share": "0.00%", "met": False
        },
    )  # fmt: skip
    said = texts(charts.draw(picture(one)))
    assert "尚无可计入的户数或债权额" in said
    assert "未达到" in said


def test_running_vote_is_called_so_far() -> None:
    drawing = drawing_of("变价方案", [group()], ORDINARY, final=False)
    assert "目前已达到" in texts(charts.draw(drawing))


def test_same_figures_same_bytes_other_figures_other_bytes() -> None:
    first = charts.draw(picture())
    charts.draw(picture(group("secured"), group("tax")))
    assert charts.draw(picture()) == first
    assert b"Matplotlib" not in first
    assert b"dc:date" not in first
    other = group(number_test={**group()["number_test"], "numerator": 213})
    assert charts.draw(picture(other)) != first
    assert picture(other).digest != picture().digest


def test_told_to_those_who_hear_it() -> None:
    root = ElementTree.fromstring(charts.draw(picture(title="<变价> & 方案")))
    assert root.get("role") == "img"
    assert root[0].tag == f"{SVG}title"
    assert root[0].text == "<变价> & 方案的计票图"
    heard = root[1].text or ""
    assert "同意 214 / 出席 287 户 = 74.56%, 过半数 已达到" in heard
    assert "未出席 1.08 亿" in heard


def test_kinds_are_told_apart_without_colour() -> None:
    svg = charts.draw(picture()).decode()
    assert svg.count("<pattern") >= 3
    assert set(charts.HATCH) == {"against", "abstain", "absent"}


@pytest.mark.parametrize("name", ["𬭚㛃债权组", "䶮堃有限公司类", "Ünïtéd Crédit", "$x_1$ 类"])
def test_no_name_has_a_hole(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        svg = charts.draw(picture(group(name)))
    assert name in texts(svg)


def test_font_lacks_nothing_that_we_say() -> None:
    from fontTools.ttLib import TTFont

    with TTFont(charts.FONT) as font:
        drawn = set(font.getBestCmap())
    said = "".join([*chart_words.ZH.values(), *chart_words.EN.values()])
    common = (chr(one) for one in range(0x4E00, 0x9FA6))
    assert {one for one in [*said, *common] if ord(one) not in drawn} == set()


def test_missing_character_is_an_error() -> None:
    with pytest.raises(UserWarning, match="missing from"):
        charts.draw(picture(group("\U0001f600 类")))


@pytest.mark.parametrize(
    ("fen", "zh", "en"),
    [
        (0, "0.00", "CNY 0.00"),
        (123_456, "1,234.56", "CNY 1.23 k"),
        (128_435_000, "128.43 万", "CNY 1.28 m"),
        (999_999_999_999, "99.99 亿", "CNY 9.99 bn"),
    ],
)
def test_amounts_are_cut_never_rounded_up(fen: int, zh: str, en: str) -> None:
    assert chart_words.amount(fen, "zh") == zh
    assert chart_words.amount(fen, "en") == en


def test_survives_the_way_to_the_process_that_draws() -> None:
    drawing = picture(group("secured"), group("tax", passed=None, number_test=None))
    assert from_json(as_json(drawing)) == drawing


def test_thresholds_as_the_room_has_them() -> None:
    from voting.rules import registry

    rule = registry.get("prc-composition").thresholds()
    described = {
        name: {
            "comparator": one.comparator, "numerator": one.numerator,
            "denominator": one.denominator, "of": one.base.value,
        }
        for name, one in rule.items()
    }  # fmt: skip
    assert thresholds_of(described) == COMPOSITION
