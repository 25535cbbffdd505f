"""Which claims and creditors a case has: what every page, sum and count of them starts from."""

from django.db.models import Exists, OuterRef, QuerySet

from creditor_meetings.cases.models import Creditor
from creditor_meetings.claims.models import Claim, Nature


def claims_of(case_id: int) -> QuerySet[Claim]:
    """Return a case's claims: an investor of the debtor files none, and is verified nowhere."""
    return Claim.objects.filter(case=case_id).exclude(nature=Nature.INVESTOR)


def creditors_of(case_id: int) -> QuerySet[Creditor]:
    """Return a case's creditors, without those who are investors of the debtor and no more."""
    held = Claim.objects.filter(creditor=OuterRef("pk"))
    investors = Exists(held.filter(nature=Nature.INVESTOR))
    others = Exists(held.exclude(nature=Nature.INVESTOR))
    return Creditor.objects.filter(case=case_id).exclude(investors & ~others)
