"""What a ballot must meet to count: an open poll, a vote, a mandate, groups, no stronger ballot."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from creditor_meetings.cases.errors import Refused
from creditor_meetings.meetings.models import Mandate, MandateState
from voting.enrolment import practice_of
from voting.life import life_of
from voting.models import SPLIT, Resolution, ResolutionState, Way
from voting.rules import poll_life

NOT_REGISTERED = gettext_noop("该债权人不在表决权登记册中。")
REASONS = {
    "excluded": gettext_noop("该债权人被排除在本次表决之外。"),
    "undetermined-claim": gettext_noop(
        "债权尚未确定，且人民法院未临时确定债权额，不能行使表决权。"
    ),
    "priority-not-waived": gettext_noop(
        "对债务人的特定财产享有担保权且未放弃优先受偿权，对本事项没有表决权。"
    ),
    "no-vote-in-this-matter": gettext_noop("该债权人对本事项没有表决权。"),
    "rejected-claim": gettext_noop("债权不予确认，没有表决权。"),
    "not-in-group": gettext_noop("该债权人不在本次表决的表决组中。"),
}
UNCOUNTED = {
    ResolutionState.DRAFT: gettext_noop("表决尚未开始。"),
    ResolutionState.SUSPENDED: gettext_noop("表决已暂停，这一票没有计入；恢复后请再提交。"),
    ResolutionState.CLOSED: gettext_noop("表决已经截止，这一票没有计入。"),
    ResolutionState.VOIDED: gettext_noop("表决已作废，这一票没有计入。"),
}
WITHOUT = {
    MandateState.SUBMITTED: gettext_noop("授权委托书尚未经管理人认可，不能代为表决。"),
    MandateState.REFUSED: gettext_noop("授权委托书未获管理人认可，不能代为表决。"),
    MandateState.REVOKED: gettext_noop("授权已被撤销，不能代为表决。"),
}
PAPER_STANDS = frozenset({"paper", "first"})
ONLINE_STANDS = frozenset({"online", "first"})
"""The settings of paper conflict by which a standing ballot of that way is not superseded."""


class Line(Protocol):
    """A line of the register, as a row or as the ballot box reads it."""

    @property
    def group(self) -> str:
        """The group it votes in."""

    @property
    def reason(self) -> str:
        """Why it has no vote, "" where it has one."""

    @property
    def carried(self) -> str:
        """What was said in the first vote, where that stands."""


AnyLine = TypeVar("AnyLine", bound=Line)


class Standing(Protocol):
    """A ballot that stands, as a row or as the ballot box reads it."""

    way: str
    by_proxy: bool


def is_past(resolution: Resolution, now: datetime) -> bool:
    """Whether the announced time of closing has come."""
    return poll_life.is_past(life_of(resolution), now)


def reason_text(reason: str) -> str:
    """Say in the person's language why a creditor has no vote."""
    return _(REASONS.get(reason, NOT_REGISTERED))


def open_poll(resolution: Resolution | None, meeting_id: int, now: datetime) -> Resolution:
    """Return the resolution if it takes ballots of the meeting now. Raises `Refused`."""
    if resolution is None or resolution.meeting_id != meeting_id:
        raise Refused("bad_request", _("本次会议没有这项表决。"))
    life = life_of(resolution)
    if not poll_life.takes_ballots(life, now):
        state = ResolutionState(poll_life.state_at(life, now))
        raise Refused("poll_not_open", _(UNCOUNTED[state]))
    return resolution


def voting_entries(entries: Sequence[AnyLine]) -> list[AnyLine]:
    """Return the lines that a creditor can vote with. Raises `Refused`."""
    rights = [entry for entry in entries if not entry.reason]
    if not rights:
        raise Refused("no_voting_right", reason_text(entries[0].reason if entries else ""))
    voting = [entry for entry in rights if not entry.carried]
    if not voting:
        raise Refused(
            "not_allowed", _("该债权人在上一次表决中已经同意，该同意继续有效，不再重新表决。")
        )
    return voting


def choices_by_group(
    entries: Sequence[Line], choice: str, choices: Mapping[str, str] | None
) -> dict[str, str]:
    """Return what a ballot says in each group; a group left out is silent. Raises `Refused`."""
    own = [entry.group for entry in entries]
    if choices is None:
        return dict.fromkeys(own, choice)
    for group in choices:
        if group not in own:
            raise Refused(
                "bad_request",
                _("该债权人不在“%(group)s”组表决，可表决的组：%(own)s。")
                % {"group": group[:60], "own": _("、").join(own)},
            )
    return {group: choices[group] for group in own if group in choices}


def uniform(choices: Mapping[str, str]) -> str:
    """Return the one choice of all groups, or `SPLIT`."""
    said = set(choices.values())
    return said.pop() if len(said) == 1 else SPLIT


def mandate_for(resolution: Resolution, held: Iterable[Mandate], now: datetime) -> Mandate:
    """Return the power of attorney by which a proxy may vote. Raises `Refused`.

    `held` are all that the creditor ever gave the person.
    """
    missing = _("没有该债权人的授权委托书，不能代为表决。")
    for one in sorted(held, key=lambda one: one.state == MandateState.ACCEPTED):
        lacks = _lacks(resolution, one, now)
        if not lacks:
            return one
        missing = lacks
    raise Refused("not_allowed", missing)


def _lacks(resolution: Resolution, mandate: Mandate, now: datetime) -> str:
    """Say what a power of attorney lacks for a vote, "" where nothing."""
    state = MandateState(mandate.state)
    if state is not MandateState.ACCEPTED:
        return _(WITHOUT[state])
    if mandate.meeting_id not in (None, resolution.meeting_id):
        return _("授权委托书不及于本次会议，不能代为表决。")
    if mandate.valid_until is not None and now >= mandate.valid_until:
        return _("授权委托书已过有效期，不能代为表决。")
    if mandate.powers and resolution.power not in mandate.powers:
        return _("授权委托书不及于本事项，不能代为表决。")
    return ""


def check_superseding(resolution: Resolution, standing: Standing, *, by_proxy: bool) -> None:
    """Refuse an online ballot that may not supersede the one that stands."""
    if standing.way == Way.PAPER:
        if practice_of(resolution)["paper_conflict"] in PAPER_STANDS:
            raise Refused(
                "not_allowed", _("该债权人的书面表决票已经计入，按本次会议的规则以书面票为准。")
            )
    elif by_proxy and not standing.by_proxy:
        raise Refused("not_allowed", _("该债权人已经亲自投票，代理人不能更改。"))


def online_prevails(resolution: Resolution, standing: Standing) -> bool:
    """Whether a paper ballot yields to the online one that stands."""
    if standing.way == Way.PAPER:
        raise Refused("bad_request", _("该债权人已有一张书面表决票计入，每项表决只计一张。"))
    return practice_of(resolution)["paper_conflict"] in ONLINE_STANDS
