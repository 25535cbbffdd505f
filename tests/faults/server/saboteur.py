"""Breaks things inside a server under test, once each, when a file says so (see `sabotaged`)."""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.apps import AppConfig


class Broken(BaseException):
    """Not an `Exception`: what nobody thought of."""


BREAKING = ("ballot_box", "hub", "due")


class Saboteur(AppConfig):
    """Stands in INSTALLED_APPS of a server under test."""

    name = "tests.faults.server"
    label = "saboteur"

    def ready(self) -> None:
        """Put what can be broken between the product and what it calls."""
        from creditor_meetings.cases import clock
        from creditor_meetings.realtime import hub
        from voting import counting, due

        directory = Path(os.environ["SABOTAGE"])
        clock._system_clock = clock._read = lambda: datetime.now(UTC) + _wrong(directory)
        right = time.time
        time.time = lambda: right() + _wrong(directory).total_seconds()
        _between(counting, "record", directory / "ballot_box")
        _between(hub, "read", directory / "hub")
        _between(due, "close_all_due", directory / "due")


def _wrong(directory: Path) -> timedelta:
    try:
        return timedelta(seconds=float((directory / "clock").read_text() or 0))
    except FileNotFoundError:
        return timedelta()


def _between(module: Any, name: str, file: Path) -> None:
    real: Callable[..., Any] = getattr(module, name)

    def breaks(*args: Any, **kwargs: Any) -> Any:
        try:
            file.unlink()
        except FileNotFoundError:
            return real(*args, **kwargs)
        raise Broken(file.name)

    setattr(module, name, breaks)
