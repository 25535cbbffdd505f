"""Which claims stand objected to, and which do not: what the list for the court is drawn from.

An objection stands until its objector withdraws it or the administrator accepts it; whether it
was answered, upheld or sued over makes no difference. One that came after the end of
verification stands too, and says so (`late`).
"""

from collections import defaultdict

from django.db.models import Exists, OuterRef, Q, QuerySet

from creditor_meetings.claims.listing import claims_of
from creditor_meetings.claims.models import Claim, Objection

STANDS = Q(withdrawn_at__isnull=True, accepted_at__isnull=True)
"""Objections that stand: neither withdrawn nor accepted."""


def standing_objections(case_id: int) -> QuerySet[Objection]:
    """Return the objections that stand against claims of a case, the oldest first."""
    return Objection.objects.filter(STANDS, claim__case=case_id)


def disputed(case_id: int) -> dict[int, list[Objection]]:
    """Return the standing objections of a case by claim, with objectors and who answered."""
    found: dict[int, list[Objection]] = defaultdict(list)
    for one in standing_objections(case_id).select_related(
        "claim__creditor", "creditor", "person", "answered_by"
    ):
        found[one.claim_id].append(one)
    return dict(found)


def undisputed_claims(case_id: int) -> QuerySet[Claim]:
    """Return the claims of a case that nobody stands objecting to, in the table's order.

    Of whatever conclusion: which of them go to the court for its ruling is said by its list.
    """
    against = Objection.objects.filter(STANDS, claim=OuterRef("pk"))
    return claims_of(case_id).filter(~Exists(against)).order_by("position", "pk")
