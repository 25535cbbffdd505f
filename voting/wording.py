"""How pages of voting say things: articles, groups, thresholds, how a vote is counted."""

import re
from collections.abc import Mapping, Sequence

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from voting import chart_words, enrolment
from voting.chart_figures import Threshold
from voting.models import Choice, Resolution, SecondScope
from voting.rules import practice
from voting.rules.records import Base, Grouping, Rule, SecuredVote

SECOND_VOTES = ("61-1-6", "61-1-10")
"""The matters that may be voted on once more (EBL 87(1), 65(2))."""
_DIGITS = "零一二三四五六七八九"
_PLACE = re.compile(r"(\d+)((?:\(\d+\))*)")


def language() -> str:
    """Return the language that charts and their words know: zh or en."""
    return "en" if (get_language() or "").startswith("en") else "zh"


def chinese_number(number: int) -> str:
    """Write a number below a thousand as articles are numbered: 64 -> 六十四."""
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    text = f"{_DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        text += "十" if tens == 1 and not hundreds else f"{_DIGITS[tens]}十"
    elif hundreds and ones:
        text += "零"
    return text + (_DIGITS[ones] if ones else "")


def article(cited: str) -> str:
    """Name an article in the person's language: EBL 64(1) -> 企业破产法第六十四条第一款."""
    if not cited.startswith("EBL "):
        return cited
    if language() == "en":
        return f"Enterprise Bankruptcy Law, art. {cited[4:]}"
    return "企业破产法" + "、".join(
        _place(number, marks) for number, marks in _PLACE.findall(cited)
    )


def _place(number: str, marks: str) -> str:
    text = f"第{chinese_number(int(number))}条"
    for mark, name in zip(re.findall(r"\d+", marks), "款项", strict=False):
        text += f"第{chinese_number(int(mark))}{name}"
    return text


def power_article(power: int) -> str:
    """Name the article of a power of the creditors' meeting; nothing for other matters."""
    return article(f"EBL 61(1)({power})") if power else ""


def group_name(name: str) -> str:
    """Name a voting group."""
    return chart_words.group_name(name, language())


def said(choices: Mapping[str, str]) -> str:
    """Write a ballot's choices, group by group where it says different things."""
    labels = {group: str(Choice(choice).label) for group, choice in choices.items()}
    if len(set(labels.values())) == 1:
        return next(iter(labels.values()))
    return _("；").join(f"{group_name(group)} {label}" for group, label in labels.items())


def share_needed(threshold: Threshold) -> str:
    """Say what share must be reached."""
    return chart_words.threshold(threshold, language())


def base(test: str, of: str, *, grouped: bool) -> str:
    """Name the denominator of a test."""
    if test == "number":
        names = {
            "attending": _("出席会议的该组债权人") if grouped else _("出席会议的有表决权的债权人"),
            "voted": _("投同意或反对票的债权人"),
            "entitled": _("有表决权的债权人"),
        }
    else:
        names = {
            "entitled": _("该组债权总额") if grouped else _("无财产担保债权总额"),
            "voted": _("参加表决的债权额"),
            "attending": _("出席会议的债权额"),
            "unconnected": _("与债务人无关联的债权总额"),
        }
    return names.get(of, of)


# --- How a vote is counted -------------------------------------------------------------------


def practice_words() -> dict[str, dict[str, str]]:
    """Say each value of each point on which the law is silent; the default of a point first.

    The room says the same in `static/js/room/rules.js`: keep the words equal.
    """
    return {
        "attendance": {
            "signed_in_or_voted": _(
                "完成身份核验并签到，或者在截止前投出有效表决票的，计为出席；仅观看直播不计为出席"
            ),
            "voted_only": _("在截止前投出有效表决票的，计为出席；仅签到或者仅观看直播不计为出席"),
        },
        "secured_general": {
            "head": _(
                "对特定财产享有担保权且未放弃优先受偿权的，计人数，其担保债权额不计入分子和分母"
            ),
            "none": _("对特定财产享有担保权且未放弃优先受偿权的，其担保债权不计人数，也不计债权额"),
        },
        "employee": {
            "none": _("职工债权不参加表决，不计入无财产担保债权总额"),
            "vote": _("职工债权参加表决，计入无财产担保债权总额"),
        },
        "tax": {
            "vote": _("已申报的税款和社会保险费债权参加表决，计入无财产担保债权总额"),
            "none": _("税款和社会保险费债权不参加表决，不计入无财产担保债权总额"),
        },
        "subordinated": {
            "none": _("劣后债权不参加表决，不计入无财产担保债权总额"),
            "vote": _("劣后债权参加表决，计入无财产担保债权总额"),
        },
        "second_vote": {
            "whole_group": _("需要再次表决时，由全体有表决权的债权人重新表决"),
            "not_for": _("需要再次表决时，仅由上次未投同意票的债权人表决，上次的同意继续有效"),
        },
        "paper_conflict": {
            "online": _("同一债权人既有网络表决票又有书面表决票的，以网络表决票为准"),
            "paper": _("同一债权人既有网络表决票又有书面表决票的，以书面表决票为准"),
            "first": _("同一债权人既有网络表决票又有书面表决票的，以先收到的为准"),
            "last": _("同一债权人既有网络表决票又有书面表决票的，以后收到的为准"),
        },
    }


def practice_titles() -> dict[str, str]:
    """Name the points on which the law is silent."""
    return {
        "attendance": _("出席"),
        "secured_general": _("未放弃优先受偿权的担保债权人（一般事项）"),
        "employee": _("职工债权"),
        "tax": _("税款和社会保险费债权"),
        "subordinated": _("劣后债权"),
        "second_vote": _("再次表决"),
        "paper_conflict": _("网络与书面两种表决票并存"),
    }


def counted(resolution: Resolution) -> list[str]:
    """Say how a vote is counted, a sentence a line, each with its article or its origin.

    Before the poll opens as the meeting says now, from then on as it was frozen.
    """
    return counted_by(
        enrolment.rule_of(resolution),
        enrolment.practice_of(resolution),
        matter=resolution.matter,
        unaffected=resolution.unaffected_groups,
        scope=resolution.second_scope,
    )


def counted_by(
    rule: Rule,
    settled: Mapping[str, str],
    *,
    matter: str | None,
    unaffected: Sequence[str] = (),
    scope: str = "",
) -> list[str]:
    """Say how a rule counts a matter under a settled practice (`practice.read`).

    `static/js/room/counted.js` says the same in the room: keep words and order equal.
    """
    said = [rule_text(rule)]
    if rule.bars_secured(matter):
        said.append(
            _cited(
                _("对特定财产享有担保权且未放弃优先受偿权的债权人对本事项没有表决权"), "EBL 59(3)"
            )
        )
    said += [*_own_text(rule), *_groups(rule, unaffected), *_heads(rule)]
    said.append(_("只有同意票计入同意；反对、弃权和出席未表决均不是同意。"))
    if rule.id.startswith("prc-"):
        said.append(
            _cited(
                _("债权尚未确定的，按人民法院临时确定的债权额行使表决权，未临时确定的不能行使"),
                "EBL 59(2)",
            )
        )
    if scope:
        said.append(_scope(scope))
    return said + [_agreed(key, settled) for key in _points(rule, matter)]


def _scope(scope: str) -> str:
    if scope == SecondScope.NOT_FOR:
        return _("本次为再次表决：上次同意的继续有效，只由未同意的债权人表决。")
    return _("本次为再次表决：全组重新表决。")


def _groups(rule: Rule, unaffected: Sequence[str]) -> list[str]:
    if rule.grouping is Grouping.NONE:
        return []
    said = []
    if rule.amount is not None and rule.amount.base is Base.ENTITLED:
        said.append(_("每组以该组全部债权额为分母，含未出席的。"))
    if rule.secured is SecuredVote.SPLIT:
        said.append(_cited(_("部分担保的债权分别计入担保债权组和普通债权组"), "EBL 82(1)"))
    if unaffected:
        names = _("、").join(group_name(one) for one in unaffected)
        text = _("%(groups)s的权益未受调整或者影响，不参加表决") % {"groups": names}
        said.append(_cited(text, "JI-III 11(2)"))
    return said


def _own_text(rule: Rule) -> list[str]:
    """Return the words that a rule file brings of its own."""
    own = rule.text.en if language() == "en" else rule.text.zh
    return [own] if own else []


def _heads(rule: Rule) -> list[str]:
    if rule.number is None:
        return []
    return [_("一位债权人不论有几笔债权，计为一户；代理人为每一位被代理人各投一票。")]


def _points(rule: Rule, matter: str | None) -> list[str]:
    """Name the settled points that bear on a vote, in their order."""
    found = []
    for key in practice.ALLOWED:
        if key in practice.RULE_POINTS:
            bears = key in rule.practice and not (
                key == "secured_general" and rule.bars_secured(matter)
            )
        elif key == "attendance":
            # Who attends matters where the attending are the denominator.
            bears = any(one.base is Base.ATTENDING for one in rule.thresholds().values())
        elif key == "second_vote":
            bears = matter in SECOND_VOTES
        else:
            bears = True
        if bears:
            found.append(key)
    return found


def _agreed(key: str, settled: Mapping[str, str]) -> str:
    return _("%(said)s（本次会议的约定）。") % {"said": practice_words()[key][settled[key]]}


def _cited(said: str, cited: str) -> str:
    return _("%(said)s（%(article)s）。") % {"said": said, "article": article(cited)}


def rule_text(rule: Rule) -> str:
    """Say a rule's tests in plain words, with their articles; `ruleText` of the room in Python."""
    grouped = rule.grouping is not Grouping.NONE
    parts = []
    tests = rule.thresholds()
    if not tests:
        return _("没有表决规则“%(rule)s”，请修改表决事项。") % {"rule": rule.id}
    for name, one in tests.items():
        words = {
            "base": base(name, one.base.value, grouped=grouped),
            "share": share_needed(
                Threshold(one.numerator, one.denominator, one.strict, one.base.value)
            ),
        }
        if name == "number":
            text = _("须经%(base)s%(share)s同意")
        elif name == "veto":
            text = _("且反对票不得占%(base)s的%(share)s")
        elif rule.number is not None:
            text = _("且其所代表的债权额占%(base)s的%(share)s")
        else:
            text = _("同意票所代表的债权额须占%(base)s的%(share)s")
        parts.append(text % words)
    articles = _("；").join(dict.fromkeys(article(one.article) for one in tests.values()))
    said = _("%(said)s（%(article)s）。") % {"said": _("，").join(parts), "article": articles}
    return said + (_("各组分别表决，全部通过方为通过。") if grouped else "")
