"""Threads of a server that must not end before it does."""

import logging
import threading
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

PAUSE = 1.0
"""Seconds before what broke begins anew."""


def thread(work: Callable[[], None], name: str) -> threading.Thread:
    """Do `work`, which has no end, from a thread of its own; begin anew should it break."""

    def on() -> None:
        while True:
            try:
                work()
            except BaseException:
                # Nobody waits for this thread, hence nobody would miss it: polls stayed open.
                log.critical("%s broke and begins anew", name, exc_info=True)
            time.sleep(PAUSE)

    made = threading.Thread(target=on, name=name, daemon=True)
    made.start()
    return made
