"""What the page of a case shows of its estate."""

from django.urls import reverse
from django.utils.translation import gettext as _

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.case_page import Card
from creditor_meetings.cases.models import Case
from creditor_meetings.cases.money import yuan_grouped
from creditor_meetings.estate.account import account_of, property_sums
from creditor_meetings.estate.plans import newest


def card(case: Case, viewer: Viewer) -> Card | None:
    """Sum the estate up for the team and the court; lead creditors to their distribution."""
    plan = newest(case)
    if not viewer.is_staff:
        if plan is None:
            return None
        link = (_("我的分配"), reverse("estate:mine", args=[case.pk]))
        return Card(title=_("财产分配"), lines=[(_("分配方案"), plan.title)], links=[link])
    account, sums = account_of(case), property_sums(case)
    return Card(
        title=_("债务人财产"),
        lines=[
            (
                _("财产"),
                _("%(n)s 项，已变价 %(sold)s 项") % {"n": sums["count"], "sold": sums["sold"]},
            ),
            (_("账户结余"), _("%(amount)s 元") % {"amount": yuan_grouped(account.balance_fen)}),
            (_("分配方案"), plan.title if plan is not None else _("尚未公布")),
        ],
        links=[
            (_("财产和收支"), reverse("estate:overview", args=[case.pk])),
            (_("分配方案"), reverse("estate:plans", args=[case.pk])),
            (_("管理人报告"), reverse("estate:reports", args=[case.pk])),
        ],
    )
