"""What the columns of a claims table hold, field by field."""

from collections.abc import Collection, Mapping

from django.utils.translation import gettext_lazy

LABELS: Mapping[str, object] = {
    "name": gettext_lazy("债权人名称/姓名"),
    "identity": gettext_lazy("证件号码"),
    "nature": gettext_lazy("债权性质"),
    "filed": gettext_lazy("申报金额"),
    "confirmed": gettext_lazy("审查确认金额"),
    "conclusion": gettext_lazy("审查结论"),
}
"""The columns that every claims table has."""
FIELDS: Mapping[str, object] = {
    "number": gettext_lazy("序号"),
    "name": LABELS["name"],
    "identity": LABELS["identity"],
    "contact": gettext_lazy("联系人"),
    "phone": gettext_lazy("联系电话"),
    "email": gettext_lazy("电子邮箱"),
    "nature": LABELS["nature"],
    "collateral": gettext_lazy("担保物/优先权依据"),
    "principal": gettext_lazy("申报本金"),
    "interest": gettext_lazy("申报利息"),
    "other": gettext_lazy("申报其他"),
    "filed": gettext_lazy("申报金额合计"),
    "confirmed_principal": gettext_lazy("确认本金"),
    "confirmed_interest": gettext_lazy("确认利息"),
    "confirmed_other": gettext_lazy("确认其他"),
    "confirmed": gettext_lazy("审查确认金额合计"),
    "conclusion": LABELS["conclusion"],
    "reason": gettext_lazy("暂缓/不予确认理由"),
    "waived": gettext_lazy("是否放弃优先受偿权"),
    "unsecured": gettext_lazy("担保物不足清偿部分"),
    "temporary": gettext_lazy("法院临时确定债权额"),
    "late": gettext_lazy("是否补充申报"),
    "note": gettext_lazy("备注"),
}
"""Everything that a column of a claims table may hold."""
CONFIRMED_PARTS = ("confirmed_principal", "confirmed_interest", "confirmed_other")
AMOUNTS = (
    "principal",
    "interest",
    "other",
    "filed",
    "confirmed",
    "temporary",
    "unsecured",
    *CONFIRMED_PARTS,
)


def missing_fields(columns: Collection[str]) -> list[str]:
    """Return the fields that a table must have and these columns lack; parts make up a sum."""
    made_up = {
        name
        for name, part in (("filed", "principal"), ("confirmed", "confirmed_principal"))
        if part in columns
    }
    return [name for name in LABELS if name not in columns and name not in made_up]
