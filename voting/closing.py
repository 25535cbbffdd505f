"""Closing polls: by hand or at the announced time, counted at once, the outcome for good."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop

from creditor_meetings.cases.access import Viewer
from creditor_meetings.meetings import polls
from creditor_meetings.meetings import verbs as meeting_verbs
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.meetings.publishing import publish_all
from voting import book, database_clock, describe, elections, law, participation
from voting.branches import branch
from voting.life import in_words, life_of, settle
from voting.locks import held, locked_all
from voting.models import Outcome, Resolution, ResolutionState
from voting.opening import check_number
from voting.rules import poll_life, records

log = logging.getLogger(__name__)


def close_poll(meeting: Meeting, resolution_id: int, viewer: Viewer) -> Outcome:
    """Close a poll by hand, count it, and show what came of it."""
    return close_polls(meeting, [resolution_id], viewer)[0]


@transaction.atomic
def close_polls(meeting: Meeting, resolution_ids: Sequence[int], viewer: Viewer) -> list[Outcome]:
    """Close several polls at once, all or none; see `close_poll`."""
    meeting_verbs.require_chair(meeting, viewer)
    check_number(resolution_ids)
    resolutions = locked_all(meeting, resolution_ids)
    for resolution in resolutions:
        with in_words(SUSPENDED=gettext_noop("表决已暂停，请先恢复，再截止。")):
            poll_life.check_closable(life_of(resolution))
    now = database_clock.now()
    return [_close(one, now, viewer) for one in resolutions]


def close_due(meeting_id: int) -> float | None:
    """Close the polls of a meeting whose announced time has come.

    Returns the seconds until the next one, None when none is waiting. Doing it twice, or in
    two processes at once, is doing it once. A suspended poll waits until it is resumed.
    """
    waiting = Resolution.objects.filter(
        meeting=meeting_id, state=ResolutionState.OPEN, closes_at__isnull=False
    ).order_by("closes_at", "pk")
    for resolution_id, closes_at in waiting.values_list("pk", "closes_at"):
        assert closes_at is not None  # not among those that wait
        rest = (closes_at - database_clock.now()).total_seconds()
        if rest > 0:
            return rest
        with transaction.atomic():
            # Only now under the lock: it may have been closed, suspended or extended meanwhile.
            resolution, now = held().get(pk=resolution_id), database_clock.now()
            if poll_life.is_over(life_of(resolution), now):
                _close(resolution, now, None)
    return None


def _close(resolution: Resolution, now: datetime, viewer: Viewer | None) -> Outcome:
    # From here to the commit nobody attends or votes in the meeting whom this does not count.
    book.hold(resolution.meeting)
    attended = law.note_attendance(resolution)
    life = life_of(resolution)
    settle(resolution, poll_life.closed(life, now))
    over = poll_life.is_past(life, now)
    resolution.closed_by = viewer.person if viewer is not None and not over else None
    resolution.save(update_fields=["state", "closed_at", "closed_by"])
    result = law.count(resolution)
    _check_running_count(resolution, result)
    _check_participation(resolution)
    outcome = Outcome.objects.create(
        resolution=resolution,
        outcome=result["outcome"],
        result=result,
        ways=law.ways(resolution),
        counted_at=database_clock.now(),
    )
    book.write(
        resolution.meeting,
        [
            ("poll_closed", {**book.poll_body(resolution), "attended": attended}),
            ("result", result_body(resolution, outcome)),
        ],
    )
    publish_all(resolution.meeting, describe.closing_news(resolution, outcome))
    if resolution.election_id is not None:
        elections.settle(resolution.election_id)
    polls.changed(resolution.meeting)
    return outcome


def result_body(resolution: Resolution, outcome: Outcome) -> dict[str, Any]:
    """Write down what a count came to, and what follows from it in law."""
    return {
        "resolution": resolution.pk,
        "result": outcome.result,
        "ways": outcome.ways,
        "branch": branch(resolution, outcome.outcome),
    }


def _check_running_count(resolution: Resolution, result: dict[str, Any]) -> None:
    """Compare the recount with the count kept by addition; they must never differ."""
    running = {one["group"]: one for one in law.running(resolution)}
    for group in result["groups"]:
        kept = running.get(group["group"])
        for choice in ("for", "against", "abstain"):
            if kept is None or kept[choice] != group[choice]:
                # The recount from the ballots stands; that the two differ must be looked into.
                log.critical(
                    "resolution %s: running count %s, recount %s", resolution.pk, kept, group
                )
                return


def _check_participation(resolution: Resolution) -> None:
    """Compare who took part with what was kept by addition, and keep what is counted now."""
    kept, _tallies = participation.standing(resolution)
    counted = participation.keep(resolution)
    if _without_nothing(kept) != _without_nothing(counted):
        log.critical("resolution %s: kept %s, counted %s", resolution.pk, kept, counted)


def _without_nothing(one: participation.Counted) -> participation.Counted:
    """Leave groups out of which nobody attends: they are not found when all is counted anew."""
    there = {group: held for group, held in one.attending.items() if held != records.NOTHING}
    return replace(one, attending=there)
