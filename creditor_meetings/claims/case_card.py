"""What the page of a case shows of its claims."""

from django.db.models import Count, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.case_page import Card, ErrandLine
from creditor_meetings.cases.models import Case, Person
from creditor_meetings.cases.money import yuan_grouped
from creditor_meetings.claims.listing import claims_of
from creditor_meetings.claims.models import Filing, FilingState


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
    links += filing_links(case, viewer)
    return Card(
        title=_("债权表"),
        lines=[
            (_("债权"), _("%(n)s 笔") % {"n": sums["count"]}),
            (_("申报总额"), _("%(amount)s 元") % {"amount": yuan_grouped(sums["filed"] or 0)}),
            (_("确认总额"), _("%(amount)s 元") % {"amount": yuan_grouped(sums["confirmed"] or 0)}),
        ],
        links=links,
    )


def filing_links(case: Case, viewer: Viewer) -> list[tuple[str, str]]:
    """Lead the staff to the online filings, and say how many wait; to the door of a case."""
    if not viewer.is_staff:
        return []
    found = Filing.objects.filter(case=case, number__isnull=False)
    waiting = found.filter(state=FilingState.SUBMITTED).count()
    links = [(_("在线申报设置"), reverse("claims:filing_door", args=[case.pk]))]
    if waiting or found.exists():
        text = _("审查债权申报（%(n)s 件待审）") % {"n": waiting} if waiting else _("债权申报")
        links.insert(0, (text, reverse("claims:filings", args=[case.pk])))
    return links


def errands(person: Person) -> list[ErrandLine]:
    """List a person's filings for the home page: those who file need not be of a case."""
    found = Filing.objects.filter(person=person).select_related("case")
    found = found.exclude(state=FilingState.WITHDRAWN).order_by("-created_at")
    return [
        ErrandLine(
            case_id=one.case_id,
            title=one.case.debtor,
            hint=" · ".join(filter(None, [one.case.number, one.number or "", one.creditor_name])),
            state=one.state,
            state_label=str(FilingState(one.state).label),
            url=reverse("claims:filing", args=[one.case_id, one.pk]),
        )
        for one in found
    ]
