"""How the log is written: one line an entry, as text or JSON, and nobody's data in it.

The log outlives what it tells of and is read by people who have no business with any case. So
everything passes a scrubber: telephone and identity numbers, account numbers, addresses of
e-mail, tokens in addresses of pages, secrets by their name, the details that a database adds to
its errors, and whatever is written in Chinese, since what this software itself logs is English
while names, firms and reasons are not. A line of a log is one line whatever it quotes.

Imported while settings are read: knows nothing of Django's.
"""

import json
import logging
import os
import re
import sys
import threading
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""Which request or socket the present work is for; empty for work of the server's own."""

GONE = "…"
"""What stands where something was taken out."""

_SCRUBS: tuple[tuple[re.Pattern[str], str], ...] = (
    # What PostgreSQL adds to a refused row: the row.
    (re.compile(r"(?<![A-Z])(DETAIL|CONTEXT):.*?(?=\n\s*\n|\Z)", re.DOTALL), rf"\1: {GONE}"),
    # Addresses that let their reader in, or are somebody's.
    (re.compile(r"(/(?:invite|file)/)[^/\s?#\"'<>]+"), rf"\1{GONE}"),
    (re.compile(r"(/hls/[^/\s]+/[^/\s]+/)[^/\s\"']+"), rf"\1{GONE}"),
    (re.compile(r"(://[^/\s:@]*:)[^@\s/]+@"), rf"\1{GONE}@"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9+/=._~-]{8,}"), rf"\1 {GONE}"),
    (
        re.compile(
            r"(?i)([\"']?\b\w*(?:sessionid|csrftoken|token|password|passwd|secret|api_?key|code"
            r"|signature|cookie|authorization)\b[\"']?\s*[=:]\s*)(\"[^\"]*\"|'[^']*'|[^\s&;,}\])]+)"
        ),
        rf"\1{GONE}",
    ),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), GONE),
    # 统一社会信用代码 and identity cards; telephones, also in groups; accounts.
    (re.compile(r"\b[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}\b"), GONE),
    (re.compile(r"(?<![\w.])\+?(?:86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\w)"), GONE),
    (re.compile(r"(?<![\w.:])\+?\d(?:[ -]?\d){10,}[Xx]?(?!\w)"), GONE),
    (re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff][\u3000-\u303f\u3400-\u9fff"
                r"\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff·]*"), GONE),
)  # fmt: skip

_LINE_ENDS = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_UNSEEN = re.compile(
    r"[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)


def scrubbed(text: str) -> str:
    """Return a text without what is anybody's: see the module."""
    for pattern, instead in _SCRUBS:
        text = pattern.sub(instead, text)
    return text


def one_line(text: str) -> str:
    """Return a text in one line, with nothing in it that a terminal would obey."""
    return _UNSEEN.sub("?", _LINE_ENDS.sub(r"\\n", text))


def _said(record: logging.LogRecord) -> str:
    try:
        text = record.getMessage()
    except Exception:
        # A wrong format string must not cost the line.
        text = f"{record.msg} (its arguments do not fit)"
    return one_line(scrubbed(text))


class _Scrubbing(logging.Formatter):
    def _error(self, record: logging.LogRecord) -> list[str]:
        """The lines of what went wrong, each of them one."""
        text = self.formatException(record.exc_info) if record.exc_info else record.exc_text or ""
        if record.stack_info:
            text += f"\n{record.stack_info}"
        return [one_line(line) for line in scrubbed(text).split("\n") if line.strip()]


class TextLine(_Scrubbing):
    """Lines to read: time (UTC), level, logger, request, message; what went wrong follows."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record; only its first line begins with a time."""
        at = datetime.fromtimestamp(record.created, UTC)
        whom = f" [{request_id.get()}]" if request_id.get() else ""
        head = f"{at:%Y-%m-%d %H:%M:%S},{at.microsecond // 1000:03d} {record.levelname} "
        lines = [f"{head}{record.name}{whom} {_said(record)}"]
        return "\n".join(lines + [f"  | {line}" for line in self._error(record)])


class JsonLine(_Scrubbing):
    """One JSON object a line: time (UTC, ISO 8601), level, logger, message, process, and, where
    there are any, request, thread and error (its lines)."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _said(record),
            "process": os.getpid(),
        }
        if record.threadName and record.threadName != "MainThread":
            line["thread"] = one_line(scrubbed(record.threadName))
        if request_id.get():
            line["request"] = request_id.get()
        figures = getattr(record, "figures", None)
        if isinstance(figures, dict):
            line |= {name: _figure(value) for name, value in figures.items() if name not in line}
        error = self._error(record)
        if error:
            line["error"] = error
        return json.dumps(line, separators=(",", ":"))


def _figure(value: Any) -> Any:
    if isinstance(value, bool | int | float) or value is None:
        return value
    return one_line(scrubbed(str(value)))


def settings_for(form: str, level: str) -> dict[str, Any]:
    """Return Django's LOGGING for `text` or `json`; raises ValueError for any other form."""
    writers = {"text": TextLine, "json": JsonLine}
    if form not in writers:
        raise ValueError(f"LOG_FORMAT is {form!r}; it must be text or json.")
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": writers[form]}},
        "filters": {"counted": {"()": Counted}},
        "handlers": {
            "console": {
                "class": "logging.StreamHandler", "formatter": "line", "filters": ["counted"],
            },
            # Django's own would mail a request with all that is in it.
            "none": {"class": "logging.NullHandler"},
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # A doorbell that nobody hears, of a process that is gone, is no news: a line each ring.
            "channels_redis": {"level": "WARNING"},
            "daphne": {"level": "WARNING"},
            "django": {"handlers": ["none"], "level": "INFO"},
            "django.channels.server": {"level": "WARNING"},
            "fontTools": {"level": "WARNING"},
            "matplotlib": {"level": "WARNING"},
        },
    }  # fmt: skip


class Counted(logging.Filter):
    """Lets everything by, and counts what is written by level."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Count a record; keep it."""
        counts[record.levelname] = counts.get(record.levelname, 0) + 1
        return True


counts: dict[str, int] = {}
"""How many lines of each level this process wrote."""


def catch_the_rest() -> None:
    """Let what nobody caught, and warnings, go by the log rather than bare to standard error."""
    logging.captureWarnings(True)
    log = logging.getLogger("uncaught")

    def of_process(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
        else:
            log.critical("the process ends by an error", exc_info=(kind, error, trace))

    def of_thread(told: threading.ExceptHookArgs) -> None:
        if told.exc_value is not None and not isinstance(told.exc_value, SystemExit):
            name = told.thread.name if told.thread else "?"
            log.error(
                "thread %s ended by an error", name,
                exc_info=(told.exc_type, told.exc_value, told.exc_traceback),
            )  # fmt: skip

    sys.excepthook = of_process
    threading.excepthook = of_thread
