"""The process that reads a large table: `python -m creditor_meetings.claims.reading_process`.

A table is somebody's file. Read in a process of its own, a hostile one ends nothing but that
process, whose memory and time have a limit, and the meetings on the server do not wait for it.
It takes its order as JSON from standard input, says how far it is in lines of JSON, and writes
what it understood to a file. It needs no database.
"""

import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

MEMORY_BYTES = 2 * 1024**3
CPU_SECONDS = 300
SAY_EVERY_SECONDS = 0.3


def main() -> int:
    """Carry out one order; 0 when something was written."""
    order = json.loads(sys.stdin.readline())
    _limit(resource.RLIMIT_AS, MEMORY_BYTES)
    _limit(resource.RLIMIT_CPU, CPU_SECONDS)
    os.nice(5)

    import django

    django.setup()
    from django.utils import translation

    with translation.override(order["language"]):
        Path(order["output"]).write_bytes(_read(order))
    return 0


def _limit(what: int, most: int) -> None:
    _soft, hard = resource.getrlimit(what)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(what, (most, most))


def _read(order: dict[str, Any]) -> bytes:
    from creditor_meetings.claims.importing import Unreadable, kept, read
    from creditor_meetings.claims.importing.meanings import Meanings

    said = 0.0

    def progress(stage: str, done: int, total: int) -> None:
        nonlocal said
        now = time.monotonic()
        if now - said >= SAY_EVERY_SECONDS or done == 0:
            said = now
            sys.stdout.write(json.dumps([stage, done, total]) + "\n")
            sys.stdout.flush()

    content = Path(order["path"]).read_bytes()
    try:
        meanings = Meanings.of_data(order["meanings"])
        return kept.dump(read(content, order["name"], meanings=meanings, progress=progress))
    except Unreadable as unreadable:
        return kept.dump(unreadable)


if __name__ == "__main__":
    sys.exit(main())
