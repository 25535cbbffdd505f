"""Refusals: what a person asked for cannot be done, said in the person's language."""

from django.utils.translation import gettext as _

CODES = (
    "bad_request",
    "not_allowed",
    "poll_not_open",
    "no_voting_right",
    "too_many_requests",
    "unavailable",
)
HTTP_STATUS = {
    "bad_request": 400,
    "not_allowed": 403,
    "poll_not_open": 409,
    "no_voting_right": 403,
    "too_many_requests": 429,
    "unavailable": 503,
}


class Refused(Exception):
    """A verb refuses: `code` is one of `CODES`, `message` is for the person."""

    def __init__(self, code: str, message: str) -> None:
        if code not in CODES:
            raise ValueError(f"unknown refusal code {code!r}")
        super().__init__(message)
        self.code = code
        self.message = message

    @property
    def status(self) -> int:
        """The HTTP status that carries this refusal."""
        return HTTP_STATUS[self.code]


class NotFound(Refused):
    """Nothing here for this person; strangers cannot tell this from an address never used."""

    status = 404

    def __init__(self, message: str = "") -> None:
        super().__init__("not_allowed", message or _("没有找到，或您无权查看。"))
