"""Sending what is made piece by piece, without holding up anybody else's request."""

from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse

from creditor_meetings.cases.files.serving import SANDBOX, disposition


def send(
    request: HttpRequest, pieces: Iterator[bytes], media_type: str, name: str
) -> StreamingHttpResponse:
    """Answer with a download under `name`; nothing of the database is read meanwhile."""
    # Under ASGI Django would read a plain iterator to its end before it sends a byte.
    content = _later(pieces) if isinstance(request, ASGIRequest) else pieces
    response = StreamingHttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = disposition("attachment", name)
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = SANDBOX
    response["X-Content-Type-Options"] = "nosniff"
    return response


async def _later(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    # Not in the one thread that all other requests wait for.
    take = sync_to_async(_next, thread_sensitive=False)
    while piece := await take(pieces):
        yield piece


def _next(pieces: Iterator[bytes]) -> bytes:
    return next(pieces, b"")
