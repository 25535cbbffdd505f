"""The bridge between the law (`voting.rules`) and the rows of a case and its meetings.

What a creditor may vote with comes from its claims until a poll opens; from then on only from
the frozen register, so that a later change of a claim rewrites no count (EBL 59(2)).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from creditor_meetings.cases.money import yuan
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.meetings.standing import Standing
from voting import participation, wording
from voting.enrolment import (
    claims_of,
    creditors,
    decided_groups,
    first_groups,
    freeze,
    practice_of,
    register,
)
from voting.enrolment import rule_of as frozen
from voting.models import Ballot, Choice, RegisterEntry, Resolution, Tally, Way
from voting.rules import electorate, practice, records, registry, result, tally

__all__ = [
    "article", "attending", "barred", "claims_of", "count", "counting", "decided_groups",
    "explain", "freeze", "frozen", "note_attendance", "opening_tallies", "practice_of",
    "register", "running", "standings", "thresholds", "voting_groups", "ways",
]  # fmt: skip

GENERAL = "prc-ordinary"
"""The rule by which attendance is announced."""
RUNNING = participation.RUNNING
"""The states in which attendance still moves a count."""


def standings(meeting: Meeting, chosen: Collection[int] | None = None) -> Mapping[int, Standing]:
    """Return what each creditor with claims votes with in a general matter (EBL 64(1)).

    By the meeting's practice, as its registers are drawn up. An investor of the debtor is no
    creditor, and not among them.
    """
    rule = practice.apply(registry.get(GENERAL), meeting.practice)
    found: dict[int, Standing] = {}
    for creditor_id, creditor in creditors(meeting.case_id, chosen).items():
        if all(one.nature is records.Nature.INVESTOR for one in creditor.claims):
            continue
        rights = electorate.rights(rule, None, creditor)
        if rights:
            found[creditor_id] = Standing(sum(one.amount_fen for one in rights), True)
        else:
            why = electorate.reason(rule, None, creditor)
            found[creditor_id] = Standing(0, False, why.value)
    return found


def count(resolution: Resolution) -> dict[str, Any]:
    """Count a vote anew from the frozen register, the attendance and the effective ballots.

    Returns `count-result/1`; never looks at the claims. A second vote's result holds the
    groups that passed in the first vote too, as they were counted there.
    """
    rule = frozen(resolution)
    lines = list(
        RegisterEntry.objects.filter(resolution=resolution, reason="")
        .order_by("pk")
        .values_list("creditor_id", "group", "amount_fen", "carried")
    )
    rights = [
        records.Right(str(creditor), group, fen, investor=group == records.Nature.INVESTOR)
        for creditor, group, fen, _carried in lines
    ]
    ballots = [
        records.Ballot(str(creditor), records.Choice(carried), group)
        for creditor, group, _fen, carried in lines
        if carried
    ]
    ballots += _ballots(resolution, {group for _creditor, group, _fen, _carried in lines})
    present = {
        str(one) for one in participation.present(resolution).values_list("creditor_id", flat=True)
    }
    groups = tally.count(rule, rights, present, ballots)
    found = result.write(resolution.rule, resolution.matter, groups)
    found["groups"] = _with_first(resolution, rule, found["groups"])
    return found


def _ballots(resolution: Resolution, groups: Collection[str]) -> list[records.Ballot]:
    """Read the effective ballots; where there is one group, their one choice tells all."""
    said = Ballot.objects.filter(resolution=resolution, effective=True).order_by("pk")
    if len(groups) < 2:
        return [
            records.Ballot(str(creditor), records.Choice(choice))
            for creditor, choice in said.values_list("creditor_id", "choice")
        ]
    found: list[records.Ballot] = []
    for creditor, choice, choices in said.values_list("creditor_id", "choice", "choices"):
        if not choices:
            found.append(records.Ballot(str(creditor), records.Choice(choice)))
        for group, one in choices.items():
            found.append(records.Ballot(str(creditor), records.Choice(one), group))
    return found


def _with_first(
    resolution: Resolution, rule: records.Rule, groups: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Add the groups that passed in the first vote; they stand (EBL 87(1))."""
    own = {one["group"] for one in groups}
    standing = [one for one in first_groups(resolution) if one["group"] not in own]
    passed = [one for one in standing if one["passed"] is True]
    place = registry.group_place
    return sorted([*groups, *passed], key=lambda one: place(rule, one["group"]))


def note_attendance(resolution: Resolution) -> list[int]:
    """Note in the register who attends a poll that is about to close.

    Returns the ids of the creditors among them who have a vote.
    """
    voted = Ballot.objects.filter(resolution=resolution, effective=True).values("creditor")
    lines = RegisterEntry.objects.filter(resolution=resolution)
    lines.filter(participation.attends(resolution)).update(attended=True)
    # The ballots stand for themselves, whatever became of the rows of attendance.
    lines.filter(creditor__in=voted, attended=False).update(attended=True)
    attending = lines.filter(attended=True, reason="").order_by("creditor")
    return list(attending.values_list("creditor_id", flat=True).distinct())


def running(
    resolution: Resolution, standing: participation.Standing | None = None
) -> list[dict[str, Any]]:
    """Return how a vote stands, in the shape of a result's groups, from the kept tallies."""
    rule = frozen(resolution)
    counted, tallies = standing or participation.standing(resolution)
    kept = {one.group: one for one in tallies}
    groups = [
        result.group(
            tally.decide(
                rule,
                _group_tally(
                    group,
                    counted.entitled[group],
                    counted.attending.get(group, records.NOTHING),
                    kept[group],
                ),
            )
        )
        for group in sorted(kept, key=lambda name: registry.group_place(rule, name))
    ]
    return _with_first(resolution, rule, groups)


def opening_tallies(resolution: Resolution, lines: Iterable[RegisterEntry]) -> list[Tally]:
    """Return the tallies that a poll starts with, a group each: earlier consents in them."""
    found: dict[str, Tally] = {}
    for line in lines:
        if line.reason:
            continue
        kept = found.get(line.group)
        if kept is None:
            kept = found[line.group] = Tally(resolution=resolution, group=line.group)
        if line.carried:
            add(kept, line.carried, line.heads, line.amount_fen)
    return list(found.values())


def add(kept: Tally | participation.Kept, choice: str, heads: int, amount_fen: int) -> None:
    """Add heads and an amount (fen) to a choice of a tally, or take them away if negative."""
    number, fen = f"{choice}_number", f"{choice}_fen"
    setattr(kept, number, getattr(kept, number) + heads)
    setattr(kept, fen, getattr(kept, fen) + amount_fen)


def voting_groups(resolution: Resolution, names: Iterable[str]) -> list[str]:
    """Put groups in the order of the rule; none where the vote is not by groups."""
    rule = frozen(resolution)
    if rule.grouping is records.Grouping.NONE:
        return []
    return sorted(names, key=lambda name: registry.group_place(rule, name))


def ways(resolution: Resolution) -> dict[str, Any]:
    """Show the ballots apart that came on paper: {"paper": {group: {choice: sum}}}."""
    papers = Ballot.objects.filter(resolution=resolution, effective=True, way=Way.PAPER)
    said = {one.creditor_id: one for one in papers.only("creditor", "choice", "choices")}
    voting = RegisterEntry.objects.filter(resolution=resolution, reason="", carried="")
    sums: dict[str, dict[str, records.Sum]] = defaultdict(dict)
    for line in voting.filter(creditor__in=papers.values("creditor")).order_by("pk"):
        choice = said[line.creditor_id].said(line.group)
        if choice:
            before = sums[line.group].get(choice, records.NOTHING)
            sums[line.group][choice] = before + records.Sum(line.heads, line.amount_fen)
    return {
        "paper": {
            group: {
                choice: {"number": one.number, "amount": yuan(one.fen)}
                for choice, one in by_choice.items()
            }
            for group, by_choice in sums.items()
        }
    }


def _group_tally(
    group: str, entitled: records.Sum, attending: records.Sum, kept: participation.Kept
) -> records.GroupTally:
    return records.GroupTally(
        group=group,
        entitled=entitled,
        attending=attending,
        choices={
            records.Choice(choice): records.Sum(
                getattr(kept, f"{choice}_number"), getattr(kept, f"{choice}_fen")
            )
            for choice in Choice.values
        },
        unconnected_fen=entitled.fen,
        unconnected_against_fen=kept.against_fen,
        investors=group == records.Nature.INVESTOR,
    )


def attending(resolution: Resolution) -> int:
    """Count the creditors who may vote on the resolution and attend."""
    return participation.standing(resolution)[0].attending_number


def article(resolution: Resolution) -> str:
    """Name the article that the rule carries out: "EBL 64(1)"."""
    return frozen(resolution).article


def thresholds(resolution: Resolution) -> dict[str, Any]:
    """Describe the tests of the resolution's rule, the same in every language."""
    return {
        name: {
            "comparator": one.comparator,
            "numerator": one.numerator,
            "denominator": one.denominator,
            "of": one.base.value,
            "article": one.article,
        }
        for name, one in frozen(resolution).thresholds().items()
    }


def counting(resolution: Resolution) -> dict[str, Any]:
    """Describe what else a room needs to say how the vote is counted.

    Whether it is by groups, whether a secured claim is split between two, which points of the
    practice the rule leaves to the meeting, and the rule's own words.
    """
    rule = frozen(resolution)
    return {
        "grouped": rule.grouping is not records.Grouping.NONE,
        "split": rule.secured is records.SecuredVote.SPLIT,
        "points": sorted(rule.practice),
        "text": {"zh": rule.text.zh, "en": rule.text.en},
    }


def barred(resolution: Resolution) -> bool:
    """Whether secured creditors who keep their priority have no vote here (EBL 59(3))."""
    return frozen(resolution).bars_secured(resolution.matter)


def explain(resolution: Resolution) -> str:
    """Say in the person's language how the vote is counted; for pages, never for events."""
    texts = {
        "prc-ordinary": _(
            "由出席会议的有表决权的债权人过半数通过，并且其所代表的债权额占无财产担保债权总额的"
            "二分之一以上（企业破产法第六十四条第一款）。"
        ),
        "prc-composition": _(
            "由出席会议的有表决权的债权人过半数同意，并且其所代表的债权额占无财产担保债权总额的"
            "三分之二以上（企业破产法第九十七条）。"
        ),
        "prc-reorganisation": _(
            "分组表决：各组出席会议的债权人过半数同意，并且其所代表的债权额占该组债权总额的"
            "三分之二以上，各组均通过时重整计划即为通过（企业破产法第八十四条、第八十六条）。"
        ),
    }
    found = frozen(resolution)
    text = texts.get(found.id) or wording.rule_text(found)
    if barred(resolution):
        text += _(
            "对特定财产享有担保权且未放弃优先受偿权的债权人对本事项不享有表决权（第五十九条第三款）。"
        )
    return text
