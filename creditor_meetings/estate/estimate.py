"""What a plan gives a creditor, and what it would give: in words and figures for its own page."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.money import yuan, yuan_grouped
from creditor_meetings.claims.importing import cells
from creditor_meetings.claims.models import Conclusion, Nature
from creditor_meetings.estate import content, wording
from creditor_meetings.estate.plan_models import Plan
from voting.rules.distribution import Distribution

MOST_CLAIMS = 50
"""How many own claims the calculator takes other amounts of."""


@dataclass(frozen=True)
class OwnLine:
    """A claim of the viewer's as a plan provides for it; amounts in fen."""

    number: int
    name: str
    nature: str
    conclusion: str
    rank: str
    certain_fen: int
    pending_fen: int
    before_fen: int
    receives_fen: int
    collateral_fen: int
    set_aside_fen: int
    waiting: bool

    @property
    def amount_fen(self) -> int:
        """The claim with which it takes part."""
        return self.certain_fen + self.pending_fen

    @property
    def rate(self) -> str:
        """Which part of it is paid or set aside now, in per cent."""
        return _rate(self.receives_fen + self.set_aside_fen, self.amount_fen)


def _rate(part: int, whole: int) -> str:
    return wording.percent(Fraction(min(part, whole), whole)) if whole else "—"


def own_lines(data: Mapping[str, Any], viewer: Viewer) -> list[OwnLine]:
    """Return the lines of creditors whom the viewer acts for."""
    return [
        OwnLine(
            number=one["number"],
            name=one["name"],
            nature=str(Nature(one["nature"]).label),
            conclusion=str(Conclusion(one["conclusion"]).label),
            rank=wording.short_rank(one["rank"]),
            certain_fen=one["certain_fen"],
            pending_fen=one["pending_fen"],
            before_fen=one["received_fen"] + one["from_collateral_fen"],
            receives_fen=one["paid_fen"] + one["collateral_paid_fen"],
            collateral_fen=one["collateral_paid_fen"],
            set_aside_fen=one["set_aside_fen"] + one["collateral_set_aside_fen"],
            waiting=one["waiting"],
        )
        for one in data["claims"]
        if one["creditor"] in viewer.acts_for
    ]


def steps(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the steps of a distribution as pages show them, without those that owe nothing."""
    return [
        {
            "rank": one["rank"],
            "label": wording.rank(one["rank"]),
            "article": wording.article(one["rank"]),
            "owed": yuan_grouped(one["owed_fen"]),
            "paid": yuan_grouped(one["paid_fen"]),
            "set_aside": yuan_grouped(one["set_aside_fen"]),
            "rate": wording.percent(Fraction(one["level"])),
        }
        for one in rows
        if one["owed_fen"]
    ]


@dataclass(frozen=True)
class Question:
    """What if: another sum (fen), other amounts (fen) of own claims; what was typed; errors."""

    free_fen: int
    amounts: Mapping[int, int]
    errors: Mapping[str, str]

    @classmethod
    def of(
        cls, query: Mapping[str, str], data: Mapping[str, Any], own: Sequence[OwnLine]
    ) -> "Question":
        """Read the query of an address; what is not given is as the plan has it."""
        errors: dict[str, str] = {}

        def amount(name: str, otherwise: int) -> int:
            text = query.get(name, "").replace("\x00", "")
            if not text.strip():
                return otherwise
            try:
                return cells.amount(text)
            except cells.WrongCell as wrong:
                errors[name] = str(wrong)
                return otherwise

        free = amount("sum", data["free_fen"])
        amounts = {}
        for one in own[:MOST_CLAIMS]:
            wanted = amount(f"claim-{one.number}", one.amount_fen)
            if wanted != one.amount_fen:
                amounts[one.number] = wanted
        return cls(free, amounts, errors)


def answer(plan: Plan, question: Question, own: Sequence[OwnLine]) -> dict[str, Any]:
    """Compute what would be: by the law that the plan was computed by. Raises `Refused`."""
    if not plan.is_published:
        raise Refused("bad_request", _("方案公布后才能测算。"))
    found = content.what_if(plan.content_sha256, question.free_fen, question.amounts)
    lines = {one.number: one for one in found.lines}
    rows = []
    for one in own[:MOST_CLAIMS]:
        line = lines[one.number]
        amount = question.amounts.get(one.number, one.amount_fen)
        rows.append(
            {
                "number": one.number,
                "rank": one.rank,
                "amount": yuan_grouped(amount),
                "receives": yuan_grouped(line.receives_fen),
                "set_aside": yuan_grouped(line.kept_fen),
                "rate": _rate(line.receives_fen + line.kept_fen, amount),
            }
        )
    receives = sum(lines[one.number].receives_fen for one in own)
    kept = sum(lines[one.number].kept_fen for one in own)
    return {
        "sum": yuan(question.free_fen),
        "receives": yuan_grouped(receives),
        "set_aside": yuan_grouped(kept),
        "lines": rows,
        "steps": steps(content.step_values(found)),
        "left": yuan_grouped(found.left_fen),
        "said": _said(found, receives, kept, own),
        "errors": dict(question.errors),
    }


def _said(found: Distribution, receives: int, kept: int, own: Sequence[OwnLine]) -> str:
    """The outcome in one sentence, for whoever listens."""
    if not own:
        return _("测算：清偿 %(paid)s 元，提存 %(kept)s 元，剩余 %(left)s 元。") % {
            "paid": yuan_grouped(found.paid_fen),
            "kept": yuan_grouped(found.set_aside_fen),
            "left": yuan_grouped(found.left_fen),
        }
    if kept:
        return _("测算：您可分得 %(receives)s 元，另提存 %(kept)s 元。") % {
            "receives": yuan_grouped(receives),
            "kept": yuan_grouped(kept),
        }
    return _("测算：您可分得 %(receives)s 元。") % {"receives": yuan_grouped(receives)}
