"""The video's section of the snapshot, its commands, and what is due by itself."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from creditor_meetings.cases import clock
from creditor_meetings.realtime import fields, registry
from creditor_meetings.realtime.registry import Context
from creditor_meetings.video import describe, layout, verbs
from creditor_meetings.video.engine import engine
from creditor_meetings.video.models import LayoutMode

_STARTED = clock.now()


def register() -> None:
    """Bring section, commands and watch."""
    registry.section("video", shared=lambda meeting, staff: describe.video(meeting))
    registry.command("stop_video", _stop_video)
    registry.command("set_layout", _set_layout)
    registry.watch(clear_away)


def _stop_video(context: Context, data: Mapping[str, Any]) -> dict[str, Any]:
    fields.only(data, "stream")
    stream = fields.optional_integer(data, "stream")
    # The process that holds the stream learns of it by the event, like everybody.
    return {"stopped": verbs.stop(context.meeting, context.viewer, stream)}


def _set_layout(context: Context, data: Mapping[str, Any]) -> None:
    fields.only(data, "mode", "main")
    mode = fields.choice(data, "mode", LayoutMode.values)
    layout.set_layout(context.meeting, mode, fields.optional_integer(data, "main"), context.viewer)


def clear_away(meeting_id: int) -> float | None:
    """End broadcasts whose process died or whose publisher did not come back."""
    held = engine().held(meeting_id)
    return verbs.clear_away(meeting_id, held, alone_since=None if settings.REDIS_URL else _STARTED)
