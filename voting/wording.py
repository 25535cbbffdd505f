"""How pages of voting say things: articles, groups, thresholds, and what the law leaves open."""

import re

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from voting import chart_words
from voting.chart_figures import Threshold

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


def share_needed(threshold: Threshold) -> str:
    """Say what share must be reached."""
    return chart_words.threshold(threshold, language())


def base(test: str, of: str, *, grouped: bool) -> str:
    """Name the denominator of a test."""
    if test == "number":
        names = {
            "attending": _("出席会议的有表决权的债权人"),
            "voted": _("投同意或反对票的债权人"),
            "entitled": _("有表决权的债权人"),
        }
    else:
        names = {
            "entitled": _("该组债权总额") if grouped else _("无财产担保债权总额"),
            "voted": _("投同意或反对票的债权额"),
            "unconnected": _("与债务人无关联的债权总额"),
        }
    return names.get(of, of)


def practice(rule: str, *, bars_secured: bool) -> list[str]:
    """List how points are settled on which the law is silent or disputed, for the record."""
    if not rule.startswith("prc-"):
        return []
    said = [
        _("一位债权人不论有几笔债权，计为一户；代理人为每一位被代理人各投一票。"),
        _(
            "会前或会中完成身份核验并签到，或者在截止前投出有效表决票的，计为出席；仅观看直播不计为出席。"
        ),
        _("只有同意票计入同意；反对、弃权和出席未表决均保留在分母之中。"),
        _(
            "暂缓确认的债权，人民法院临时确定债权额的按该额计入，否则不行使表决权（第五十九条第二款）。"
        ),
    ]
    if rule == "prc-reorganisation":
        said.append(
            _("每组以该组全部债权额为分母，含未出席的；部分担保的债权分别计入担保组和普通组。")
        )
        return said
    if bars_secured:
        said.append(
            _("对特定财产享有担保权且未放弃优先受偿权的，不参加本事项表决（第五十九条第三款）。")
        )
    else:
        said.append(
            _("对特定财产享有担保权且未放弃优先受偿权的，计人数；其担保债权额不计入分子和分母。")
        )
    said.append(_("职工债权、劣后债权不计入；已申报的税款和社会保险费债权计入无财产担保债权总额。"))
    return said
