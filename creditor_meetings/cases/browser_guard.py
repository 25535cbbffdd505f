"""What browsers are told to refuse, and what is refused of what they tell of a request.

Devices: camera, microphone and screen are for the pages of a meeting that use them, passkeys for
those of sign-in; nothing else is for any page. Origins: no other site may read or embed what is
here, and a request that another site's page makes, other than by leading somebody here, is
refused before it reaches a view (Fetch Metadata; browsers older than that are kept out by the
cookies' SameSite and the tokens of forms).
"""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.middleware import refusal_response

_NEVER = (
    "accelerometer", "ambient-light-sensor", "battery", "bluetooth", "browsing-topics", "gamepad",
    "geolocation", "gyroscope", "hid", "idle-detection", "local-fonts", "magnetometer", "midi",
    "payment", "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip
_EVERYWHERE = ("autoplay", "clipboard-write", "fullscreen", "picture-in-picture",
               "screen-wake-lock")  # fmt: skip
_MEDIA = ("camera", "display-capture", "microphone")
_PASSKEYS = ("publickey-credentials-create", "publickey-credentials-get")
SIGN_OUT = "/account/logout/"
MEDIA_PAGES = re.compile(r"/meetings/[\w-]+/(device/|rehearsal/|video/.*)?")
PASSKEY_PAGES = re.compile(r"/account/.*")


def policy_of(path: str) -> str:
    """Return the Permissions-Policy of a page."""
    own = [*_EVERYWHERE]
    own += _MEDIA if MEDIA_PAGES.fullmatch(path) else ()
    own += _PASSKEYS if PASSKEY_PAGES.fullmatch(path) else ()
    every = (*_NEVER, *_EVERYWHERE, *_MEDIA, *_PASSKEYS)
    return ", ".join(f"{name}={'(self)' if name in own else '()'}" for name in every)


def is_foreign(request: HttpRequest) -> bool:
    """Whether another site's page makes this request, other than by leading somebody here."""
    if request.headers.get("Sec-Fetch-Site") != "cross-site":
        return False
    leads_here = (
        request.headers.get("Sec-Fetch-Mode") == "navigate"
        and request.headers.get("Sec-Fetch-Dest") == "document"
        and request.method in ("GET", "HEAD")
    )
    return not leads_here


class BrowserGuardMiddleware:
    """Tell browsers what no page of ours needs; refuse what other sites' pages send."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if is_foreign(request):
            refusal = Refused("not_allowed", _("该请求来自其他网站的页面，已被拒绝。"))
            response = refusal_response(request, refusal)
        else:
            response = self.get_response(request)
        if request.path == SIGN_OUT and request.method == "POST" and response.status_code == 302:
            # What pages kept in this browser is nobody's business who uses it next.
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
        response.headers.setdefault("Permissions-Policy", policy_of(request.path))
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response
