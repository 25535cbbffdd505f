"""What the page of a case shows of its estate."""

from django.urls import reverse
from django.utils.translation import gettext as _

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.case_page import Card
from creditor_meetings.cases.models import Case
from creditor_meetings.cases.money import yuan_grouped
from creditor_meetings.estate.account import account_of, property_sums
from creditor_meetings.estate.plans import newest


def links(case: Case, viewer: Viewer) -> list[tuple[str, str]]:
    """Lead creditors from their home page to what they receive, once a plan is published."""
    if not viewer.acts_for or newest(case) is None:
        return []
    return [(_("我的分配"), reverse("estate:mine", args=[case.pk]))]


def card(case: Case, viewer: Viewer) -> Card:
    """Sum the estate up for the team and the court, who alone see the page of a case."""
    plan = newest(case)
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
