"""The claims table as somebody may see it: found, sorted and cut into pages by the server.

Identity numbers and contacts are shown to the staff and to the creditor's own people alone;
for everybody else they are not even fetched.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import (
    BooleanField,
    Case,
    Count,
    Exists,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.utils.translation import gettext as _

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.models import Case as BankruptcyCase
from creditor_meetings.cases.models import Creditor
from creditor_meetings.claims.models import Claim, Conclusion, Nature

PAGE_SIZE = 25
PANEL_PAGE_SIZE = 10
"""How many claims the panel of the room shows at a time, where each is a card."""
SORTS = {
    "number": ("position",),
    "name": ("creditor__name", "position"),
    "nature": ("nature", "position"),
    "filed": ("filed_fen", "position"),
    "confirmed": ("confirmed_fen", "position"),
    "conclusion": ("conclusion", "position"),
}


def claims_of(case_id: int) -> QuerySet[Claim]:
    """Return a case's claims: an investor of the debtor files none, and is verified nowhere."""
    return Claim.objects.filter(case=case_id).exclude(nature=Nature.INVESTOR)


def creditors_of(case_id: int) -> QuerySet[Creditor]:
    """Return a case's creditors, without those who are investors of the debtor and no more."""
    held = Claim.objects.filter(creditor=OuterRef("pk"))
    investors = Exists(held.filter(nature=Nature.INVESTOR))
    others = Exists(held.exclude(nature=Nature.INVESTOR))
    return Creditor.objects.filter(case=case_id).exclude(investors & ~others)


@dataclass(frozen=True)
class Wish:
    """What of the table is asked for."""

    q: str = ""
    sort: str = ""
    page: str = "1"

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Wish":
        """Read the query of an address; what cannot be meant is left out."""
        sort = query.get("sort", "")
        known = sort.removeprefix("-") in SORTS
        return cls(
            query.get("q", "").replace("\x00", "").strip()[:100],
            sort if known else "",
            query.get("page", "1"),
        )

    def query(self, **other: object) -> str:
        """Write the query of an address with something else asked for."""
        values = {"q": self.q, "sort": self.sort, **other}
        return "?" + urlencode({name: value for name, value in values.items() if value})


@dataclass(frozen=True)
class Row:
    """A claim as the viewer may see it."""

    claim: Claim
    own: bool
    identity_number: str = ""
    contact: str = ""
    confirmed_by_creditor: bool = False
    objections: int = 0


@dataclass(frozen=True)
class Column:
    """A column that can be sorted by."""

    label: str
    query: str
    aria: str
    number: bool = False


@dataclass(frozen=True)
class Listing:
    """A page of the table, with what leads to the others."""

    wish: Wish
    rows: list[Row]
    page: Page
    columns: list[Column]
    sums: Mapping[str, Any]
    detailed: bool
    previous: str = ""
    next: str = ""


def listing(
    case: BankruptcyCase,
    viewer: Viewer,
    wish: Wish,
    *,
    open_to_all: bool,
    page_size: int = PAGE_SIZE,
) -> Listing:
    """Return a page of the claims that the viewer may see, own ones first."""
    whole = viewer.is_staff or open_to_all
    found = claims_of(case.pk)
    if not whole:
        found = found.filter(creditor__in=viewer.acts_for)
    found = _matching(found, wish.q, viewer)
    sums = found.aggregate(
        count=Count("pk"), filed=Sum("filed_fen"), confirmed=Sum("confirmed_fen")
    )
    page = Paginator(_sorted(found, wish, viewer), page_size).get_page(wish.page)
    return Listing(
        wish=wish,
        rows=_rows(page, viewer),
        page=page,
        columns=_columns(wish),
        sums=sums,
        detailed=viewer.is_staff,
        previous=wish.query(page=page.previous_page_number()) if page.has_previous() else "",
        next=wish.query(page=page.next_page_number()) if page.has_next() else "",
    )


def _matching(found: QuerySet[Claim], q: str, viewer: Viewer) -> QuerySet[Claim]:
    if not q:
        return found
    wanted = Q(creditor__name__icontains=q) | Q(collateral__icontains=q)
    wanted |= Q(nature__in=[one for one in Nature if q in str(one.label)])
    wanted |= Q(conclusion__in=[one for one in Conclusion if q == str(one.label)])
    if q.isascii() and q.isdigit() and len(q) < 10:
        wanted |= Q(position=int(q))
    if viewer.is_staff:
        wanted |= Q(creditor__identity_number__icontains=q) | Q(creditor__phone__icontains=q)
    return found.filter(wanted)


def _sorted(found: QuerySet[Claim], wish: Wish, viewer: Viewer) -> QuerySet[Claim]:
    own = Case(
        When(creditor__in=list(viewer.acts_for), then=Value(True)),
        default=Value(False),
        output_field=BooleanField(),
    )
    found = found.select_related("creditor").defer(
        "creditor__identity_number",
        "creditor__contact_name",
        "creditor__phone",
        "creditor__email",
    )
    if not wish.sort:
        return found.annotate(own=own).order_by("-own", "position")
    first, *rest = SORTS[wish.sort.removeprefix("-")]
    return found.order_by(f"-{first}" if wish.sort.startswith("-") else first, *rest)


def _rows(page: Page, viewer: Viewer) -> list[Row]:
    claims = list(page.object_list)
    allowed = {
        one.creditor_id for one in claims if viewer.is_staff or one.creditor_id in viewer.acts_for
    }
    people = Creditor.objects.in_bulk(allowed)
    standing = Count("objections", filter=Q(objections__withdrawn_at__isnull=True))
    reviewed = Claim.objects.filter(pk__in=[one.pk for one in claims]).annotate(standing=standing)
    said = {
        one.pk: (getattr(one, "confirmation", None) is not None, one.standing)
        for one in reviewed.select_related("confirmation")
    }
    rows = []
    for claim in claims:
        creditor = people.get(claim.creditor_id)
        confirmed, objections = said[claim.pk] if creditor is not None else (False, 0)
        rows.append(
            Row(
                claim=claim,
                own=claim.creditor_id in viewer.acts_for,
                identity_number=creditor.identity_number if creditor else "",
                contact=_contact(creditor) if creditor else "",
                confirmed_by_creditor=confirmed,
                objections=objections,
            )
        )
    return rows


def _contact(creditor: Creditor) -> str:
    return " ".join(filter(None, [creditor.contact_name, creditor.phone, creditor.email]))


def _columns(wish: Wish) -> list[Column]:
    labels = {
        "number": _("编号"),
        "name": _("债权人"),
        "nature": _("债权性质"),
        "filed": _("申报金额（元）"),
        "confirmed": _("审查确认金额（元）"),
        "conclusion": _("审查结论"),
    }
    return [
        Column(label, *_sort_link(wish, name), number=name in {"filed", "confirmed"})
        for name, label in labels.items()
    ]


def _sort_link(wish: Wish, name: str) -> tuple[str, str]:
    """The query that sorts by a column, and what aria-sort says of it now."""
    if wish.sort == name:
        return wish.query(sort=f"-{name}"), "ascending"
    if wish.sort == f"-{name}":
        return wish.query(sort=""), "descending"
    return wish.query(sort=name), "none"
