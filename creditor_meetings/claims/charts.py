"""Charts of the claims by nature, what was filed against what was confirmed; the same as figures.

A bar is what was filed of a nature, its dark part what was confirmed. Who hears the page gets the
figures as a table.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from creditor_meetings.cases.charting import Bar, Chart, Part, draw
from creditor_meetings.cases.files.serving import SANDBOX
from creditor_meetings.cases.models import Case
from creditor_meetings.cases.money import fen, yuan_short
from creditor_meetings.claims.listing import claims_of
from creditor_meetings.claims.models import Nature
from creditor_meetings.claims.result.content import Body, hash_of


@dataclass(frozen=True)
class Figures:
    """What was filed and confirmed of a nature, in fen."""

    nature: str
    claims: int
    filed: int
    confirmed: int

    @property
    def label(self) -> str:
        """The nature in words."""
        return str(Nature(self.nature).label)


def figures_of(case: Case) -> list[Figures]:
    """Sum a case's claims up by nature, in the natures' own order."""
    sums = claims_of(case.pk).values("nature").order_by("nature")
    found = {
        one["nature"]: Figures(one["nature"], one["n"], one["filed"], one["confirmed"])
        for one in sums.annotate(
            n=Count("pk"), filed=Sum("filed_fen"), confirmed=Sum("confirmed_fen")
        )
    }
    return [found[nature] for nature in Nature.values if nature in found]


def figures_in(body: Body) -> list[Figures]:
    """Read the sums of a list of claims without objection."""
    return [
        Figures(one["nature"], one["claims"], fen(one["filed"]), fen(one["confirmed"]))
        for one in body["sums"]["natures"]
    ]


def totals(figures: Sequence[Figures]) -> dict[str, int]:
    """Sum the figures of all natures up."""
    return {
        "claims": sum(one.claims for one in figures),
        "filed": sum(one.filed for one in figures),
        "confirmed": sum(one.confirmed for one in figures),
    }


def chart_of(figures: Sequence[Figures], title: str) -> Chart:
    """Make the chart of some figures, in the reader's language."""
    most = max((one.filed for one in figures), default=0)
    return Chart(
        title=title,
        legend=[_("审查确认"), _("未确认部分")],
        groups=[("", [_bar(one, most) for one in figures])],
        note=_("每条的全长为申报金额，深色部分为审查确认金额。"),
    )


def _bar(one: Figures, most: int) -> Bar:
    def share(amount: int) -> int:
        return amount * 1000 // most if most else 0

    confirmed = share(one.confirmed)
    claims = ngettext("%(n)s 笔", "%(n)s 笔", one.claims) % {"n": f"{one.claims:,}"}
    return Bar(
        name=_("%(nature)s　%(claims)s") % {"nature": one.label, "claims": claims},
        parts=[Part(0, confirmed), Part(1, share(one.filed) - confirmed)],
        end=_("确认 %(confirmed)s / 申报 %(filed)s")
        % {"confirmed": _short(one.confirmed), "filed": _short(one.filed)},
    )


def _short(amount: int) -> str:
    return yuan_short(amount, _(" 万"), _(" 亿"))


def chart_response(request: HttpRequest, figures: Sequence[Figures], title: str) -> HttpResponse:
    """Answer with the chart as SVG; the browser asks again whether it is still the same."""
    drawn = draw(chart_of(figures, title))
    tag = f'"{hash_of(drawn)[:32]}"'
    same = request.headers.get("If-None-Match", "") == tag
    response = (
        HttpResponse(status=304) if same else HttpResponse(drawn, content_type="image/svg+xml")
    )
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache"
    response["Content-Security-Policy"] = SANDBOX
    response["X-Content-Type-Options"] = "nosniff"
    return response
