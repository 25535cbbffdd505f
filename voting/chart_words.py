"""What a chart says, in Chinese and in English.

Charts are drawn in a process of their own without Django, hence no gettext here.
"""

from collections.abc import Mapping

from creditor_meetings.cases.money import yuan_grouped, yuan_short
from voting.chart_figures import Bar, Drawing, Group, Threshold

Words = Mapping[str, str]

ZH: Words = {
    "number": "按人数",
    "amount": "按债权额",
    "veto": "无关联债权人否决",
    "for": "同意",
    "against": "反对",
    "abstain": "弃权",
    "not_voted": "出席未表决",
    "absent": "未出席",
    "attending": "出席",
    "entitled": "总额",
    "voted": "参加表决",
    "unconnected": "无关联债权",
    "heads": " 户",
    "met": "已达到",
    "not met": "未达到",
    "struck": "已否决",
    "not struck": "未否决",
    "passed": "本组通过",
    "not passed": "本组未通过",
    "undecided": "本组无人表决",
    "none": "尚无可计入的户数或债权额",
    "so far": "目前%s",
    "desc": "的计票图",
    "and": "；",
}
EN: Words = {
    "number": "By number",
    "amount": "By amount",
    "veto": "Veto of the unconnected",
    "for": "For",
    "against": "Against",
    "abstain": "Abstained",
    "not_voted": "Attending, no vote",
    "absent": "Absent",
    "attending": "attending",
    "entitled": "total",
    "voted": "voting",
    "unconnected": "unconnected",
    "heads": "",
    "met": "reached",
    "not met": "not reached",
    "struck": "vetoed",
    "not struck": "not vetoed",
    "passed": "group passed",
    "not passed": "group did not pass",
    "undecided": "nobody voted in this group",
    "none": "Nothing to count yet",
    "so far": "%s so far",
    "desc": ": tally",
    "and": "; ",
}
WORDS: Mapping[str, Words] = {"zh": ZH, "en": EN}

GROUPS: Mapping[str, tuple[str, str]] = {
    "all": ("全体", "All"),
    "secured": ("担保债权组", "Secured claims"),
    "employee": ("职工债权组", "Employee claims"),
    "tax": ("税款债权组", "Tax claims"),
    "social_insurance": ("社会保险债权组", "Social insurance claims"),
    "ordinary": ("普通债权组", "Ordinary claims"),
    "small": ("小额债权组", "Small claims"),
    "investor": ("出资人组", "Investors"),
    "subordinated": ("劣后债权组", "Subordinated claims"),
    "construction": ("建设工程价款债权组", "Construction claims"),
}
_FRACTIONS: Mapping[tuple[int, int, bool], tuple[str, str]] = {
    (1, 2, True): ("过半数", "more than half"),
    (1, 2, False): ("二分之一以上", "at least half"),
    (2, 3, False): ("三分之二以上", "at least two thirds"),
    (3, 4, False): ("四分之三以上", "at least three quarters"),
}


def group_name(name: str, lang: str) -> str:
    """Name a group; a class is called as it is."""
    zh, en = GROUPS.get(name, (name, name))
    return zh if lang == "zh" else en


def threshold(one: Threshold, lang: str) -> str:
    """Say what share must be reached; the law's 以上 includes the figure itself."""
    known = _FRACTIONS.get((one.numerator, one.denominator, one.strict))
    if known is not None:
        return known[0] if lang == "zh" else known[1]
    share = f"{one.numerator}/{one.denominator}"
    if lang == "zh":
        return f"超过 {share}" if one.strict else f"{share} 以上"
    return f"more than {share}" if one.strict else f"at least {share}"


def amount(fen: int, lang: str) -> str:
    """Write an amount for a glance, cut, never rounded up: 3.02 亿, CNY 302.02 m."""
    if lang == "zh":
        return yuan_short(fen, " 万", " 亿")
    for unit, name in ((100_000_000_000, " bn"), (100_000_000, " m"), (100_000, " k")):
        if abs(fen) >= unit:
            return f"CNY {yuan_grouped(fen * 100 // unit)}{name}"
    return f"CNY {yuan_grouped(fen)}"


def figure(bar: Bar, value: int, lang: str) -> str:
    """Write a part of a bar."""
    return f"{value:,}" if bar.test == "number" else amount(value, lang)


def figures(bar: Bar, lang: str) -> str:
    """Say the fraction: 同意 214 / 出席 287 户 = 74.56%."""
    words = WORDS[lang]
    side = words["against" if bar.test == "veto" else "for"]
    unit = words["heads"] if bar.test == "number" else ("元" if lang == "zh" else "")
    of = words[bar.threshold.of]
    text = f"{side} {figure(bar, bar.numerator, lang)} / {of} {figure(bar, bar.whole, lang)}{unit}"
    return f"{text} = {bar.share}" if bar.share else text


def reached(bar: Bar, lang: str, *, final: bool) -> str:
    """Say in words whether the line is reached, by the result or so far."""
    words = WORDS[lang]
    if bar.test == "veto":
        state = words["struck" if bar.met else "not struck"]
    else:
        state = words["met" if bar.met else "not met"]
    return state if final else words["so far"] % state


def verdict(group: Group, lang: str) -> str:
    """Say what came of a group."""
    words = WORDS[lang]
    if group.passed is None:
        return words["undecided"]
    return words["passed" if group.passed else "not passed"]


def description(drawing: Drawing, lang: str) -> str:
    """Say in sentences what the chart shows, for those who hear it."""
    words = WORDS[lang]
    told = []
    for group in drawing.groups:
        for bar in group.bars:
            parts = ", ".join(
                f"{words[part.choice]} {figure(bar, part.value, lang)}" for part in bar.parts
            )
            named = f"{group_name(group.name, lang)} " if len(drawing.groups) > 1 else ""
            told.append(
                f"{named}{words[bar.test]}: {figures(bar, lang)}, "
                f"{threshold(bar.threshold, lang)} "
                f"{reached(bar, lang, final=drawing.final)} ({parts})"
            )
    return words["and"].join(told) or words["none"]
