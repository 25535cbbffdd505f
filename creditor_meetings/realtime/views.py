"""Commands by POST, for whoever cannot have a socket: body and answer are those of the socket."""

import asyncio
import logging
from typing import Any

from asgiref.sync import async_to_sync
from django.http import HttpRequest, JsonResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from creditor_meetings.cases.errors import HTTP_STATUS, Refused
from creditor_meetings.cases.requests import address_of
from creditor_meetings.meetings.access import access_meeting
from creditor_meetings.realtime import allowance, commands, registry
from creditor_meetings.realtime.registry import Context
from creditor_meetings.realtime.room import MAX_FRAME_CHARACTERS

logger = logging.getLogger(__name__)

PATIENCE = 60
"""How long (seconds) a request waits for what is carried out by somebody else (the ballot box)."""


@require_POST
def command(request: HttpRequest, meeting: str) -> JsonResponse:
    """Carry out one command, as the room's socket does; the status says how it went as well."""
    identity: str | None = None
    try:
        text = _text(request)
        found, viewer = access_meeting(request.user, meeting)
        allowance.by_person.spend(viewer.person.pk, 1)
        identity, kind, data = commands.parse(text)
        allowance.by_person.spend(viewer.person.pk, registry.weight(kind, data) - 1)
        context = Context(
            meeting=found,
            viewer=viewer,
            address=address_of(request),
            device=request.headers.get("User-Agent", "")[:300],
            command_id=identity,
            language=get_language() or "",
        )
        reply = _reply(context, kind, data)
    except _Unfit as unfit:
        return _answer(commands.refused(None, unfit), unfit.status)
    except Refused as refusal:
        return _answer(commands.refused(identity, refusal), refusal.status)
    except Exception:
        logger.exception("a command sent by HTTP failed")
        return _answer(commands.refused(identity, commands.unavailable()), 503)
    return _answer(reply, 200 if reply["ok"] else HTTP_STATUS[reply["error"]["code"]])


class _Unfit(Refused):
    """A body that is not read at all."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__("bad_request", message)
        self._status = status

    @property
    def status(self) -> int:
        return self._status


def _text(request: HttpRequest) -> str:
    if request.content_type != "application/json":
        raise _Unfit(_("请以 application/json 提交。"), 415)
    too_long = _Unfit(_("收到的内容过长，或不是文字。"), 413)
    # A character has four bytes at most. One more than is allowed: a body without a length is
    # not read to its end either.
    most = 4 * MAX_FRAME_CHARACTERS
    body = request.read(most + 1)
    if len(body) > most:
        raise too_long
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("bad_request", _("收到的内容不是 UTF-8 文字。")) from None
    if len(text) > MAX_FRAME_CHARACTERS:
        raise too_long
    return text


def _reply(context: Context, kind: str, data: dict[str, Any]) -> dict[str, Any]:
    if not commands.is_asynchronous(kind):
        return commands.carry_out(context, kind, data)
    handler = commands.asynchronous_handler(kind)
    try:
        # What was handed over is carried out though nobody waits any more; sent again under
        # the same id it gets its answer.
        answer = async_to_sync(asyncio.wait_for)(handler(context, data), PATIENCE)
    except TimeoutError:
        raise commands.unavailable() from None
    return commands.done(context.command_id, answer)


def _answer(frame: dict[str, Any], status: int) -> JsonResponse:
    answer = JsonResponse(frame, status=status, json_dumps_params={"ensure_ascii": False})
    answer["Cache-Control"] = "no-store"
    return answer
