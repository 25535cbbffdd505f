"""A page gives its connection to the database back with its answer.

Each request runs on a thread of its own, which ends with it: a connection kept for the next one
would be nobody's, and PostgreSQL would hold it until Python looks for garbage. Threads that stay
(`realtime.threads`, the ballot box) keep theirs.
"""

from typing import Any

from django.core.signals import request_finished
from django.db import connections


def install() -> None:
    """Close what a request of this process opened, from now on. For serving processes alone."""
    request_finished.connect(_give_back, dispatch_uid="request-connections")


def _give_back(**_signal: Any) -> None:
    for one in connections.all(initialized_only=True):
        one.close()
