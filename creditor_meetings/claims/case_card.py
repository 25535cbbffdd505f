"""What the page of a case shows of its claims."""

from django.db.models import Count, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.case_page import Card
from creditor_meetings.cases.models import Case
from creditor_meetings.cases.money import yuan_grouped
from creditor_meetings.claims.listing import claims_of


def card(case: Case, viewer: Viewer) -> Card:
    """Sum the claims up, and lead to the table, the administrator to its import."""
    sums = claims_of(case.pk).aggregate(
        count=Count("pk"), filed=Sum("filed_fen"), confirmed=Sum("confirmed_fen")
    )
    links = []
    if sums["count"]:
        links.append((_("查看债权表"), reverse("claims:table", args=[case.pk])))
    if viewer.is_administrator:
        links.append((_("导入债权表"), reverse("claims:import", args=[case.pk])))
    return Card(
        title=_("债权表"),
        lines=[
            (_("债权"), _("%(n)s 笔") % {"n": sums["count"]}),
            (_("申报总额"), _("%(amount)s 元") % {"amount": yuan_grouped(sums["filed"] or 0)}),
            (_("确认总额"), _("%(amount)s 元") % {"amount": yuan_grouped(sums["confirmed"] or 0)}),
        ],
        links=links,
    )
