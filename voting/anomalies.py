"""What of a vote deserves a second look: named for the judge, judged by nobody but the judge."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from creditor_meetings.cases import clock
from voting import wording
from voting.models import (
    Ballot,
    PaperBallot,
    PaperState,
    PollChange,
    Resolution,
    Way,
)

LAST = timedelta(seconds=60)
"""Ballots so shortly before the close are listed."""
SHARED = 3
"""From so many creditors on, voting by several people from one device is listed."""
MANY_PRINCIPALS = 5
MOST_ROWS = 50


@dataclass(frozen=True)
class Finding:
    """Something to look at: what, how many, why it may matter, and the cases in words."""

    code: str
    title: str
    count: int
    why: str
    rows: Sequence[str]

    @property
    def more(self) -> int:
        """How many cases are not among the rows."""
        return max(0, self.count - len(self.rows))


def of(resolution: Resolution) -> list[Finding]:
    """Return what deserves a look in a resolution's vote; nothing where nothing does."""
    ballots = Ballot.objects.filter(resolution=resolution)
    changes = list(resolution.changes.select_related("by"))
    found = [
        _shared_devices(ballots),
        _near_the_close(resolution, ballots),
        _changed(ballots),
        _many_principals(ballots),
        _overruled(resolution),
        _after_extension(ballots, changes),
        _suspended(resolution, changes),
    ]
    return [one for one in found if one is not None and one.count]


def _moment(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}"


def said(ballot: Ballot) -> str:
    """Say what a ballot says, group by group where that differs."""
    return wording.said(ballot.choices) or str(ballot.get_choice_display())


def _shared_devices(ballots: QuerySet[Ballot]) -> Finding | None:
    online = ballots.filter(effective=True, way=Way.ONLINE).exclude(address="", device="")
    groups = (
        online.values("address", "device")
        .annotate(creditors=Count("creditor", distinct=True), people=Count("person", distinct=True))
        # One person with many creditors is a proxy, and listed as that.
        .filter(creditors__gte=SHARED, people__gte=2)
        .order_by("-creditors")
    )
    rows = []
    for one in groups[:MOST_ROWS]:
        names = online.filter(address=one["address"], device=one["device"])
        listed = list(names.values_list("creditor__name", flat=True)[:8])
        words = _("%(address)s · %(device)s：%(creditors)s 户、%(people)s 人（%(names)s）") % {
            **one,
            "device": one["device"][:60] or "—",
            "names": _("、").join(listed) + ("…" if one["creditors"] > len(listed) else ""),
        }
        rows.append(words)
    return Finding(
        "shared",
        _("多户债权人由不同的人在同一设备、同一网络地址投票"),
        len(groups),
        _("可能是同一办公场所，也可能是一人使用多人的账号，请核实。"),
        rows,
    )


def _near_the_close(resolution: Resolution, ballots: QuerySet[Ballot]) -> Finding | None:
    if resolution.closed_at is None:
        return None
    late = ballots.filter(way=Way.ONLINE, at__gt=resolution.closed_at - LAST).order_by("at")
    return Finding(
        "late",
        _("截止前最后一分钟内的表决票"),
        late.count(),
        _("截止时间以数据库时间为准，截止以后到达的票一律不计入。"),
        [_ballot(one) for one in late.select_related("creditor", "person")[:MOST_ROWS]],
    )


def _ballot(one: Ballot) -> str:
    return _("%(at)s　%(creditor)s：%(choice)s（%(person)s）") % {
        "at": _moment(one.at),
        "creditor": one.creditor,
        "choice": said(one),
        "person": one.person,
    }


def _changed(ballots: QuerySet[Ballot]) -> Finding:
    superseded = ballots.filter(effective=False)
    creditors = superseded.values_list("creditor", flat=True).distinct()
    listed = sorted(creditors)[:MOST_ROWS]
    chains: dict[int, list[Ballot]] = defaultdict(list)
    every = ballots.filter(creditor__in=listed).select_related("creditor", "person")
    for one in every.order_by("at", "pk"):
        chains[one.creditor_id].append(one)
    rows = [
        _("%(creditor)s：%(votes)s")
        % {"creditor": chain[0].creditor, "votes": " → ".join(_vote(one) for one in chain)}
        for chain in chains.values()
    ]
    return Finding(
        "changed",
        _("改过票的债权人"),
        creditors.count(),
        _("每一张票都留在账本中，计入的是最后一张（书面票与网络票并存的，按事先约定）。"),
        rows,
    )


def _vote(one: Ballot) -> str:
    way = f"{one.get_way_display()} " if one.way != Way.ONLINE else ""
    return f"{way}{said(one)}（{one.person}，{timezone.localtime(one.at):%H:%M:%S}）"


def _many_principals(ballots: QuerySet[Ballot]) -> Finding:
    by_person = (
        ballots.filter(effective=True, by_proxy=True)
        .values("person", "person__name")
        .annotate(creditors=Count("creditor", distinct=True))
        .filter(creditors__gte=MANY_PRINCIPALS)
        .order_by("-creditors")
    )
    words = _("%(person)s：代 %(creditors)s 户投票")
    rows = [
        words % {"person": one["person__name"] or one["person"], "creditors": one["creditors"]}
        for one in by_person[:MOST_ROWS]
    ]
    return Finding(
        "principals",
        _("代理人代理的债权人较多"),
        len(by_person),
        _("代理须有经审核的授权委托书，范围和期限见授权委托书页。"),
        rows,
    )


def _overruled(resolution: Resolution) -> Finding:
    found = PaperBallot.objects.filter(resolution=resolution, state=PaperState.OVERRULED)
    rows = [str(one.creditor) for one in found.select_related("creditor")[:MOST_ROWS]]
    return Finding(
        "overruled",
        _("因与网络票并存而不计入的书面票"),
        found.count(),
        _("按事先约定的口径处理，扫描件留存。"),
        rows,
    )


def _after_extension(ballots: QuerySet[Ballot], changes: Iterable[PollChange]) -> Finding | None:
    extended = [one for one in changes if one.kind == PollChange.Kind.EXTENDED and one.before]
    if not extended:
        return None
    first = min(one.before for one in extended if one.before is not None)
    later = ballots.filter(effective=True, at__gt=first)
    rows = [
        _("%(at)s　%(by)s 将截止时间由 %(before)s 延至 %(after)s：%(reasons)s")
        % {
            "at": _moment(one.at),
            "by": one.by,
            "before": _moment(one.before) if one.before else "—",
            "after": _moment(one.after) if one.after else "—",
            "reasons": one.reasons,
        }
        for one in extended
    ]
    return Finding(
        "extended",
        _("原定截止时间以后投出的表决票"),
        later.count(),
        _("投票时间依下列延长决定顺延。"),
        rows[:MOST_ROWS],
    )


def _suspended(resolution: Resolution, changes: Iterable[PollChange]) -> Finding:
    rows = []
    began: PollChange | None = None
    for one in changes:
        if one.kind == PollChange.Kind.SUSPENDED:
            began = one
        elif one.kind == PollChange.Kind.RESUMED and began is not None:
            rows.append(_pause(began, one.at))
            began = None
    if began is not None:
        rows.append(_pause(began, resolution.closed_at or clock.now()))
    return Finding(
        "suspended",
        _("表决暂停"),
        len(rows),
        _("暂停期间不能投票，恢复时截止时间顺延相同的时长。"),
        rows,
    )


def _pause(began: PollChange, ended: datetime) -> str:
    minutes = -(-int((ended - began.at).total_seconds()) // 60)
    words = ngettext(
        "%(at)s 起约 %(minutes)s 分钟（%(by)s）：%(reasons)s",
        "%(at)s 起约 %(minutes)s 分钟（%(by)s）：%(reasons)s",
        minutes,
    )
    return words % {
        "at": _moment(began.at),
        "minutes": minutes,
        "by": began.by,
        "reasons": began.reasons,
    }
