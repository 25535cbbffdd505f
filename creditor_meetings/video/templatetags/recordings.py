"""Lengths of time as the recordings' page shows them."""

from django import template

register = template.Library()


@register.filter
def length_of_seconds(seconds: int) -> str:
    """Write seconds as h:mm:ss."""
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


@register.filter
def length_of_time(ms: int) -> str:
    """Write milliseconds as h:mm:ss, rounded."""
    return length_of_seconds(round(ms / 1000))
