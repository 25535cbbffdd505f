"""How the installation is: what every process shares, and what each last told of itself."""

import shutil
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import redis
from django.conf import settings
from django.db import connection

from creditor_meetings.cases import clock
from creditor_meetings.meetings.models import Meeting, MeetingState, MessageState, NoticeMessage
from creditor_meetings.running.models import Copy, ServerProcess
from voting.models import Resolution, ResolutionState

FEW_BYTES = 2 * 1024**3
"""Less room on the disk than this (bytes) is worth a warning: a recording is a gigabyte."""
OLD_COPY_HOURS = 26
"""A copy older than this (hours) is worth a warning: it is made each night."""
MUCH_OFFSET = 1000
"""A clock that is off by more than this (milliseconds) is worth a warning."""


def disk_free() -> int:
    """Return the free space (bytes) of the disk that DATA_DIR is on."""
    with suppress(OSError):
        return shutil.disk_usage(settings.DATA_DIR).free
    return 0


def now() -> dict[str, Any]:
    """Return the state: numbers and times, no creditor, no person. Milliseconds, bytes, UTC."""
    moment = clock.now()
    processes = [_process(row, moment) for row in ServerProcess.objects.all()]
    alive = [one for one in processes if one["lives"]]
    database = _database()
    return {
        "at": moment.isoformat(),
        "processes": processes,
        "meetings": _meetings(alive),
        "sums": _sums(alive),
        "database": database,
        "redis": _redis(),
        "disk": {"free": disk_free(), "few": disk_free() < FEW_BYTES},
        "copy": _copy(moment),
        "unsent": _unsent(),
    }


def _process(row: ServerProcess, moment: datetime) -> dict[str, Any]:
    return {
        "id": row.pk,
        "host": row.host,
        "pid": row.pid,
        "build": row.build,
        "started_at": row.started_at.isoformat(),
        "seen_seconds": max(0, round((moment - row.seen_at).total_seconds())),
        "lives": row.lives(moment),
        "ended": row.ended_at is not None,
        "figures": row.figures,
    }


def _meetings(alive: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Meetings that are open, or whose room somebody has open: by number, with how many sockets."""
    sockets: dict[int, int] = {}
    for one in alive:
        for meeting, count in one["figures"].get("rooms", {}).items():
            sockets[int(meeting)] = sockets.get(int(meeting), 0) + count
    is_open = set(
        Meeting.objects.filter(state=MeetingState.OPEN)
        .order_by("pk")
        .values_list("pk", flat=True)[:50]
    )
    polls = Resolution.objects.filter(state=ResolutionState.OPEN).values_list("meeting", flat=True)
    polled: dict[int, int] = {}
    for meeting in polls:
        polled[meeting] = polled.get(meeting, 0) + 1
    return [
        {
            "id": meeting, "open": meeting in is_open,
            "sockets": sockets.get(meeting, 0), "polls": polled.get(meeting, 0),
        }
        for meeting in sorted(is_open | set(sockets) | set(polled))
    ]  # fmt: skip


_ADDED = (
    "sockets", "ballots_waiting", "ballots_counted", "ballots_refused", "ballots_a_second",
    "deliveries_a_second", "dropped_slow", "commands_under_way", "waiting_to_join",
    "wrong_in_the_hour", "requests_failed", "video_workers", "stumbles", "joins",
)  # fmt: skip
_WORST = ("commit_p95", "hub_lag")


def _sums(alive: list[dict[str, Any]]) -> dict[str, Any]:
    """Add up what adds up; of times, the worst process's."""
    figures = [one["figures"] for one in alive]
    sums: dict[str, Any] = {
        name: round(sum(one.get(name, 0) for one in figures), 1) for name in _ADDED
    }
    sums |= {name: max((one.get(name, 0) for one in figures), default=0) for name in _WORST}
    curves = [one.get("history", {}) for one in figures]
    sums["history"] = {
        "ballots": _curve([one.get("ballots", []) for one in curves], add=True),
        "lag": _curve([one.get("lag", []) for one in curves], add=False),
    }
    return sums


def _curve(curves: list[list[float]], *, add: bool) -> list[float]:
    """Lay the processes' curves over one another, the newest looks in step."""
    longest = max((len(one) for one in curves), default=0)
    padded = [[0.0] * (longest - len(one)) + list(one) for one in curves]
    return [round(sum(at) if add else max(at), 1) for at in zip(*padded, strict=True)]


def _database() -> dict[str, Any]:
    """How long the database takes to answer, and how far its clock is from ours."""
    began = time.monotonic()
    offset = 0.0
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            before = datetime.now(UTC)
            cursor.execute("SELECT clock_timestamp()")
            theirs = cursor.fetchone()[0]
            after = datetime.now(UTC)
            offset = (theirs - (before + (after - before) / 2)).total_seconds() * 1000
        else:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    took = (time.monotonic() - began) * 1000
    return {
        "kind": "PostgreSQL" if connection.vendor == "postgresql" else "SQLite",
        "milliseconds": round(took, 1),
        "offset": round(offset),
        "off": abs(offset) > MUCH_OFFSET,
    }


def _redis() -> dict[str, Any] | None:
    """Whether Redis answers, and how fast; None where there is none."""
    if not settings.REDIS_URL:
        return None
    began = time.monotonic()
    try:
        with redis.from_url(
            settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2
        ) as client:
            client.ping()
    except redis.RedisError:
        return {"answers": False, "milliseconds": 0.0}
    return {"answers": True, "milliseconds": round((time.monotonic() - began) * 1000, 1)}


def _copy(moment: datetime) -> dict[str, Any] | None:
    newest = Copy.objects.first()
    if newest is None:
        return None
    hours = (moment - newest.made_at).total_seconds() / 3600
    return {
        "made_at": newest.made_at.isoformat(),
        "hours": round(hours, 1),
        "old": hours > OLD_COPY_HOURS,
        "files": newest.files,
        "size": newest.size,
    }


def _unsent() -> dict[str, int]:
    waiting = NoticeMessage.objects.filter(state__in=[MessageState.QUEUED, MessageState.SENDING])
    failed = NoticeMessage.objects.filter(state=MessageState.FAILED)
    return {"waiting": waiting.count(), "failed": failed.count()}
