"""The voting register (表决权登记册) before the poll opens: who would vote, and what is amiss.

Once the poll is open the same page shows the register as it was frozen.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import CaseRole, Role
from creditor_meetings.cases.money import yuan_grouped
from creditor_meetings.claims.models import Claim
from creditor_meetings.meetings.models import Attendance, Mandate
from voting import chart_figures, law, wording
from voting.ballot_rules import mandate_for, reason_text
from voting.models import RegisterEntry, Resolution, ResolutionState
from voting.rules import registry
from voting.rules.records import SECURED_NATURES, Base, Grouping, Rule, Sum, Threshold


@dataclass(frozen=True)
class Row:
    """A line of the register: a creditor in one group, or why it has no vote; amount in fen."""

    creditor_id: int
    name: str
    group: str
    heads: int
    amount_fen: int
    reason: str
    carried: bool
    marks: Sequence[str] = ()

    @property
    def amount(self) -> str:
        """The amount to read."""
        return yuan_grouped(self.amount_fen)


@dataclass(frozen=True)
class Concern:
    """Something to settle before the poll opens, with the creditors it concerns."""

    key: str
    text: str
    mark: str
    serious: bool
    creditors: frozenset[int]

    @property
    def number(self) -> int:
        """How many creditors it concerns."""
        return len(self.creditors)


@dataclass(frozen=True)
class Total:
    """A group's heads and amount, those who attend by now, and what would pass the matter."""

    group: str
    entitled: Sum
    attending: Sum
    needs: Sequence[str]

    @property
    def amount(self) -> str:
        """The group's amount to read."""
        return yuan_grouped(self.entitled.fen)

    @property
    def attending_amount(self) -> str:
        """The attending amount to read."""
        return yuan_grouped(self.attending.fen)


@dataclass(frozen=True)
class Preview:
    """The register with its totals and warnings; `frozen` once the poll opened."""

    rows: Sequence[Row]
    totals: Sequence[Total]
    warnings: Sequence[Concern]
    frozen: bool
    creditors: int = 0
    entitled: int = 0
    counted: Sequence[str] = field(default_factory=list)


def preview(resolution: Resolution) -> Preview:
    """Draw up the register as it would be frozen now, or read the frozen one."""
    frozen = resolution.state != ResolutionState.DRAFT
    lines: Iterable[RegisterEntry] = (
        RegisterEntry.objects.filter(resolution=resolution).order_by("pk")
        if frozen
        else law.register(resolution)
    )
    lines = list(lines)
    voting = {one.creditor_id for one in lines if not one.reason}
    warnings = [] if frozen else _warnings(resolution, voting)
    marks: dict[int, list[str]] = {}
    for warning in warnings:
        for creditor in warning.creditors:
            marks.setdefault(creditor, []).append(warning.mark)
    return Preview(
        rows=[_row(one, marks.get(one.creditor_id, ())) for one in lines],
        totals=_totals(resolution, lines),
        warnings=warnings,
        frozen=frozen,
        creditors=len({one.creditor_id for one in lines}),
        entitled=len(voting),
        counted=wording.counted(resolution),
    )


def _row(line: RegisterEntry, marks: Sequence[str]) -> Row:
    return Row(
        creditor_id=line.creditor_id,
        name=line.name,
        group=wording.group_name(line.group) if line.group else "",
        heads=line.heads,
        amount_fen=line.amount_fen,
        reason=reason_text(line.reason) if line.reason else "",
        carried=bool(line.carried),
        marks=marks,
    )


# --- Totals ----------------------------------------------------------------------------------


def _totals(resolution: Resolution, lines: Collection[RegisterEntry]) -> list[Total]:
    rule = law.frozen(resolution)
    here = set(
        Attendance.objects.filter(meeting=resolution.meeting_id).values_list("creditor", flat=True)
    )
    entitled: dict[str, Sum] = {}
    attending: dict[str, Sum] = {}
    for line in lines:
        if line.reason:
            continue
        share = Sum(line.heads, line.amount_fen)
        entitled[line.group] = entitled.get(line.group, Sum()) + share
        if line.creditor_id in here:
            attending[line.group] = attending.get(line.group, Sum()) + share
    return [
        Total(
            group=wording.group_name(group),
            entitled=entitled[group],
            attending=attending.get(group, Sum()),
            needs=_needs(rule, entitled[group], attending.get(group, Sum())),
        )
        for group in sorted(entitled, key=lambda name: registry.group_place(rule, name))
    ]


def _needs(rule: Rule, entitled: Sum, attending: Sum) -> list[str]:
    """Say what consents would pass a group, as far as it can be told before the vote."""
    grouped = rule.grouping is not Grouping.NONE
    found = []
    if rule.number is not None:
        found.append(_heads_needed(rule.number, entitled, attending, grouped=grouped))
    if rule.amount is not None:
        found.append(_amount_needed(rule.amount, entitled, attending, grouped=grouped))
    return found


def _line(one: Threshold) -> chart_figures.Threshold:
    return chart_figures.Threshold(one.numerator, one.denominator, one.strict, one.base.value)


def _heads_needed(one: Threshold, entitled: Sum, attending: Sum, *, grouped: bool) -> str:
    line = _line(one)
    if one.base is Base.ATTENDING:
        return _(
            "人数：现有 %(here)s 户出席，须 %(least)s 户同意；%(all)s 户都出席时须 %(most)s 户同意"
        ) % {
            "here": attending.number,
            "least": line.reach(attending.number),
            "all": entitled.number,
            "most": line.reach(entitled.number),
        }
    if one.base is Base.ENTITLED:
        return _("人数：%(all)s 户中须 %(least)s 户同意") % {
            "all": entitled.number,
            "least": line.reach(entitled.number),
        }
    return _("人数：%(base)s的%(share)s") % _words("number", line, grouped=grouped)


def _amount_needed(one: Threshold, entitled: Sum, attending: Sum, *, grouped: bool) -> str:
    line = _line(one)
    whole = {Base.ENTITLED: entitled.fen, Base.ATTENDING: attending.fen}.get(one.base)
    words = _words("amount", line, grouped=grouped)
    if whole is None:
        return _("债权额：%(base)s的%(share)s") % words
    return _("债权额：%(base)s %(whole)s 元的%(share)s，即同意票须达 %(least)s 元") % {
        **words,
        "whole": yuan_grouped(whole),
        "least": yuan_grouped(line.reach(whole)),
    }


def _words(test: str, line: chart_figures.Threshold, *, grouped: bool) -> dict[str, str]:
    return {
        "base": wording.base(test, line.of, grouped=grouped),
        "share": wording.share_needed(line),
    }


# --- Warnings --------------------------------------------------------------------------------


def _warnings(resolution: Resolution, voting: Collection[int]) -> list[Concern]:
    found = [
        _undetermined(resolution),
        _priority(resolution),
        _without_mandate(resolution, voting),
        _without_person(resolution, voting),
    ]
    return [one for one in found if one is not None and one.creditors]


def _claims(resolution: Resolution) -> QuerySet[Claim]:
    return Claim.objects.filter(case=resolution.meeting.case_id)


def _undetermined(resolution: Resolution) -> Concern:
    """Claims that wait for the court's temporary amount (EBL 59(2))."""
    waiting = _claims(resolution).filter(conclusion="undetermined", temporary_fen__isnull=True)
    return Concern(
        "undetermined",
        _(
            "债权暂缓确认且人民法院尚未临时确定债权额，该债权不能行使表决权（企业破产法第五十九条第二款）"
        ),
        _("暂缓确认，无临时债权额"),
        serious=True,
        creditors=frozenset(waiting.values_list("creditor", flat=True)),
    )


def _priority(resolution: Resolution) -> Concern | None:
    """Secured creditors without a statement of waiver: what it means depends on the matter."""
    rule = law.frozen(resolution)
    if rule.grouping is not Grouping.NONE or rule.secured.value not in {"head", "unsecured-part"}:
        return None
    kept = _claims(resolution).filter(
        nature__in=[one.value for one in SECURED_NATURES], priority_waived=False
    )
    barred = rule.bars_secured(resolution.matter)
    if barred:
        text = _(
            "享有担保权且未声明放弃优先受偿权，其担保债权对本事项没有表决权（企业破产法第五十九条第三款）"
        )
    elif rule.secured.value == "head":
        text = _("享有担保权且未声明放弃优先受偿权：计人数，担保债权额不计入")
    else:
        text = _("享有担保权且未声明放弃优先受偿权：其担保债权不参加表决")
    return Concern(
        "priority",
        text,
        _("未放弃优先受偿权"),
        serious=barred,
        creditors=frozenset(kept.exclude(conclusion="rejected").values_list("creditor", flat=True)),
    )


def _acting(resolution: Resolution) -> Mapping[int, dict[int, set[str]]]:
    """Return who acts for each creditor, and in which roles: {creditor: {person: roles}}."""
    roles = CaseRole.objects.filter(
        case=resolution.meeting.case_id,
        active=True,
        person__is_active=True,
        role__in=(Role.CREDITOR, Role.PROXY),
        creditor__isnull=False,
    )
    found: dict[int, dict[int, set[str]]] = {}
    for creditor, person, role in roles.values_list("creditor", "person", "role"):
        found.setdefault(creditor, {}).setdefault(person, set()).add(role)
    return found


def _without_mandate(resolution: Resolution, voting: Collection[int]) -> Concern:
    """Creditors whom proxies alone stand for, none with a power of attorney for this vote."""
    mandated = _mandated(resolution)
    wanting = [
        creditor
        for creditor, people in _acting(resolution).items()
        if creditor in voting
        and not any(Role.CREDITOR in roles for roles in people.values())
        and not any((creditor, person) in mandated for person in people)
    ]
    return Concern(
        "mandate",
        _("只有代理人而没有经认可、对本事项有效的授权委托书，代理人不能投票"),
        _("代理人无有效授权"),
        serious=True,
        creditors=frozenset(wanting),
    )


def _mandated(resolution: Resolution) -> set[tuple[int, int]]:
    """Return creditor and proxy of the powers of attorney by which this may be voted on now."""
    now = clock.now()
    held: dict[tuple[int, int], list[Mandate]] = {}
    for one in Mandate.objects.filter(case=resolution.meeting.case_id):
        held.setdefault((one.creditor_id, one.person_id), []).append(one)
    return {pair for pair, mandates in held.items() if _good(resolution, mandates, now)}


def _good(resolution: Resolution, mandates: Sequence[Mandate], now: datetime) -> bool:
    try:
        mandate_for(resolution, mandates, now)
    except Refused:
        return False
    return True


def _without_person(resolution: Resolution, voting: Collection[int]) -> Concern:
    """Creditors for whom nobody can sign in."""
    acting = _acting(resolution)
    return Concern(
        "nobody",
        _("没有任何人可以代表其登录参加会议，请先邀请"),
        _("无人代表"),
        serious=True,
        creditors=frozenset(one for one in voting if one not in acting),
    )
