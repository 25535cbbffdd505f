"""A process that is asked to end (TERM) lets nobody down.

It listens no more, so that the proxy goes to another process at once; answers what it was asked;
sends the rooms away with "this server restarts" (1012), a few hundred at a time, and their pages
come back within a second or so, to another process, where they resume by number; notes when
people left; says that it ended as it should. A second TERM ends it at once. A thread that waits for
what will not come any more holds it up for ten seconds, and is named in the log.

It uses names that Daphne and Twisted call their own; both are pinned, and a test ends a process.
"""

import asyncio
import logging
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from creditor_meetings.realtime import close_codes, figures, presence, transport
from creditor_meetings.running import front, http_figures, log_lines
from creditor_meetings.running.heartbeat import heart
from voting import ballot_box

log = logging.getLogger(__name__)

ANSWER_SECONDS = 10.0
"""How long at most what was asked is waited for."""
GOODBYE_SECONDS = 5.0
"""How long at most sockets have to close, and presence to be written."""
LAST_SECONDS = 10.0
"""How long at most threads have to end once the server has."""
AT_ONCE = 500
"""So many sockets are closed before the rest of the process gets its turn."""

_begun = False


def install() -> None:
    """Take TERM over from Twisted once it runs; call while the server is put together."""
    if "twisted.internet.reactor" not in sys.modules:
        return  # another server, or none: what it does at its end is its own
    from twisted.internet import reactor

    later: Any = reactor
    # One turn after the start, for Twisted sets its own signals at the very beginning.
    later.callWhenRunning(later.callLater, 0, _take_over)


def _take_over() -> None:
    from twisted.internet import reactor

    later: Any = reactor
    signal.signal(signal.SIGTERM, lambda _number, _frame: later.callFromThread(_asked))


def _asked() -> None:
    global _begun, _task
    if _begun:
        _stop()
        return
    _begun = True
    _task = asyncio.get_event_loop().create_task(_end())


_task: "asyncio.Task[None] | None" = None


def _stop() -> None:
    from twisted.internet import reactor

    # What comes from now on on a connection that stands would begin on a thread, and wait there
    # for a loop that turns no more.
    front.over = True
    threading.Thread(target=_end_in_any_case, name="last", daemon=True).start()
    later: Any = reactor
    if later.running:
        later.stop()


def _end_in_any_case() -> None:
    time.sleep(LAST_SECONDS)
    # All that was acknowledged is committed, all that waited was written: nothing is lost.
    log.warning("threads that do not end: %s", "; ".join(_threads_that_stay()))
    logging.shutdown()
    os._exit(0)


def _threads_that_stay() -> list[str]:
    """Name the threads that hold the process up, and where each is."""
    frames = sys._current_frames()
    me = threading.get_ident()
    found = []
    for thread in threading.enumerate():
        frame = frames.get(thread.ident or 0)
        if thread.daemon or thread.ident == me or frame is None:
            continue
        if frame.f_code.co_name == "_worker":
            continue  # one of a pool that has nothing to do: it ends with the rest
        places = traceback.extract_stack(frame)[-6:]
        where = " > ".join(f"{Path(one.filename).name}:{one.lineno} {one.name}" for one in places)
        found.append(f"{thread.name} at {where}")
    return found


async def _end() -> None:
    began = time.monotonic()
    # Whatever was at work when the signal came has nothing to do with it.
    log_lines.request_id.set("")
    try:
        front.ending = True
        await _listen_no_more()
        rooms = [one for one in _sockets() if getattr(one, "attendant", None) is not None]
        for one in rooms:
            one.muted = True
        await _until(_all_is_answered, ANSWER_SECONDS)
        count = await _send_away()
        await _until(_everybody_is_gone, GOODBYE_SECONDS)
        await asyncio.get_running_loop().run_in_executor(None, heart.stop)
        # Connections that stood brought more meanwhile.
        await _until(_all_is_answered, GOODBYE_SECONDS)
        log.info("ended after %.1f s; %s sockets were sent on", time.monotonic() - began, count)
    except Exception:
        log.exception("ending was not as it should be")
    finally:
        _stop()


async def _listen_no_more() -> None:
    from twisted.internet import reactor
    from twisted.internet.tcp import Port

    selecting: Any = reactor
    for reader in selecting.getReaders():
        if isinstance(reader, Port):
            reader.stopListening()
    # What the kernel had accepted already is let in, and sent away with the rest.
    await asyncio.sleep(0)


def _all_is_answered() -> bool:
    return (
        not figures.commands_under_way
        and not ballot_box.box.waiting()
        and not http_figures.figures.under_way
    )


async def _send_away() -> int:
    count = 0
    for one in _sockets():
        _close(one)
        count += 1
        if count % AT_ONCE == 0:
            await asyncio.sleep(0.05)
    return count


def _close(one: Any) -> None:
    try:
        one.handle_reply({"type": "websocket.close", "code": close_codes.RESTARTING})
    except Exception:
        log.warning("a socket could not be sent away", exc_info=True)


def _everybody_is_gone() -> bool:
    # Who was still being let in is sent away as soon as the socket is open.
    for one in _sockets():
        _close(one)
    return not _not_gone() and not presence.waiting()


def _sockets() -> list[Any]:
    """Return Daphne's protocol objects of the sockets that are open."""
    return [one for one in _not_gone() if one.state == transport.OPEN]


def _not_gone() -> list[Any]:
    """Return those that were not closed by both ends yet: rooms note departures when they are."""
    return [
        one
        for server in front.servers
        for one, details in list(server.connections.items())
        if "disconnected" not in details and hasattr(one, "state")
    ]


async def _until(met: Callable[[], bool], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not met() and time.monotonic() < until:  # noqa: ASYNC110 - counters, which no event tells
        await asyncio.sleep(0.02)
