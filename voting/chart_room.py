"""Charts that follow the vote: drawn off to the side, kept for every process, told to the room.

While a room is open its hub asks, at every event, whether something is to be drawn; a thread
of this process compares figures and orders a drawing, of which only the latest matters. A page
that wants a chart which nobody drew yet has it drawn at once.
"""

import logging
import threading
import time
from typing import Any

from django.db import connections, transaction

from creditor_meetings.meetings.models import Meeting, MeetingState, TallyShown
from creditor_meetings.meetings.publishing import publish
from creditor_meetings.realtime import registry
from voting import chart_process, database_clock, describe, law
from voting.chart_figures import Drawing, drawing_of, thresholds_of
from voting.models import ChartImage, Resolution, ResolutionState

log = logging.getLogger(__name__)

REST_SECONDS = 20.0
"""After a drawing that failed."""
PAUSE_SECONDS = 0.6
"""From one drawing of a resolution to the next: a person sees no more, a ballot waits less."""


def register() -> None:
    """Bring the section, and the watch that has charts drawn."""
    registry.section("charts", shared=charts)
    registry.watch(look)


def charts(meeting: Meeting, _staff: bool) -> dict[str, Any]:
    """Describe the charts that may be seen: their versions, by resolution."""
    found = ChartImage.objects.filter(resolution__meeting=meeting)
    return {
        str(one.pk): describe_chart(one)
        for one in found.select_related("resolution").defer("svg_zh", "svg_en")
        if describe.tally_visible(one.resolution)
    }


def describe_chart(one: ChartImage) -> dict[str, Any]:
    """Describe a chart."""
    return {"version": one.version}


def look(meeting_id: int) -> None:
    """Ask for the charts of a meeting's polls that may have changed; a watch of the hub."""
    polls = Resolution.objects.filter(meeting=meeting_id)
    if polls.filter(
        state=ResolutionState.DRAFT,
        meeting__state=MeetingState.OPEN,
        meeting__tally_shown=TallyShown.LIVE,
    ).exists():
        # The first ballot's picture comes no later than the others'.
        chart_process.process.warm_up()
    live = polls.filter(state__in=law.RUNNING, tally_shown=TallyShown.LIVE)
    closed = polls.filter(state=ResolutionState.CLOSED).exclude(chart__final=True)
    for resolution_id in [*live.values_list("pk", flat=True), *closed.values_list("pk", flat=True)]:
        room.want(resolution_id)


class ChartRoom:
    """The thread that has charts drawn, each at most once in `PAUSE_SECONDS`."""

    def __init__(self) -> None:
        self._wanted: set[int] = set()
        self._drawn_at: dict[int, float] = {}
        self._change = threading.Condition()
        self._thread: threading.Thread | None = None

    def want(self, resolution_id: int) -> None:
        """Have a resolution's chart drawn soon if its figures changed; returns at once."""
        with self._change:
            self._wanted.add(resolution_id)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._live, name="charts", daemon=True)
                self._thread.start()
            self._change.notify()

    def _live(self) -> None:
        while True:
            resolution_id = self._next()
            try:
                current(resolution_id)
            except Exception:
                # A vote without a picture is still a vote; what is broken is not tried at every
                # event, though.
                log.exception("the chart of resolution %s could not be drawn", resolution_id)
                with self._change:
                    self._drawn_at[resolution_id] = time.monotonic() + REST_SECONDS
            finally:
                connections.close_all()

    def _next(self) -> int:
        with self._change:
            while True:
                due = {one: self._due(one) for one in self._wanted}
                soonest = min(due, key=due.__getitem__, default=None)
                rest = None if soonest is None else due[soonest] - time.monotonic()
                if soonest is not None and rest is not None and rest <= 0:
                    self._wanted.discard(soonest)
                    self._drawn_at[soonest] = time.monotonic()
                    return soonest
                self._change.wait(rest)

    def _due(self, resolution_id: int) -> float:
        return self._drawn_at.get(resolution_id, -PAUSE_SECONDS) + PAUSE_SECONDS


room = ChartRoom()


def current(resolution_id: int) -> ChartImage | None:
    """Return a resolution's chart as the figures are now, drawn anew if they changed.

    None when the tally may not be seen. Blocks while it is drawn.
    """
    resolution = Resolution.objects.select_related("meeting").get(pk=resolution_id)
    if not describe.tally_visible(resolution):
        return None
    image = ChartImage.objects.filter(pk=resolution_id).first()
    if image is not None and image.final:
        return image
    drawing = figures(resolution)
    if image is not None and image.drawn_from == drawing.digest:
        return image
    return keep(resolution, drawing, chart_process.process.draw(drawing))


def figures(resolution: Resolution) -> Drawing:
    """Read what the chart shows: the stored outcome once the poll is closed."""
    return drawing_of(
        resolution.title,
        describe.tally(resolution)["groups"],
        thresholds_of(law.thresholds(resolution)),
        final=resolution.state == ResolutionState.CLOSED,
    )


@transaction.atomic
def keep(resolution: Resolution, drawing: Drawing, drawn: dict[str, str]) -> ChartImage | None:
    """Keep a drawn chart for every process, and tell the room; the result's stays for good."""
    # The lock that ballots and the close take: two processes never number one version twice.
    now = Resolution.objects.select_for_update(of=("self",)).get(pk=resolution.pk)
    image = ChartImage.objects.filter(pk=resolution.pk).first()
    if not describe.tally_visible(now):
        return image  # voided while it was drawn
    if image is None:
        image = ChartImage(resolution=resolution, version=0)
    elif image.final or image.drawn_from == drawing.digest:
        return image
    image.version += 1
    image.drawn_from, image.final = drawing.digest, drawing.final
    image.drawn_at = database_clock.now()
    image.svg_zh, image.svg_en = drawn["zh"], drawn["en"]
    image.save()
    publish(
        resolution.meeting_id,
        "chart_drawn",
        {f"charts/{resolution.pk}": describe_chart(image)},
        coalesce=f"chart:{resolution.pk}",
    )
    return image
