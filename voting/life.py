"""A stored resolution's life as the law sees it (`voting.rules.poll_life`), and back."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from creditor_meetings.cases.errors import Refused
from voting.models import Confirmation, Decision, Resolution
from voting.rules import poll_life
from voting.rules.poll_life import Life, Settled, State, Why

FIELDS = ("state", "closes_at", "suspended_at", "closed_at")
"""What of a resolution its life is: the columns to save after a step."""

SAID = {
    Why.NOT_DRAFT: ("bad_request", gettext_noop("这项表决已经开始或者已经截止。")),
    Why.NOT_RUNNING: ("poll_not_open", gettext_noop("这项表决没有在进行。")),
    Why.OVER: ("poll_not_open", gettext_noop("表决已到截止时间，正在计票。")),
    Why.SUSPENDED: ("poll_not_open", gettext_noop("这项表决已经暂停。")),
    Why.NOT_SUSPENDED: ("bad_request", gettext_noop("这项表决没有暂停。")),
    Why.OUT_OF_RANGE: ("bad_request", gettext_noop("截止时间应在现在之后、六十日之内。")),
    Why.NOT_LATER: ("bad_request", gettext_noop("延长后的截止时间应晚于现在的截止时间。")),
    Why.NOT_VOIDABLE: (
        "bad_request", gettext_noop("只有进行中、已暂停或者已截止的表决可以作废。"),
    ),
    Why.CONFIRMED: ("bad_request", gettext_noop("结果已经确认，表决不能再作废。")),
    Why.SECOND_VOTE: (
        "bad_request", gettext_noop("这项表决已有再次表决，请先删除尚未开始的再次表决。"),
    ),
    Why.RULED_ON: (
        "bad_request", gettext_noop("人民法院已就这项表决作出裁定，不能再作废。"),
    ),
}  # fmt: skip


def life_of(resolution: Resolution) -> Life:
    """Return where a resolution's poll stands."""
    return Life(
        State(resolution.state),
        resolution.closes_at,
        resolution.suspended_at,
        resolution.closed_at,
    )


def settle(resolution: Resolution, life: Life) -> None:
    """Set a resolution to a life; saves nothing."""
    resolution.state = life.state.value
    resolution.closes_at = life.closes_at
    resolution.suspended_at = life.suspended_at
    resolution.closed_at = life.closed_at


def settled(resolution: Resolution) -> Settled:
    """Return what stands on a closed poll's result."""
    return Settled(
        confirmed=Confirmation.objects.filter(
            outcome__resolution=resolution, decision=Decision.CONFIRMED
        ).exists(),
        second_vote=getattr(resolution, "second", None) is not None,
        ruled_on=resolution.rulings.exists(),
    )


@contextmanager
def in_words(**instead: str) -> Iterator[None]:
    """Turn what the law does not allow into a refusal in the person's language.

    `instead` says it otherwise for a reason, by the reason's name.
    """
    try:
        yield
    except poll_life.NotNow as refusal:
        code, words = SAID[refusal.why]
        raise Refused(code, _(instead.get(refusal.why.name, words))) from None
