"""Copies that play (可播放副本): made of each recording when it has ended.

The rows are the queue: a recording that has ended and whose copy is neither there nor given up
waits for one, whatever happened to the process that should have made it.
"""

import threading

from django.db import transaction

from creditor_meetings.video.models import Recording

_bell = threading.Event()


def make_later(recording: Recording) -> None:
    """Have a copy of a recording that has ended made soon; returns at once."""
    transaction.on_commit(_bell.set)
