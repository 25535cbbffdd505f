"""How requests for a room's events are answered: headers, refusals, JSON."""

from collections.abc import Awaitable, Callable
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from creditor_meetings.cases.errors import Refused
from creditor_meetings.realtime.hub import dumps
from creditor_meetings.realtime.person import language_of

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]

HEADERS = {
    "cache-control": "no-store, no-transform",
    "content-security-policy": "default-src 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "same-origin",
    "x-accel-buffering": "no",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


async def refuse(
    scope: dict[str, Any], send: Send, refusal: Refused, status: int | None = None
) -> None:
    """Answer a refusal, in the person's language."""
    with translation.override(language_of(scope)):
        message = refusal.message or _("没有找到，或您无权查看。")
    error = {"code": refusal.code, "message": message}
    body = dumps({"ok": False, "error": error})
    await answer(send, status or refusal.status, body)


async def answer(send: Send, status: int, body: str) -> None:
    """Answer with JSON."""
    data = body.encode()
    headers = {
        **HEADERS,
        "content-type": "application/json",
        "content-length": str(len(data)),
        **({"allow": "GET"} if status == 405 else {}),
    }
    await send(start(status, headers))
    await send({"type": "http.response.body", "body": data})


def start(status: int, headers: dict[str, str]) -> dict[str, Any]:
    """Write the message that begins an answer (ASGI)."""
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http.response.start", "status": status, "headers": pairs}
