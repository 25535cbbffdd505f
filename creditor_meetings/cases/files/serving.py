"""Answering with the bytes of a file: a range if asked for, in pieces, for this reader alone."""

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import quote

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import parse_etags

PIECE = 256 * 1024

# What a PDF or a picture may do in a browser when opened by its own address: nothing.
SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)


def serve(
    request: HttpRequest, path: Path, media_type: str, etag: str, disposition: str
) -> HttpResponseBase:
    """Answer with a file, or with the one range of it that was asked for (RFC 9110, 14)."""
    size = path.stat().st_size
    tag = f'"{etag}"'
    response: HttpResponseBase
    if tag in parse_etags(request.headers.get("If-None-Match", "")):
        response = HttpResponse(status=304)
    else:
        try:
            response = _bytes(request, path, _asked(request, tag, size), size)
        except Outside:
            response = HttpResponse(status=416)
            response["Content-Range"] = f"bytes */{size}"
    if response.status_code in (200, 206):
        response["Content-Type"] = media_type
        response["Content-Disposition"] = disposition
        response["Accept-Ranges"] = "bytes"
    else:
        del response["Content-Type"]
    response["ETag"] = tag
    # Whoever loses access must not find it in a shared cache, nor in the own one for long.
    response["Cache-Control"] = "private, no-cache"
    response["Content-Security-Policy"] = SANDBOX
    response["X-Content-Type-Options"] = "nosniff"
    return response


class Outside(Exception):
    """A range that lies outside the file."""


def _asked(request: HttpRequest, tag: str, size: int) -> tuple[int, int] | None:
    """Return first and last byte of the range that is asked for, None for the whole file."""
    found = _RANGE.fullmatch(request.headers.get("Range", "").replace(" ", ""))
    if found is None or request.headers.get("If-Range", tag) != tag:
        return None
    first, last = found.groups()
    if not first and not last:
        return None
    if max(len(first), len(last)) > 18:
        raise Outside
    if not first:
        start, end = max(0, size - int(last)), size - 1
    else:
        start, end = int(first), min(int(last), size - 1) if last else size - 1
        if last and int(last) < start:
            return None
    if start > end:
        raise Outside
    return start, end


def _bytes(
    request: HttpRequest, path: Path, asked: tuple[int, int] | None, size: int
) -> StreamingHttpResponse:
    first, last = asked or (0, size - 1)
    # Under ASGI Django would read a plain iterator to its end before it sends a byte.
    pieces = _pieces_later if isinstance(request, ASGIRequest) else _pieces
    response = StreamingHttpResponse(pieces(path, first, last))
    response["Content-Length"] = str(last - first + 1)
    if asked is not None:
        response.status_code = 206
        response["Content-Range"] = f"bytes {first}-{last}/{size}"
    return response


def _read(path: Path, start: int, length: int) -> bytes:
    # Opened for each piece: a reader who goes away half way leaves nothing open.
    with path.open("rb") as file:
        file.seek(start)
        return file.read(length)


def _pieces(path: Path, first: int, last: int) -> Iterator[bytes]:
    for start in range(first, last + 1, PIECE):
        yield _read(path, start, min(PIECE, last + 1 - start))


async def _pieces_later(path: Path, first: int, last: int) -> AsyncIterator[bytes]:
    read = sync_to_async(_read, thread_sensitive=False)
    for start in range(first, last + 1, PIECE):
        yield await read(path, start, min(PIECE, last + 1 - start))


def disposition(how: str, name: str) -> str:
    """Write Content-Disposition (RFC 6266): a plain name, and the real one in RFC 5987."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip("._") or "document"
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
