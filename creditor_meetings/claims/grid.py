"""The claims table as somebody may see it: found, sorted and cut into pages by the server.

Identity numbers and contacts are shown to the staff and to the creditor's own people alone;
for everybody else they are not even fetched. Of 20,000 claims a page costs what one of 200 does,
but for the sums: sorted columns are read from their indexes, and only the rows of the page are
fetched whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.urls import NoReverseMatch, reverse

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.models import Case as BankruptcyCase
from creditor_meetings.cases.models import Creditor, Role
from creditor_meetings.claims import wish as wishes
from creditor_meetings.claims.listing import claims_of
from creditor_meetings.claims.models import (
    Claim,
    Conclusion,
    Nature,
    Objection,
    UndisputedEntry,
    UndisputedState,
)
from creditor_meetings.claims.standing import STANDS
from creditor_meetings.claims.wish import PAGE_SIZE, SIZES, SORTS, Wish

SHOWN_TO_FEW = ("identity_number", "contact_name", "phone", "email")
"""What of a creditor only its own people, the administrator and the court see."""


@dataclass(frozen=True)
class Row:
    """A claim as the viewer may see it."""

    claim: Claim
    own: bool
    identity_number: str = ""
    contact: str = ""
    confirmed_by_creditor: bool = False
    objections: int = 0
    # The ruling by which the court confirmed the claim.
    ruling: str = ""
    address: str = ""

    @property
    def parts(self) -> bool:
        """Whether more is known of what was confirmed than its sum."""
        claim = self.claim
        return bool(claim.confirmed_fen) and claim.confirmed_principal_fen is not None


@dataclass(frozen=True)
class Column:
    """A column that can be sorted by."""

    label: str
    query: str
    aria: str
    # Which of several columns it is, where the table is sorted by several.
    rank: int = 0
    number: bool = False
    down: bool = False


@dataclass(frozen=True)
class Filters:
    """What the form beside the table offers."""

    natures: list[tuple[str, str]]
    conclusions: list[tuple[str, str]]
    orders: list[tuple[str, str]]
    sizes: tuple[int, ...]
    has_own: bool


@dataclass(frozen=True)
class Listing:
    """A page of the table, with what leads to others; sums (fen) are of all that was found."""

    wish: Wish
    rows: list[Row]
    columns: list[Column]
    sums: Mapping[str, Any]
    filters: Filters
    detailed: bool
    page: int
    pages: int
    size: int
    order: str = ""
    first: str = ""
    previous: str = ""
    next: str = ""
    last: str = ""
    unsorted: str = ""


def listing(
    case: BankruptcyCase,
    viewer: Viewer,
    wish: Wish,
    *,
    open_to_all: bool,
    page_size: int = PAGE_SIZE,
) -> Listing:
    """Return a page of the claims that the viewer may see, own ones first unless sorted."""
    size = wish.size or page_size
    found = seen_by(case.pk, viewer, wish, open_to_all=open_to_all)
    sums = found.aggregate(
        count=Count("pk"), filed=Sum("filed_fen"), confirmed=Sum("confirmed_fen")
    )
    pages = max(1, -(-sums["count"] // size))
    wish = replace(wish, page=min(max(1, wish.page), pages))
    start = (wish.page - 1) * size
    ids = _page(found, wish, viewer, start, start + size)
    return Listing(
        wish=wish,
        rows=_rows(case.pk, ids, viewer),
        columns=_columns(wish),
        sums=sums,
        filters=Filters(
            natures=[(one.value, str(one.label)) for one in Nature if one != Nature.INVESTOR],
            conclusions=[(one.value, str(one.label)) for one in Conclusion],
            orders=wishes.choices(wish),
            sizes=SIZES,
            has_own=bool(viewer.acts_for),
        ),
        detailed=viewer.is_staff,
        page=wish.page,
        pages=pages,
        size=size,
        order=wishes.in_words(wish),
        first=wish.query(page=1) if wish.page > 2 else "",
        previous=wish.query(page=wish.page - 1) if wish.page > 1 else "",
        next=wish.query(page=wish.page + 1) if wish.page < pages else "",
        last=wish.query(page=pages) if wish.page < pages - 1 else "",
        unsorted=wish.query(sort=(), page=1) if wish.sort else "",
    )


def seen_by(case_id: int, viewer: Viewer, wish: Wish, *, open_to_all: bool) -> QuerySet[Claim]:
    """Return the claims that the viewer may see and asks for, in no order."""
    found = claims_of(case_id)
    if not (viewer.is_staff or open_to_all) or wish.mine:
        found = found.filter(creditor__in=list(viewer.acts_for))
    if wish.nature:
        found = found.filter(nature=wish.nature)
    if wish.conclusion:
        found = found.filter(conclusion=wish.conclusion)
    if wish.late:
        found = found.filter(late=True)
    if wish.objected:
        found = found.filter(Exists(_objections(viewer)))
    return _matching(found, wish.q, viewer)


def _objections(viewer: Viewer) -> QuerySet[Objection]:
    """The standing objections against a claim that the viewer may know of."""
    against = Objection.objects.filter(STANDS, claim=OuterRef("pk"))
    if viewer.is_staff:
        return against
    own = Q(creditor__in=list(viewer.acts_for)) | Q(claim__creditor__in=list(viewer.acts_for))
    if Role.DEBTOR in viewer.roles:
        own |= Q(creditor__isnull=True)
    return against.filter(own)


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


def _page(found: QuerySet[Claim], wish: Wish, viewer: Viewer, start: int, end: int) -> list[int]:
    """Return the ids of the claims from one place of the order to another."""
    if wish.sort:
        order = [f"-{SORTS[one[1:]]}" if one.startswith("-") else SORTS[one] for one in wish.sort]
        # An index is read backwards as well as forwards, all of its columns at once.
        order.append("-position" if order[0].startswith("-") else "position")
        return list(found.order_by(*order).values_list("pk", flat=True)[start:end])
    held = list(viewer.acts_for)
    if not held or wish.mine:
        return list(found.order_by("position").values_list("pk", flat=True)[start:end])
    # Two plain questions instead of one that sorts the whole table by whose each claim is.
    own = list(found.filter(creditor__in=held).order_by("position").values_list("pk", flat=True))
    others = found.exclude(creditor__in=held).order_by("position").values_list("pk", flat=True)
    rest = others[max(0, start - len(own)) : max(0, end - len(own))]
    return [*own[start:end], *rest]


def _rows(case_id: int, ids: list[int], viewer: Viewer) -> list[Row]:
    standing = Count("objections", filter=_standing())
    claims = (
        Claim.objects.filter(pk__in=ids)
        .select_related("creditor", "confirmation")
        .defer(*(f"creditor__{name}" for name in SHOWN_TO_FEW))
        .annotate(standing=standing)
        .in_bulk()
    )
    allowed = {
        one.creditor_id
        for one in claims.values()
        if viewer.is_staff or one.creditor_id in viewer.acts_for
    }
    people = Creditor.objects.in_bulk(allowed)
    rulings = dict(
        UndisputedEntry.objects.filter(
            claim__in=ids, undisputed_list__state=UndisputedState.CONFIRMED
        ).values_list("claim", "undisputed_list__ruling_number")
    )
    addresses = _addresses(case_id, ids) if viewer.is_administrator else {}
    rows = []
    for claim in (claims[pk] for pk in ids if pk in claims):
        creditor = people.get(claim.creditor_id)
        rows.append(
            Row(
                claim=claim,
                own=claim.creditor_id in viewer.acts_for,
                identity_number=creditor.identity_number if creditor else "",
                contact=_contact(creditor) if creditor else "",
                confirmed_by_creditor=(
                    creditor is not None and getattr(claim, "confirmation", None) is not None
                ),
                objections=claim.standing if creditor else 0,
                ruling=rulings.get(claim.pk, ""),
                address=addresses.get(claim.pk, ""),
            )
        )
    return rows


def _standing() -> Q:
    return Q(objections__withdrawn_at__isnull=True, objections__accepted_at__isnull=True)


def _addresses(case_id: int, ids: list[int]) -> dict[int, str]:
    """Where the administrator works on each claim."""
    try:
        return {
            pk: reverse("claims:claim", kwargs={"case_id": case_id, "claim_id": pk}) for pk in ids
        }
    except NoReverseMatch:
        return {}


def _contact(creditor: Creditor) -> str:
    return " ".join(filter(None, [creditor.contact_name, creditor.phone, creditor.email]))


def _columns(wish: Wish) -> list[Column]:
    ranks = {one.removeprefix("-"): rank for rank, one in enumerate(wish.sort, start=1)}
    columns = []
    for name, label in wishes.labels().items():
        down = f"-{name}" in wish.sort
        first = ranks.get(name) == 1
        columns.append(
            Column(
                label,
                wish.sorted_by(name).query(),
                # Only one column at a time may say so; the words of the order name them all.
                ("descending" if down else "ascending") if first else "none",
                rank=ranks.get(name, 0),
                number=name in {"filed", "confirmed"},
                down=down,
            )
        )
    return columns
