"""The figures of this process as Prometheus reads them. No label names a person or a creditor."""

from collections.abc import Iterator

from django.db import DatabaseError
from django.db.models import Count
from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from creditor_meetings.cases import build
from creditor_meetings.meetings.models import MessageState, NoticeMessage
from creditor_meetings.realtime import figures as rooms
from creditor_meetings.running import http_figures, log_lines, proc
from creditor_meetings.running.models import Copy
from creditor_meetings.running.state import disk_free
from voting import ballot_box
from voting import figures as ballots

PREFIX = "creditor_meetings_"


def text() -> bytes:
    """Return all of it in Prometheus' text format."""
    return generate_latest(_registry)


def _gauge(name: str, says: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(PREFIX + name, says, value=value)


def _counter(name: str, says: str, value: float) -> CounterMetricFamily:
    return CounterMetricFamily(PREFIX + name, says, value=value)


def _classes(bounds: tuple[float, ...], counts: list[int]) -> list[tuple[str, float]]:
    """Add up classes as Prometheus wants them: each holds those below."""
    added, sums = 0, []
    for bound, count in zip((*map(str, bounds), "+Inf"), counts, strict=True):
        added += count
        sums.append((bound, float(added)))
    return sums


class _Figures(Collector):
    def collect(self) -> Iterator[Metric]:
        """Give every figure as it is now."""
        yield InfoMetricFamily(PREFIX + "build", "What this process runs", {"assets": build.name()})
        yield from _rooms()
        yield from _ballots()
        yield from _http()
        yield from _process()
        yield from _kept()

    def describe(self) -> list[Metric]:
        """Name nothing beforehand: a look costs little, but asks the database."""
        return []


def _rooms() -> Iterator[Metric]:
    sockets = http_figures.figures
    open_now = GaugeMetricFamily(PREFIX + "sockets", "Open sockets", labels=["kind"])
    joined = CounterMetricFamily(PREFIX + "joins", "Sockets that were opened", labels=["kind"])
    for kind in ("room", "video"):
        open_now.add_metric([kind], sockets.sockets.get(kind, 0))
        joined.add_metric([kind], sockets.joined.get(kind, 0))
    yield from (open_now, joined)
    yield _gauge("meetings", "Meetings whose room somebody has open here", len(rooms.sockets))
    yield _gauge(
        "joining", "Rooms that wait to be let into the stream", sum(rooms.waiting_to_join.values())
    )
    yield _gauge(
        "commands_under_way", "Commands taken and not yet answered", rooms.commands_under_way
    )
    yield _gauge("hub_lag_seconds", "From an event's writing to its last socket", rooms.lag_seconds)
    frames = CounterMetricFamily(PREFIX + "frames", "Frames written to sockets", labels=["way"])
    frames.add_metric(["direct"], rooms.frames_direct)
    frames.add_metric(["asgi"], rooms.frames_asgi)
    yield frames
    yield _counter("events_delivered", "Events, one for each socket", rooms.events_delivered)
    yield _counter("dropped_slow", "Sockets cut off since they did not read", rooms.dropped_slow)
    yield _counter("hub_stumbles", "Errors of hubs, which went on", rooms.stumbles)


def _ballots() -> Iterator[Metric]:
    sums = ballots.so_far()
    done = CounterMetricFamily(PREFIX + "ballots", "Ballots answered", labels=["outcome"])
    done.add_metric(["counted"], sums.counted)
    done.add_metric(["refused"], sums.refused)
    yield done
    yield _gauge("ballots_waiting", "Ballots that wait to be written", ballot_box.box.waiting())
    yield HistogramMetricFamily(
        PREFIX + "ballot_commit_seconds", "How long a transaction of the ballot box takes",
        buckets=_classes(ballots.BOUNDS, sums.classes), sum_value=sums.seconds,
    )  # fmt: skip


def _http() -> Iterator[Metric]:
    answers, seconds, classes = http_figures.table()
    answered = CounterMetricFamily(
        PREFIX + "http_answers", "Answers by room, method and status",
        labels=["room", "method", "status"],
    )  # fmt: skip
    for (room, method, status), count in sorted(answers.items()):
        answered.add_metric([room, method, str(status)], count)
    took = HistogramMetricFamily(
        PREFIX + "http_seconds", "How long the beginning of an answer takes", labels=["room"]
    )
    for room, counts in sorted(classes.items()):
        took.add_metric([room], _classes(http_figures.BOUNDS, counts), seconds[room])
    yield from (answered, took)
    yield _gauge("http_under_way", "Requests not yet answered", http_figures.figures.under_way)


def _process() -> Iterator[Metric]:
    here = proc.look()
    yield _gauge("process_memory_bytes", "Memory that is in use", here.memory)
    yield _gauge("process_open_files", "Files and sockets that are open", here.files)
    yield _gauge("process_most_files", "How many may be open", here.most_files)
    yield _counter("process_cpu_seconds", "CPU time", here.cpu)
    yield _gauge("process_start_seconds", "When it began (seconds since 1970)", proc.STARTED)
    yield _gauge("video_workers", "Processes that make video", here.children.get("video", 0))
    lines = CounterMetricFamily(PREFIX + "log_lines", "Lines of the log", labels=["level"])
    for level in ("WARNING", "ERROR", "CRITICAL"):
        lines.add_metric([level.lower()], log_lines.counts.get(level, 0))
    yield lines


def _kept() -> Iterator[Metric]:
    yield _gauge("disk_free_bytes", "Free below DATA_DIR", disk_free())
    try:
        waiting = dict(
            NoticeMessage.objects.exclude(state=MessageState.SENT)
            .values_list("state")
            .annotate(Count("pk"))
        )
        newest = Copy.objects.first()
    except DatabaseError:
        # The rest is wanted all the more.
        yield _gauge("database_up", "Whether the database answers", 0)
        return
    yield _gauge("database_up", "Whether the database answers", 1)
    messages = GaugeMetricFamily(PREFIX + "notices", "Messages that are not sent", labels=["state"])
    for state in (MessageState.QUEUED, MessageState.SENDING, MessageState.FAILED):
        messages.add_metric([state.value], waiting.get(state.value, 0))
    yield messages
    yield _gauge(
        "last_copy_seconds", "When everything was last copied (seconds since 1970); 0 never",
        newest.made_at.timestamp() if newest else 0,
    )  # fmt: skip


_registry = CollectorRegistry(auto_describe=False)
_registry.register(_Figures())
