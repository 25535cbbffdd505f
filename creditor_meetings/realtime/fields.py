"""Reading a command's data: each field is what it should be, or the answer says what is wrong."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

from creditor_meetings.cases import money
from creditor_meetings.cases.errors import Refused

MAX_ID = 2**63 - 1


def bad(name: str, wanted: str) -> Refused:
    """Return the refusal that names the field and what would be right."""
    return Refused(
        "bad_request",
        _("字段“%(name)s”不正确：应为%(wanted)s。") % {"name": name, "wanted": wanted},
    )


def only(data: Mapping[str, Any], *names: str) -> None:
    """Refuse a field that the command does not know."""
    for name in data:
        if name not in names:
            raise Refused("bad_request", _("不认识的字段“%(name)s”。") % {"name": str(name)[:60]})


def integer(data: Mapping[str, Any], name: str) -> int:
    """Read an id or a count: a JSON integer from 0."""
    value = data.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_ID:
        raise bad(name, _("一个整数"))
    return value


def optional_integer(data: Mapping[str, Any], name: str) -> int | None:
    """Read an id that may be left out or null."""
    return None if data.get(name) is None else integer(data, name)


def text(data: Mapping[str, Any], name: str, *, max_length: int, required: bool = True) -> str:
    """Read text without the blanks around it, at most `max_length` characters."""
    value = data.get(name, "")
    if not isinstance(value, str) or not _storable(value):
        raise bad(name, _("一段文字"))
    value = value.strip()
    if required and not value:
        raise bad(name, _("一段文字，不能为空"))
    if len(value) > max_length:
        raise bad(name, _("不超过 %(n)s 个字") % {"n": max_length})
    return value


def _storable(value: str) -> bool:
    # PostgreSQL stores no NUL, UTF-8 no lone surrogate: refuse them here, by name.
    return "\x00" not in value and not any("\ud800" <= c <= "\udfff" for c in value)


def choice(data: Mapping[str, Any], name: str, allowed: Collection[str]) -> str:
    """Read one of the allowed words."""
    value = data.get(name)
    if not isinstance(value, str) or value not in allowed:
        raise bad(name, " / ".join(allowed))
    return value


def boolean(data: Mapping[str, Any], name: str) -> bool:
    """Read true or false."""
    value = data.get(name)
    if not isinstance(value, bool):
        raise bad(name, "true / false")
    return value


def amount(data: Mapping[str, Any], name: str) -> int:
    """Read an amount in yuan as fen."""
    value = data.get(name)
    if not isinstance(value, str):
        raise bad(name, _("金额，例如 1234.50"))
    try:
        return money.fen(value)
    except ValueError:
        raise bad(name, _("金额，例如 1234.50")) from None


def moment(data: Mapping[str, Any], name: str) -> datetime:
    """Read a moment written as RFC 3339 with its offset; returns it in UTC."""
    value = data.get(name)
    try:
        read = datetime.fromisoformat(value) if isinstance(value, str) else None
        if read is not None and read.tzinfo is not None:
            return read.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise bad(name, _("带时区的时间，例如 2026-01-31T09:30:00+08:00"))
