"""The doorbell: "there is something new in meeting N", and nothing more.

Rung after commit. In this process it wakes the hub directly, thread-safe; where several
processes serve, the channel layer carries the ring to the others. A lost ring costs a moment
only, since every hub looks at the log by itself as well.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings

log = logging.getLogger(__name__)

GROUP = "meetings"
MESSAGE = "meeting.news"
SEND_SECONDS = 5.0
"""So long one ring may take on its way; then it is lost, which is no harm."""
SAY_AGAIN_SECONDS = 30.0

_listeners: list[Callable[[int], None]] = []
_lock = threading.Lock()
# The loop of this process, once it serves.
_serving: asyncio.AbstractEventLoop | None = None
# Meetings for which the other processes are still to be rung, and who does so.
_to_ring: set[int] = set()
_ringing: asyncio.Task[None] | None = None
_complained = -SAY_AGAIN_SECONDS


def listen(listener: Callable[[int], None]) -> None:
    """Call `listener(meeting_id)` at every ring in this process, from whatever thread rings."""
    with _lock:
        _listeners.append(listener)


def ring(meeting_id: int) -> None:
    """Ring for a meeting, here and in every other process."""
    ring_here(meeting_id)
    if settings.REDIS_URL:
        _ring_elsewhere(meeting_id)


def ring_here(meeting_id: int) -> None:
    """Wake the hubs of this process."""
    with _lock:
        listeners = list(_listeners)
    for listener in listeners:
        listener(meeting_id)


def _ring_elsewhere(meeting_id: int) -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        pass
    else:
        raise RuntimeError("ring from a thread, not from the event loop")
    loop = _serving
    if loop is None or loop.is_closed():
        async_to_sync(_send)(meeting_id)
    elif loop.is_running():
        # Not waited for: a thread that waits for the loop of a server that is ending waits for
        # ever, and the server with it; and a request cancelled meanwhile would not hear of it.
        loop.call_soon_threadsafe(_ring_soon, meeting_id)


def _ring_soon(meeting_id: int) -> None:
    """Ring for a meeting once, however often it was asked for while Redis does not answer."""
    global _ringing
    _to_ring.add(meeting_id)
    if _ringing is None or _ringing.done():
        _ringing = asyncio.get_running_loop().create_task(_ring_on())


async def _ring_on() -> None:
    while _to_ring:
        await _send(_to_ring.pop())


async def _send(meeting_id: int) -> None:
    global _complained
    message = {"type": MESSAGE, "meeting": meeting_id}
    try:
        await asyncio.wait_for(get_channel_layer().group_send(GROUP, message), SEND_SECONDS)
    except Exception:
        # What happened is committed; the other processes find it by looking.
        if time.monotonic() - _complained >= SAY_AGAIN_SECONDS:
            _complained = time.monotonic()
            log.warning("the doorbell does not reach the other processes", exc_info=True)


async def hear_elsewhere(wake: Callable[[int], None]) -> None:
    """Call `wake(meeting_id)` for rings of other processes, for as long as this one serves."""
    global _serving
    if not settings.REDIS_URL:
        return
    _serving = asyncio.get_running_loop()
    while True:
        layer = get_channel_layer()
        try:
            channel = await layer.new_channel()
            await layer.group_add(GROUP, channel)
            joined = time.monotonic()
            # Memberships expire on the server; join anew well before.
            while time.monotonic() - joined < layer.group_expiry / 2:
                message = await asyncio.wait_for(layer.receive(channel), 60)
                wake(message["meeting"])
        except TimeoutError:
            continue
        except Exception:
            log.warning("lost the doorbell of the other processes, listening anew", exc_info=True)
            await asyncio.sleep(1)
