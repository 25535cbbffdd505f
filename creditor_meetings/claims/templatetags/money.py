"""Amounts in templates."""

from django import template

from creditor_meetings.cases.money import yuan_grouped
from creditor_meetings.claims.models import Conclusion, Nature

register = template.Library()


@register.filter
def yuan(fen: int | None) -> str:
    """Write fen as yuan for people: 128435000 -> "1,284,350.00"; nothing for None."""
    return "" if fen is None else yuan_grouped(fen)


@register.filter
def nature_label(nature: str) -> str:
    """Write the nature of a claim in the reader's language."""
    return str(Nature(nature).label) if nature in Nature.values else nature


@register.filter
def conclusion_label(conclusion: str) -> str:
    """Write the conclusion of a review in the reader's language."""
    return str(Conclusion(conclusion).label) if conclusion in Conclusion.values else conclusion
