"""The claims that a case holds already, as far as its claims table reaches."""

from django.db.models import QuerySet

from creditor_meetings.cases.models import Case
from creditor_meetings.claims.models import Claim

INVESTORS_FROM = 1_000_000
"""Numbers above this are those of the investors' own table, which no claims table reaches."""


def of_table(case: Case) -> QuerySet[Claim]:
    """Return a case's claims, without the lines of its investors."""
    return Claim.objects.filter(case=case, position__lte=INVESTORS_FROM)
