"""Whether the process lives, and whether it can serve."""

import redis
from django.conf import settings
from django.db import connection
from django.db.utils import Error
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from redis.backoff import NoBackoff
from redis.retry import Retry

from creditor_meetings.running import front


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer while the process lives; asks nothing of any other server."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer 200 while the database, and Redis where configured, answer; else 503 and which.

    A process that was asked to end serves what it was asked, and nobody new.
    """
    if front.ending:
        return HttpResponse("ending\n", "text/plain", status=503)
    missing = [name for name, answers in _parts() if not answers]
    if missing:
        return HttpResponse(f"no answer: {', '.join(missing)}\n", "text/plain", status=503)
    return HttpResponse("ready\n", content_type="text/plain")


def _parts() -> list[tuple[str, bool]]:
    parts = [("database", _database_answers())]
    if settings.REDIS_URL:
        parts.append(("redis", _redis_answers()))
    return parts


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return False
    return True


def _redis_answers() -> bool:
    try:
        with redis.from_url(
            settings.REDIS_URL,
            socket_timeout=2,
            socket_connect_timeout=2,
            retry=Retry(NoBackoff(), 0),
        ) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False
