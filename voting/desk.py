"""The judge's desk: of each resolution what came of it, what to look at, and what follows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from creditor_meetings.cases.money import fen, yuan_grouped
from creditor_meetings.meetings.models import Meeting, Notice, NoticeKind
from voting import anomalies, branches, desk_words, result_notices, rulings, wording
from voting import sheet as sheets
from voting.anomalies import Finding
from voting.models import (
    Choice,
    Confirmation,
    Decision,
    Outcome,
    PollChange,
    Resolution,
    ResolutionState,
)


@dataclass(frozen=True)
class Card:
    """A resolution on the desk."""

    resolution: Resolution
    outcome: Outcome | None = None
    sheet: sheets.Sheet | None = None
    confirmation: Confirmation | None = None
    findings: Sequence[Finding] = ()
    next_step: str = ""
    ruling_kind: str | None = None
    ruling_name: str = ""
    refusal: str = ""
    rulings: Sequence[dict[str, Any]] = ()
    notice: str = ""
    notice_late: bool = False
    paper: Sequence[str] = ()
    changes: Sequence[PollChange] = field(default_factory=tuple)

    @property
    def waits_for_word(self) -> bool:
        """Whether the judge has still to confirm or decline."""
        return self.outcome is not None and self.confirmation is None

    @property
    def may_rule(self) -> bool:
        """Whether the law leads to a ruling that has not been made."""
        return (
            self.ruling_kind is not None
            and self.confirmation is not None
            and self.confirmation.decision == Decision.CONFIRMED
            and not self.rulings
        )


def cards(meeting: Meeting) -> list[Card]:
    """Lay out the resolutions that were opened, those that wait for the judge first."""
    found = (
        Resolution.objects.filter(meeting=meeting)
        .exclude(state=ResolutionState.DRAFT)
        .select_related("meeting", "meeting__case", "outcome", "outcome__confirmation__judge")
        .prefetch_related("changes__by", "rulings__judge")
        .order_by("position", "pk")
    )
    sent = list(Notice.objects.filter(meeting=meeting, kind=NoticeKind.RESULT).order_by("at"))
    laid = [_card(one, sent) for one in found]
    return sorted(laid, key=lambda card: not (card.waits_for_word or card.may_rule))


def _card(resolution: Resolution, sent: Sequence[Notice]) -> Card:
    changes = list(resolution.changes.all())
    outcome: Outcome | None = getattr(resolution, "outcome", None)
    if outcome is None or resolution.state != ResolutionState.CLOSED:
        return Card(resolution, changes=changes)
    kind = rulings.kind_of(resolution, outcome)
    refusable = branches.may_refuse_second(resolution, outcome.outcome)
    notice, late = result_notices.standing(resolution, result_notices.sent_at(outcome, sent))
    return Card(
        resolution=resolution,
        outcome=outcome,
        sheet=sheets.of(resolution, outcome),
        confirmation=getattr(outcome, "confirmation", None),
        findings=anomalies.of(resolution),
        next_step=desk_words.next_step(branches.branch(resolution, outcome.outcome)),
        ruling_kind=kind,
        ruling_name=desk_words.ruling_title(kind, granted=True) if kind else "",
        refusal=desk_words.refusal() if refusable else "",
        rulings=[desk_words.ruling(one) for one in resolution.rulings.all()],
        notice=notice,
        notice_late=late,
        paper=paper_lines(outcome),
        changes=changes,
    )


def paper_lines(outcome: Outcome) -> list[str]:
    """Say which of the figures came on paper, group by group; nothing where none did."""
    said = []
    for group, sums in (outcome.ways or {}).get("paper", {}).items():
        parts = [
            _("%(choice)s %(number)s 户、%(amount)s 元")
            % {
                "choice": Choice(choice).label,
                "number": found["number"],
                "amount": yuan_grouped(fen(found["amount"])),
            }
            for choice in Choice.values
            if (found := sums.get(choice)) and found["number"]
        ]
        if parts:
            name = "" if group == "all" else _("%(name)s：") % {"name": wording.group_name(group)}
            said.append(name + _("；").join(parts))
    return said
