"""What came in, what went out, what is there (收支结余); amounts in fen."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, Q, Sum

from creditor_meetings.cases.models import Case
from creditor_meetings.estate.models import INCOME, Asset, AssetState, Entry, EntryKind


@dataclass(frozen=True)
class Heading:
    """All lines of one kind together."""

    kind: str
    label: str
    count: int
    fen: int


@dataclass(frozen=True)
class Account:
    """The account of a case, by kind: income and spending, each without empty kinds."""

    income: tuple[Heading, ...]
    spending: tuple[Heading, ...]

    @property
    def in_fen(self) -> int:
        """All that came in."""
        return sum(one.fen for one in self.income)

    @property
    def out_fen(self) -> int:
        """All that went out."""
        return sum(one.fen for one in self.spending)

    @property
    def balance_fen(self) -> int:
        """What is there; below zero where lines are missing."""
        return self.in_fen - self.out_fen


def account_of(case: Case) -> Account:
    """Sum the account of a case up."""
    rows = (
        Entry.objects.filter(case=case, removed_at__isnull=True)
        .order_by()
        .values("kind")
        .annotate(count=Count("pk"), fen=Sum("amount_fen"))
    )
    found: Mapping[str, Heading] = {
        row["kind"]: Heading(
            row["kind"], str(EntryKind(row["kind"]).label), row["count"], row["fen"]
        )
        for row in rows
    }
    headings = [found[kind] for kind in EntryKind.values if kind in found]
    return Account(
        tuple(one for one in headings if one.kind in INCOME),
        tuple(one for one in headings if one.kind not in INCOME),
    )


def property_sums(case: Case) -> dict[str, int]:
    """Sum the properties up: how many, how many sold, their values (fen)."""
    sums = Asset.objects.filter(case=case, removed_at__isnull=True).aggregate(
        count=Count("pk"),
        sold=Count("pk", filter=Q(state=AssetState.SOLD)),
        book=Sum("book_fen"),
        appraised=Sum("appraised_fen"),
        realised=Sum("realised_fen"),
        costs=Sum("costs_fen"),
    )
    return {name: value or 0 for name, value in sums.items()}
