"""A result as a page or paper shows it: every figure exact, every test with its article."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from creditor_meetings.cases.money import fen, yuan_grouped
from voting import law, wording
from voting.chart_figures import Threshold, thresholds_of
from voting.models import Choice, Outcome, Resolution


@dataclass(frozen=True)
class Test:
    """A test in words: fraction, what was needed, whether it was met, by which article."""

    name: str
    base: str
    fraction: str
    share: str
    needed: str
    least: str
    met: bool
    article: str


@dataclass(frozen=True)
class Row:
    """A line of the table: a choice, its heads and its amount."""

    key: str
    name: str
    number: str
    amount: str


@dataclass(frozen=True)
class Group:
    """A group's tests and figures."""

    name: str
    passed: bool | None
    tests: list[Test]
    rows: list[Row]
    total: Row | None


@dataclass(frozen=True)
class Sheet:
    """The whole result."""

    passed: bool
    verdict: str
    groups: list[Group]
    grouped: bool


def of(resolution: Resolution, outcome: Outcome) -> Sheet:
    """Read a stored outcome."""
    described = law.thresholds(resolution)
    groups = outcome.result["groups"]
    grouped = [one["group"] for one in groups] != ["all"]
    verdicts = {"passed": _("通过"), "not_passed": _("未通过"), "undecided": _("未决")}
    return Sheet(
        passed=outcome.outcome == "passed",
        verdict=verdicts[outcome.outcome],
        groups=[_group(one, described, grouped=grouped) for one in groups],
        grouped=grouped,
    )


def _group(group: Mapping[str, Any], described: Mapping[str, Any], *, grouped: bool) -> Group:
    thresholds = thresholds_of(described)
    tests = [
        _test(name, found, thresholds[name], described[name]["article"], grouped=grouped)
        for name in thresholds
        if (found := group[f"{name}_test"]) is not None
    ]
    rows = [
        Row(choice, str(Choice(choice).label), *_figures(group[choice])) for choice in Choice.values
    ]
    rows.append(Row("unvoted", _("出席未表决"), *_figures(group["not_voted"])))
    absent, total = _absent(group, described)
    if absent is not None:
        rows.append(absent)
    name = wording.group_name(group["group"]) if grouped else ""
    return Group(name, group["passed"], tests, rows, total)


def _figures(sum_: Mapping[str, Any]) -> tuple[str, str]:
    return f"{sum_['number']:,}", yuan_grouped(fen(sum_["amount"]))


def _absent(
    group: Mapping[str, Any], described: Mapping[str, Any]
) -> tuple[Row | None, Row | None]:
    """Absentees stay in an amount test over all that carries a vote: show them and the total."""
    amount = group["amount_test"]
    if amount is None or described["amount"]["of"] != "entitled":
        return None, None
    whole = fen(amount["denominator"])
    present = sum(
        fen(group[choice]["amount"]) for choice in ("for", "against", "abstain", "not_voted")
    )
    absent = group["entitled"] - group["attending"]
    return (
        Row("absent", _("未出席"), f"{absent:,}", yuan_grouped(whole - present)),
        Row("total", _("合计"), f"{group['entitled']:,}", yuan_grouped(whole)),
    )


def _test(
    name: str, found: Mapping[str, Any], threshold: Threshold, cited: str, *, grouped: bool
) -> Test:
    names = {"number": _("人数"), "amount": _("债权额"), "veto": _("无关联债权人的反对")}
    if name == "number":
        fraction = f"{found['numerator']:,} / {found['denominator']:,}"
        unit, least = _("户"), f"{threshold.reach(found['denominator']):,}"
    else:
        numerator, whole = fen(found["numerator"]), fen(found["denominator"])
        fraction = f"{yuan_grouped(numerator)} / {yuan_grouped(whole)}"
        unit, least = _("元"), yuan_grouped(threshold.reach(whole))
    return Test(
        name=names[name],
        base=wording.base(name, threshold.of, grouped=grouped),
        fraction=f"{fraction} {unit}",
        share=found["share"] or "—",
        needed=wording.share_needed(threshold),
        least=f"{least} {unit}",
        met=found["met"],
        article=wording.article(cited),
    )
