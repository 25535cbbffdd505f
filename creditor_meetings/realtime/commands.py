"""Carrying out a command: once, in one transaction with its answer, or refused with a reason."""

import inspect
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NoReturn, cast

from django.db import DatabaseError, IntegrityError, transaction
from django.utils.translation import gettext as _

from creditor_meetings.cases import acts, clock, security_log
from creditor_meetings.cases.errors import Refused
from creditor_meetings.realtime import registry
from creditor_meetings.realtime.models import CommandReply
from creditor_meetings.realtime.registry import Context

log = logging.getLogger(__name__)

MAX_ID_LENGTH = 64
MOST_DEPTH = 6
"""Levels of a frame: the deepest honest one, many ballots with a choice a group, has five."""
MOST_CONTAINERS = 4000
MOST_KEYS = 200


def parse(text: str) -> tuple[str, str, dict[str, Any]]:
    """Read a command's frame: its id, type and data. Raises `Refused` with bad_request."""
    if text.count("[") + text.count("{") > MOST_CONTAINERS:
        # Counted as it came, in texts too: no honest command comes near.
        raise Refused("bad_request", _("收到的内容项目过多。"))
    try:
        frame = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Refused("bad_request", _("收到的内容不是 JSON。")) from None
    if not isinstance(frame, dict):
        raise Refused("bad_request", _("收到的内容应为一个 JSON 对象。"))
    if _deeper_than(frame, MOST_DEPTH):
        raise Refused("bad_request", _("收到的内容嵌套过深。"))
    return command_id(frame), kind(frame), data(frame)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs) or len(made) > MOST_KEYS:
        raise ValueError("a key twice, or too many")
    return made


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _deeper_than(value: Any, levels: int) -> bool:
    if isinstance(value, dict):
        return levels == 0 or any(_deeper_than(one, levels - 1) for one in value.values())
    if isinstance(value, list):
        return levels == 0 or any(_deeper_than(one, levels - 1) for one in value)
    return False


def command_id(frame: Mapping[str, Any]) -> str:
    """Read the client's own id of a command."""
    value = frame.get("id")
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_ID_LENGTH or not value.isascii():
        raise Refused("bad_request", _("字段“id”应为 1 至 64 个 ASCII 字符。"))
    if not value.isprintable():
        raise Refused("bad_request", _("字段“id”应为 1 至 64 个 ASCII 字符。"))
    return value


def kind(frame: Mapping[str, Any]) -> str:
    """Read which command is meant."""
    value = frame.get("type")
    if not isinstance(value, str) or not value or len(value) > 60:
        raise Refused("bad_request", _("缺少字段“type”。"))
    return value


def data(frame: Mapping[str, Any]) -> dict[str, Any]:
    """Read the command's data, an object that may be left out."""
    value = frame.get("data", {})
    if not isinstance(value, dict):
        raise Refused("bad_request", _("字段“data”应为一个 JSON 对象。"))
    return value


def handler(name: str) -> registry.Command:
    """Find what carries out the command. Raises `Refused` with bad_request."""
    found = registry.commands().get(name)
    if found is None:
        raise Refused("bad_request", _("没有这个命令：%(name)s") % {"name": name[:60]})
    return found


def is_asynchronous(name: str) -> bool:
    """Whether the handler brings its own transaction and is awaited (the ballot box)."""
    return inspect.iscoroutinefunction(handler(name))


def asynchronous_handler(name: str) -> Callable[..., Awaitable[Mapping[str, Any]]]:
    """Find what carries out a command that is awaited."""
    return cast("Callable[..., Awaitable[Mapping[str, Any]]]", handler(name))


def carry_out(context: Context, name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Run a command and return its reply frame; the same id again gives the same reply."""
    try:
        earlier = _earlier_reply(context)
        if earlier is not None:
            return earlier
        with transaction.atomic():
            kept = CommandReply.objects.create(
                meeting=context.meeting,
                person=context.person,
                command_id=context.command_id,
                at=clock.now(),
            )
            answer = handler(name)(context, values)
            acts.note_command(context, name, values)
            kept.reply = done(context.command_id, answer)
            kept.save(update_fields=["reply"])
        return kept.reply
    except Refused as refusal:
        if refusal.code == "not_allowed":
            person = context.person.pk
            security_log.refused(person, f"command {name}", refusal.code, context.address)
        return refused(context.command_id, refusal)
    except IntegrityError:
        # Sent twice at the same moment: the other one holds the answer, or broke a rule.
        earlier = _earlier_reply(context)
        if earlier is not None:
            return earlier
        log.exception("command %s broke a rule of the database", name)
        return refused(context.command_id, unavailable())
    except DatabaseError:
        log.exception("command %s met a failing database", name)
        return refused(context.command_id, unavailable())


def _earlier_reply(context: Context) -> dict[str, Any] | None:
    return (
        CommandReply.objects.filter(
            meeting=context.meeting, person=context.person, command_id=context.command_id
        )
        .values_list("reply", flat=True)
        .first()
    )


def unavailable() -> Refused:
    """Say that it could not be done now, through no fault of the person."""
    return Refused("unavailable", _("暂时无法处理，请稍后重试；您的内容没有丢失。"))


def done(identity: str, answer: Mapping[str, Any] | None) -> dict[str, Any]:
    """Write the reply to a command that was carried out."""
    return {"type": "reply", "id": identity, "ok": True, "data": dict(answer or {})}


def refused(identity: str | None, refusal: Refused) -> dict[str, Any]:
    """Write the reply to a command that was refused."""
    error = {"code": refusal.code, "message": refusal.message}
    return {"type": "reply", "id": identity, "ok": False, "error": error}
