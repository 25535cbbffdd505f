"""The bridge between the law (`voting.rules`) and the rows of a case and its meetings.

What a creditor may vote with comes from its claims until a poll opens; from then on only from
the frozen register, so that a later change of a claim rewrites no count (EBL 59(2)).
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from creditor_meetings.cases.models import Creditor
from creditor_meetings.claims.models import Claim
from creditor_meetings.meetings.models import Attendance
from creditor_meetings.meetings.standing import Standing
from voting.models import Ballot, Choice, RegisterEntry, Resolution, ResolutionState, Tally
from voting.rules import electorate, records, registry, result, tally

GENERAL = "prc-ordinary"
"""The rule by which attendance is announced."""


def standings(case_id: int, creditors: Collection[int] | None = None) -> Mapping[int, Standing]:
    """Return what each creditor with claims votes with in a general matter (EBL 64(1))."""
    rule = registry.get(GENERAL)
    found: dict[int, Standing] = {}
    for creditor_id, creditor in _creditors(case_id, creditors).items():
        rights = electorate.rights(rule, None, creditor)
        if rights:
            found[creditor_id] = Standing(sum(one.amount_fen for one in rights), True)
        else:
            why = electorate.reason(rule, None, creditor)
            found[creditor_id] = Standing(0, False, why.value)
    return found


def _creditors(
    case_id: int, creditors: Collection[int] | None = None
) -> dict[int, records.Creditor]:
    rows = Claim.objects.filter(case_id=case_id).order_by("position", "pk")
    if creditors is not None:
        rows = rows.filter(creditor__in=creditors)
    claims: dict[int, list[records.Claim]] = defaultdict(list)
    for row in rows:
        claims[row.creditor_id].append(_claim(row))
    return {one: records.Creditor(str(one), tuple(held)) for one, held in claims.items()}


def _claim(row: Claim) -> records.Claim:
    return records.Claim(
        nature=records.Nature(row.nature),
        amount_fen=row.counting_fen,
        status=records.Status(row.conclusion),
        unsecured_part_fen=row.unsecured_part_fen,
        priority_waived=row.priority_waived,
        temporary_fen=row.temporary_fen,
    )


def register(resolution: Resolution) -> list[RegisterEntry]:
    """Draw up the voting register (表决权登记册) from the claims as they are; saves nothing.

    A creditor with claims gets a line for each group that it votes in, or one that says why
    it does not vote.
    """
    rule = registry.get(resolution.rule)
    case_id = resolution.meeting.case_id
    names = dict(Creditor.objects.filter(case_id=case_id).values_list("pk", "name"))
    lines = []
    for creditor_id, creditor in sorted(_creditors(case_id).items()):
        rights = electorate.rights(rule, resolution.matter, creditor)
        made: list[dict[str, Any]] = [
            {"group": one.group, "heads": 1, "amount_fen": one.amount_fen} for one in rights
        ] or [
            {
                "group": "",
                "heads": 0,
                "amount_fen": 0,
                "reason": electorate.reason(rule, resolution.matter, creditor).value,
            }
        ]
        lines += [
            RegisterEntry(
                resolution=resolution, creditor_id=creditor_id, name=names[creditor_id], **one
            )
            for one in made
        ]
    return lines


def count(resolution: Resolution) -> dict[str, Any]:
    """Count a vote anew from the frozen register, the attendance and the effective ballots.

    Returns `count-result/1`; never looks at the claims.
    """
    rule = registry.get(resolution.rule)
    lines = RegisterEntry.objects.filter(resolution=resolution, reason="").order_by("pk")
    rights = [
        records.Right(
            creditor=str(line.creditor_id),
            group=line.group,
            amount_fen=line.amount_fen,
            investor=line.group == records.Nature.INVESTOR,
        )
        for line in lines
    ]
    ballots = [
        records.Ballot(str(creditor), records.Choice(choice))
        for creditor, choice in Ballot.objects.filter(resolution=resolution, effective=True)
        .order_by("pk")
        .values_list("creditor_id", "choice")
    ]
    present = {str(one) for one in _present(resolution).values_list("creditor_id", flat=True)}
    groups = tally.count(rule, rights, present, ballots)
    return result.write(resolution.rule, resolution.matter, groups)


def _present(resolution: Resolution) -> Any:
    """The register's voting lines of creditors who attend: by now, or as noted at the close."""
    voting = RegisterEntry.objects.filter(resolution=resolution, reason="")
    if resolution.state == ResolutionState.CLOSED:
        return voting.filter(attended=True)
    attending = Attendance.objects.filter(meeting=resolution.meeting_id).values("creditor")
    return voting.filter(creditor__in=attending)


def running(resolution: Resolution) -> list[dict[str, Any]]:
    """Return how a vote stands, in the shape of a result's groups, from the kept tallies."""
    rule = registry.get(resolution.rule)
    entitled = _by_group(RegisterEntry.objects.filter(resolution=resolution, reason=""))
    attending = _by_group(_present(resolution))
    kept = {one.group: one for one in Tally.objects.filter(resolution=resolution)}
    return [
        result.group(
            tally.decide(
                rule,
                _group_tally(
                    group, entitled[group], attending.get(group, records.NOTHING), kept[group]
                ),
            )
        )
        for group in sorted(kept, key=lambda name: registry.group_place(rule, name))
    ]


def _by_group(lines: Any) -> dict[str, records.Sum]:
    summed = lines.order_by().values("group").annotate(number=Count("pk"), fen=Sum("amount_fen"))
    return {one["group"]: records.Sum(one["number"], one["fen"]) for one in summed}


def _group_tally(
    group: str, entitled: records.Sum, attending: records.Sum, kept: Tally
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
    return int(_present(resolution).aggregate(n=Count("creditor", distinct=True))["n"])


def article(resolution: Resolution) -> str:
    """Name the article that the rule carries out: "EBL 64(1)"."""
    return registry.get(resolution.rule).article


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
        for name, one in registry.get(resolution.rule).thresholds().items()
    }


def barred(resolution: Resolution) -> bool:
    """Whether secured creditors who keep their priority have no vote here (EBL 59(3))."""
    return registry.get(resolution.rule).bars_secured(resolution.matter)


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
    found = registry.get(resolution.rule)
    text = texts.get(found.id, found.article)
    if barred(resolution):
        text += _(
            "对特定财产享有担保权且未放弃优先受偿权的债权人对本事项不享有表决权（第五十九条第三款）。"
        )
    return text
