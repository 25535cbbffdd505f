"""The words of claims tables for natures and conclusions, as administrators write them.

Looked up without blanks, full-width characters as usual ones, and without what only tells more:
普通债权（一般）, 担保债权-抵押, 一、普通债权, 予以部分确认。
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from creditor_meetings.claims.importing.cells import folded
from creditor_meetings.claims.models import Conclusion, Nature

NATURES: Mapping[str, Nature] = {
    "普通债权": Nature.ORDINARY,
    "普通": Nature.ORDINARY,
    "一般债权": Nature.ORDINARY,
    "普通破产债权": Nature.ORDINARY,
    "无担保债权": Nature.ORDINARY,
    "无财产担保债权": Nature.ORDINARY,
    "无财产担保": Nature.ORDINARY,
    "无财产担保普通债权": Nature.ORDINARY,
    "有财产担保债权": Nature.SECURED,
    "有财产担保": Nature.SECURED,
    "有财产担保的债权": Nature.SECURED,
    "财产担保债权": Nature.SECURED,
    "有担保债权": Nature.SECURED,
    "担保债权": Nature.SECURED,
    "担保": Nature.SECURED,
    "抵押债权": Nature.SECURED,
    "抵押担保债权": Nature.SECURED,
    "质押债权": Nature.SECURED,
    "质押担保债权": Nature.SECURED,
    "留置债权": Nature.SECURED,
    "别除权": Nature.SECURED,
    "优先债权": Nature.SECURED,
    "建设工程价款优先受偿权": Nature.CONSTRUCTION,
    "建设工程价款优先债权": Nature.CONSTRUCTION,
    "建设工程价款优先受偿债权": Nature.CONSTRUCTION,
    "建设工程优先债权": Nature.CONSTRUCTION,
    "建设工程优先受偿权": Nature.CONSTRUCTION,
    "建设工程价款债权": Nature.CONSTRUCTION,
    "建设工程价款": Nature.CONSTRUCTION,
    "工程款优先债权": Nature.CONSTRUCTION,
    "工程款优先受偿权": Nature.CONSTRUCTION,
    "工程价款优先受偿权": Nature.CONSTRUCTION,
    "建工优先债权": Nature.CONSTRUCTION,
    "建工优先": Nature.CONSTRUCTION,
    "职工债权": Nature.EMPLOYEE,
    "职工": Nature.EMPLOYEE,
    "劳动债权": Nature.EMPLOYEE,
    "职工工资": Nature.EMPLOYEE,
    "工资债权": Nature.EMPLOYEE,
    "税款债权": Nature.TAX,
    "税收债权": Nature.TAX,
    "税务债权": Nature.TAX,
    "欠税债权": Nature.TAX,
    "税款": Nature.TAX,
    "税收": Nature.TAX,
    "税": Nature.TAX,
    "社会保险债权": Nature.SOCIAL_INSURANCE,
    "社会保险费债权": Nature.SOCIAL_INSURANCE,
    "社会保险费用债权": Nature.SOCIAL_INSURANCE,
    "社会保险费": Nature.SOCIAL_INSURANCE,
    "社保债权": Nature.SOCIAL_INSURANCE,
    "社保": Nature.SOCIAL_INSURANCE,
    "劣后债权": Nature.SUBORDINATED,
    "劣后": Nature.SUBORDINATED,
    "次级债权": Nature.SUBORDINATED,
    "后顺位债权": Nature.SUBORDINATED,
    "惩罚性债权": Nature.SUBORDINATED,
    "小额债权": Nature.SMALL,
    "小额普通债权": Nature.SMALL,
    "小额": Nature.SMALL,
    "出资人": Nature.INVESTOR,
    "出资人权益": Nature.INVESTOR,
}
CONCLUSIONS: Mapping[str, Conclusion] = {
    "确认": Conclusion.CONFIRMED,
    "已确认": Conclusion.CONFIRMED,
    "全部确认": Conclusion.CONFIRMED,
    "全额确认": Conclusion.CONFIRMED,
    "全部予以确认": Conclusion.CONFIRMED,
    "予以确认": Conclusion.CONFIRMED,
    "予以全部确认": Conclusion.CONFIRMED,
    "认可": Conclusion.CONFIRMED,
    "成立": Conclusion.CONFIRMED,
    "部分确认": Conclusion.PARTLY_CONFIRMED,
    "部分予以确认": Conclusion.PARTLY_CONFIRMED,
    "予以部分确认": Conclusion.PARTLY_CONFIRMED,
    "部分认可": Conclusion.PARTLY_CONFIRMED,
    "部分成立": Conclusion.PARTLY_CONFIRMED,
    "暂缓确认": Conclusion.UNDETERMINED,
    "暂缓": Conclusion.UNDETERMINED,
    "暂缓认定": Conclusion.UNDETERMINED,
    "暂不确认": Conclusion.UNDETERMINED,
    "待确认": Conclusion.UNDETERMINED,
    "待确定": Conclusion.UNDETERMINED,
    "尚未确定": Conclusion.UNDETERMINED,
    "未决": Conclusion.UNDETERMINED,
    "未决债权": Conclusion.UNDETERMINED,
    "待定": Conclusion.UNDETERMINED,
    "待定债权": Conclusion.UNDETERMINED,
    "诉讼未决": Conclusion.UNDETERMINED,
    "不予确认": Conclusion.REJECTED,
    "不确认": Conclusion.REJECTED,
    "不予认可": Conclusion.REJECTED,
    "不予认定": Conclusion.REJECTED,
    "不认可": Conclusion.REJECTED,
    "不成立": Conclusion.REJECTED,
    "驳回": Conclusion.REJECTED,
}
_NUMBERED = re.compile(
    r"^(?:[(（]?[一二三四五六七八九十\d]{1,3}[)）]?[、.．]|\([一二三四五六七八九十\d]{1,3}\))"
)
_END = "。.;；,，、:："
# What follows tells more of a nature, and never another one: 担保债权-抵押, 普通债权(货款).
_MORE = re.compile(r"(?:[-－—–:：/\\].{1,20}|[(\[【].{1,30}[)\]】])$")
_PART = re.compile(r"部分|转为?普通|不足")
_NO_SECURITY = re.compile(r"无(?:财产)?担保")


def nature_of(words: str) -> str:
    """Return the nature that words mean; empty where that is not plain."""
    return _nature_of(words[:200])


def conclusion_of(words: str) -> str:
    """Return the conclusion that words mean; empty where that is not plain."""
    return _conclusion_of(words[:200])


@lru_cache(maxsize=4096)
def _nature_of(words: str) -> str:
    return _known(NATURES, words)


@lru_cache(maxsize=4096)
def _conclusion_of(words: str) -> str:
    return _known(CONCLUSIONS, words)


def _known(known: Mapping[str, Nature] | Mapping[str, Conclusion], words: str) -> str:
    plain = "".join(folded(words).split()).strip(_END)
    plain = _NUMBERED.sub("", plain)
    if plain in known:
        return str(known[plain])
    base = _MORE.sub("", plain)
    more = plain[len(base) :]
    if known.get(base) == Nature.ORDINARY:
        more = _NO_SECURITY.sub("", more)
    # Words of another nature behind the first, or of a part of it, are for people to resolve.
    others = [one for name, one in known.items() if len(name) > 1 and name in more]
    if base in known and not _PART.search(more) and all(one == known[base] for one in others):
        return str(known[base])
    return ""
