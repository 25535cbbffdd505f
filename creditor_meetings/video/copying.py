"""Having the copy that plays made, once a part has ended."""

import logging
from typing import Any

from creditor_meetings.realtime.threads import in_thread

log = logging.getLogger(__name__)


async def make_later(recording: Any) -> None:
    """Ask for the copy of a recording; what fails here is caught up later."""
    try:
        from creditor_meetings.video import copies
    except ImportError:
        return
    try:
        await in_thread(copies.make_later)(recording)
    except Exception:
        log.exception("the copy of recording %s was not begun", recording.pk)
