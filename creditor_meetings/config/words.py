"""The catalog of words for scripts (`/jsi18n/`), made once a language and served beside the pages.

Everybody who opens a room asks for it: it needs no session, no database and no thread.
"""

from functools import lru_cache
from typing import Any

from django.http import HttpRequest
from django.utils import translation
from django.views.i18n import JavaScriptCatalog

from creditor_meetings.realtime.person import language_of

ADDRESS = "/jsi18n/"
# Pages of one visit share it; who changes the language has another cookie.
CACHING = "private, max-age=600"


@lru_cache
def catalog(language: str) -> bytes:
    """Return the script that holds the words of a language."""
    request = HttpRequest()
    request.method = "GET"
    with translation.override(language):
        answer: Any = JavaScriptCatalog.as_view(domain="djangojs")(request)
        return bytes(answer.content)


async def serve(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer with the words of the person's language (ASGI)."""
    language = language_of(scope)
    body = catalog(language) if scope["method"] in ("GET", "HEAD") else b""
    headers = {
        "content-type": "text/javascript; charset=utf-8",
        "content-length": str(len(body)),
        "content-language": language,
        "cache-control": CACHING,
        "vary": "Accept-Language, Cookie",
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "same-origin",
        "referrer-policy": "same-origin",
        "content-security-policy": "default-src 'none'",
    }
    status = 200 if body else 405
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    content = b"" if scope["method"] == "HEAD" else body
    await send({"type": "http.response.body", "body": content})
