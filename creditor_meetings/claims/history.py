"""What happened to claims and filings, told to people: who, when, why, from where, what."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.utils.translation import gettext as _

from creditor_meetings.cases.models import Person
from creditor_meetings.cases.money import fen, yuan_grouped
from creditor_meetings.claims.filing import record
from creditor_meetings.claims.filing.identity import Entity
from creditor_meetings.claims.models import (
    Claim,
    ClaimChange,
    Conclusion,
    Filing,
    FilingChange,
    FilingState,
    Nature,
)


@dataclass(frozen=True)
class Line:
    """A value that changed."""

    label: str
    before: str
    after: str


@dataclass
class Act:
    """What one person did in one go."""

    at: datetime
    by: Person | None
    reason: str
    address: str
    lines: list[Line] = field(default_factory=list)


def of_claim(claim: Claim) -> list[Act]:
    """Return the history of a claim, newest first."""
    return _acts(Claim, claim.changes.select_related("by").order_by("-at", "pk"))


def of_filing(filing: Filing) -> list[Act]:
    """Return the history of a filing, newest first."""
    return _acts(Filing, filing.changes.select_related("by").order_by("-at", "pk"))


def _acts(model: type[Model], changes: Iterable[ClaimChange | FilingChange]) -> list[Act]:
    acts: list[Act] = []
    for one in changes:
        last = acts[-1] if acts else None
        if (
            last is None
            or (last.by, last.reason, last.address) != (one.by, one.reason, one.address)
            or abs((last.at - one.at).total_seconds()) > 1
        ):
            last = Act(one.at, one.by, one.reason, one.address)
            acts.append(last)
        last.lines.append(
            Line(
                _label(model, one.field),
                _value(one.field, one.before),
                _value(one.field, one.after),
            )
        )
    return acts


def _label(model: type[Model], name: str) -> str:
    ours = {
        "filing": _("来自在线申报"),
        "confirmation": _("债权人确认"),
        record.STATE: _("状态"),
        record.SIGNED: _("签署"),
        record.FILE: _("证据材料"),
        record.TAKEN: _("审查人"),
    }
    if name in ours:
        return ours[name]
    try:
        found: Any = model._meta.get_field(name)
    except FieldDoesNotExist:
        return name
    return str(getattr(found, "verbose_name", name))


def _value(name: str, text: str) -> str:
    if not text:
        return ""
    if name == record.SIGNED:
        # The words themselves are on the receipt.
        return _("申报书全文") if len(text) != 64 else text[:12]
    for field_name, choices in (
        ("nature", Nature),
        ("conclusion", Conclusion),
        ("state", FilingState),
        ("entity", Entity),
    ):
        if name == field_name and text in choices.values:
            return str(choices(text).label)
    if name.endswith("_fen"):
        try:
            return yuan_grouped(fen(text))
        except ValueError:
            return text
    return {"True": _("是"), "False": _("否")}.get(text, text)
