"""Bodies of requests that nobody here takes are refused while they come, not after.

Daphne collects a whole body, on the disk and then in memory, before Django sees the request:
without this a body of 500 MB costs 500 MB, whoever sends it. It uses names that Daphne and
Twisted call their own; both are pinned, and a test sends such a body.
"""

import json
from typing import Any

from daphne.http_protocol import WebRequest
from django.conf import settings

LINGER = 60
"""Seconds for which the rest of a refused body is let go by, so that its sender hears why."""

TEXT = (
    "上传的内容过大，没有被接收；每次合计不超过 {limit} MB，请压缩或分次上传。 "
    "The upload is too large and was not taken: at most {limit} MB at a time."
)
NO_ROOM = (
    "暂时无法保存，请稍后再试；您提交的内容没有保存。 "
    "Nothing can be saved right now; please send it again in a little while."
)
REASONS = {413: "Content Too Large", 503: "Service Unavailable"}
CODES = {413: "bad_request", 503: "unavailable"}


class Nothing:
    """Stands for the body of a refused request: takes all, keeps none."""

    closed = False

    def write(self, data: bytes) -> None:
        """Let the data go."""

    def seek(self, *_place: int) -> None:
        """Stay."""

    def close(self) -> None:
        """End."""
        self.closed = True


def limit() -> int:
    """Return the largest body (bytes) that any address takes."""
    largest = max(settings.DOCUMENT_MAX_BYTES, settings.CLAIMS_TABLE_MAX_BYTES)
    return largest + 2 * 1024 * 1024


def install() -> None:
    """Put the limit into Daphne, once."""
    global _installed
    if _installed:
        return
    _installed = True
    got_length, handle_chunk = WebRequest.gotLength, WebRequest.handleContentChunk
    process = WebRequest.process

    def limited_length(self: Any, length: int | None) -> None:
        if length is not None and length > limit():
            _refuse(self)
            return
        # Daphne keeps a long body in a file of its own: there may be no room for one.
        try:
            got_length(self, length)
        except OSError:
            _refuse(self, NO_ROOM, 503)

    def limited_chunk(self: Any, data: bytes) -> None:
        try:
            handle_chunk(self, data)
        except OSError:
            _refuse(self, NO_ROOM, 503)
        # A body of unannounced length is counted as it comes.
        if not isinstance(self.content, Nothing) and self.content.tell() > limit():
            self.content.close()
            _refuse(self)

    def limited_process(self: Any) -> Any:
        if isinstance(self.content, Nothing):
            return self.channel.loseConnection()
        return process(self)

    WebRequest.gotLength = limited_length
    WebRequest.handleContentChunk = limited_chunk
    WebRequest.process = limited_process


_installed = False


def _refuse(request: Any, said: str = TEXT, status: int = 413) -> None:
    from twisted.internet import reactor  # only there once Daphne has chosen its own

    request.content = Nothing()
    text = said.format(limit=limit() // 1024 // 1024)
    accepts = b",".join(request.requestHeaders.getRawHeaders(b"accept", []))
    if b"application/json" in accepts:
        error = {"code": CODES[status], "message": text}
        kind, body = (
            "application/json",
            json.dumps({"ok": False, "error": error}, ensure_ascii=False),
        )
    else:
        kind, body = "text/plain; charset=utf-8", text
    data = body.encode()
    head = (
        f"HTTP/1.1 {status} {REASONS[status]}\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {len(data)}\r\n"
        "X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
    )
    request.channel.transport.write(head.encode() + data)
    later: Any = reactor
    later.callLater(LINGER, request.channel.loseConnection)
