"""What the room asks of voting over HTTP: ballots where no socket can be had, and charts."""

from math import ceil

from csp.constants import NONE, UNSAFE_INLINE
from csp.decorators import csp
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.requests import address_of
from creditor_meetings.meetings.access import access_meeting
from creditor_meetings.realtime import commands, registry
from creditor_meetings.realtime.registry import Context
from voting import ballot_box, chart_room, describe
from voting.access import access_resolution, device_of
from voting.models import ChartImage

CASTING = {
    "cast_ballot": ballot_box.cast_ballot_now,
    "cast_ballots": ballot_box.cast_ballots_now,
}
LARGEST_BODY = 64 * 1024
POSTS = 60
POSTS_SECONDS = 20
"""A person may send this many ballots in so many seconds; a proxy of many sends many."""
FOR_GOOD = "private, max-age=31536000, immutable"


@require_POST
def ballots(request: HttpRequest, meeting: str) -> JsonResponse:
    """Take a ballot or many: body and answer are those of the socket's commands."""
    identity: str | None = None
    try:
        body = _body(request)
        found, viewer = access_meeting(request.user, meeting)
        identity, kind, data = commands.parse(body)
        if kind not in CASTING:
            accepted = " / ".join(CASTING)
            raise Refused(
                "bad_request", _("这个地址只接收表决票（%(type)s）。") % {"type": accepted}
            )
        _within_allowance(viewer.person.pk, registry.weight(kind, data))
        context = Context(
            meeting=found,
            viewer=viewer,
            address=address_of(request),
            device=device_of(request),
            command_id=identity,
            language=get_language() or "",
        )
        answer = CASTING[kind](context, data)
    except _Unfit as unfit:
        return _answer(commands.refused(None, unfit), unfit.status)
    except Refused as refusal:
        return _answer(commands.refused(identity, refusal), refusal.status)
    return _answer(commands.done(identity, answer), 200)


class _Unfit(Refused):
    """A body that is not read at all."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__("bad_request", message)
        self._status = status

    @property
    def status(self) -> int:
        return self._status


def _body(request: HttpRequest) -> str:
    if request.content_type != "application/json":
        raise _Unfit(_("请以 application/json 提交。"), 415)
    # One byte more than is allowed: a body without a length is not read to its end either.
    body = request.read(LARGEST_BODY + 1)
    if len(body) > LARGEST_BODY:
        raise _Unfit(_("提交的内容过长，最多 64 KB。"), 413)
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("bad_request", _("收到的内容不是 UTF-8 文字。")) from None


def _within_allowance(person_id: int, weight: float) -> None:
    key = f"ballots-posted:{person_id}"
    cache.add(key, 0, POSTS_SECONDS)
    try:
        posted = cache.incr(key, ceil(weight))
    except ValueError:  # expired between the two
        return
    if posted > POSTS:
        raise Refused("too_many_requests", _("操作太频繁，请稍候再试。"))


def _answer(frame: dict, status: int) -> JsonResponse:
    answer = JsonResponse(frame, status=status, json_dumps_params={"ensure_ascii": False})
    answer["Cache-Control"] = "no-store"
    return answer


# A picture may style itself, and do nothing else, also when it is opened by itself.
@csp({"default-src": [NONE], "style-src": [UNSAFE_INLINE]})  # type: ignore[arg-type]
@require_safe
def chart(request: HttpRequest, meeting: str, resolution: int) -> HttpResponse:
    """Give the chart of a resolution as SVG, where the tally may be seen."""
    _found, _viewer, one = access_resolution(request, meeting, resolution)
    if not describe.tally_visible(one):
        raise NotFound(_("表决截止后公布计票结果。"))
    image = ChartImage.objects.filter(pk=one.pk).first()
    wanted = request.GET.get("v", "")
    if image is None or wanted != str(image.version):
        image = chart_room.current(one.pk) or image
    if image is None:
        raise NotFound
    answer = HttpResponse(
        image.svg_en if _is_english(request) else image.svg_zh, content_type="image/svg+xml"
    )
    kept = wanted == str(image.version)
    answer["Cache-Control"] = FOR_GOOD if kept else "private, no-cache"
    return answer


def _is_english(request: HttpRequest) -> bool:
    return (request.GET.get("lang") or get_language() or "").lower().startswith("en")
