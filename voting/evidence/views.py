"""The bundle of evidence over HTTP, for the court and the administrator's team."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from typing import IO

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from creditor_meetings.cases.files.serving import disposition
from creditor_meetings.cases.models import Role
from creditor_meetings.meetings.access import access_meeting
from voting import signing_key
from voting.evidence import bundle, proofs

PIECE = 256 * 1024


@require_safe
def page(request: HttpRequest, meeting: str) -> HttpResponseBase:
    """Say what the bundle holds and how to check it, and let it be downloaded."""
    found, viewer = access_meeting(request.user, meeting)
    viewer.require(Role.JUDGE, Role.ADMINISTRATOR, Role.CLERK)
    context = {
        "meeting": found,
        "case": found.case,
        "viewer": viewer,
        "entries": found.ledger.count(),
        "head": proofs.latest_head(found.pk),
        "key": signing_key.public_key(),
    }
    return render(request, "voting/bundle.html", context)


@require_POST
def download(request: HttpRequest, meeting: str) -> HttpResponseBase:
    """Give the bundle: made aside first, so that it is whole or not at all.

    By POST, since making it signs the ledger as it stands.
    """
    found, viewer = access_meeting(request.user, meeting)
    viewer.require(Role.JUDGE, Role.ADMINISTRATOR, Role.CLERK)
    file = tempfile.TemporaryFile(prefix="evidence-")  # noqa: SIM115  closed with the answer
    bundle.write(found, file, recordings=request.POST.get("recordings") != "no")
    size = file.tell()
    file.seek(0)
    response = StreamingHttpResponse(
        # Under ASGI Django would read a plain iterator to its end before it sends a byte.
        _later(file) if isinstance(request, ASGIRequest) else _pieces(file)
    )
    response._resource_closers.append(file.close)  # type: ignore[attr-defined]
    response["Content-Length"] = str(size)
    response["Content-Type"] = "application/zip"
    response["Content-Disposition"] = disposition("attachment", f"evidence-{found.slug}.zip")
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(PIECE):
        yield piece


async def _later(file: IO[bytes]) -> AsyncIterator[bytes]:
    read = sync_to_async(file.read, thread_sensitive=False)
    while piece := await read(PIECE):
        yield piece
