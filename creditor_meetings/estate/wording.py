"""How the estate is put in words."""

from fractions import Fraction

from django.db import models
from django.utils.translation import gettext as _

from voting.rules.distribution import Rank


def action(code: str) -> str:
    """Say what was done; empty where `code` is a field."""
    return {
        "added": _("新增"),
        "imported": _("由表格新增"),
        "removed": _("删除"),
        "published": _("公布"),
        "executed": _("执行分配"),
        "discarded": _("废弃草案"),
        "filed": _("放入会议文件"),
        "liens": _("担保的债权"),
    }.get(code, "")


def choice(row: models.Model, name: str, value: str) -> str:
    """Write a kept value in words, where it is one of a field's choices."""
    found = next((one for one in row._meta.fields if one.name == name), None)
    choices = dict(found.flatchoices) if found is not None and found.choices else {}
    return str(choices.get(value, value))


def rank(code: str) -> str:
    """Name a place in the order of payment."""
    return {
        Rank.COLLATERAL: _("担保财产优先清偿"),
        Rank.EXPENSES: _("破产费用"),
        Rank.COMMON_BENEFIT: _("共益债务"),
        Rank.EMPLOYEE: _("职工债权（含应划入个人账户的基本养老保险、基本医疗保险费用和补偿金）"),
        Rank.SOCIAL_AND_TAX: _("其他社会保险费用和税款"),
        Rank.ORDINARY: _("普通债权"),
        Rank.SUBORDINATED: _("劣后债权"),
    }[Rank(code)]


def short_rank(code: str) -> str:
    """Name a place in the order of payment in few words."""
    short = {Rank.EMPLOYEE: _("职工债权"), Rank.SOCIAL_AND_TAX: _("社保和税款")}
    return short.get(Rank(code)) or rank(code)


def article(code: str) -> str:
    """Say where in the law a place stands."""
    return {
        Rank.COLLATERAL: _("企业破产法第一百零九条、第一百一十条"),
        Rank.EXPENSES: _("企业破产法第四十一条、第四十三条、第一百一十三条"),
        Rank.COMMON_BENEFIT: _("企业破产法第四十二条、第四十三条、第一百一十三条"),
        Rank.EMPLOYEE: _("企业破产法第一百一十三条第一款第（一）项"),
        Rank.SOCIAL_AND_TAX: _("企业破产法第一百一十三条第一款第（二）项"),
        Rank.ORDINARY: _("企业破产法第一百一十三条第一款第（三）项"),
        Rank.SUBORDINATED: _("法律未作规定，列于普通债权之后"),
    }[Rank(code)]


def percent(part: Fraction) -> str:
    """Write a part of one as per cent, cut to four decimals: never more than it is."""
    whole = part.numerator * 1_000_000 // part.denominator
    return f"{whole // 10_000}.{whole % 10_000:04d}%"


def rounding() -> str:
    """State the rounding rule."""
    return _(
        "各笔债权先按比例计算并舍去分以下的尾数；由此余下的分，按舍去尾数由大到小每笔一分分配，"
        "尾数相同的，编号在前者先得。各项之和与可供分配金额分毫不差。"
    )


def rule_in_words() -> list[str]:
    """Tell how a distribution is computed, a sentence a step."""
    return [
        _("担保财产的变价款（扣除变价费用）先清偿该财产所担保的债权；不足的部分转为普通债权，多余的归入破产财产。同一财产上，建设工程价款优先于抵押权。"),
        _("破产费用和共益债务由破产财产随时清偿；不足清偿所有破产费用和共益债务的，先清偿破产费用；不足清偿同类全部的，按比例清偿。"),
        _("其余财产依次清偿：（一）职工债权；（二）其他社会保险费用和税款；（三）普通债权。前一顺序全部清偿之前，后一顺序不分配；不足清偿同一顺序的，按比例分配。"),
        _("诉讼或者仲裁未决、暂缓确认、附条件的债权，按同样比例计算后提存。逾期申报的，此前已进行的分配不再补充分配。"),
        rounding(),
    ]  # fmt: skip
