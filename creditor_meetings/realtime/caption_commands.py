"""The section and the commands of captions."""

from collections.abc import Mapping
from typing import Any

from creditor_meetings.meetings import captions
from creditor_meetings.realtime import fields, registry
from creditor_meetings.realtime.registry import Context

Data = Mapping[str, Any]


def register() -> None:
    """Bring the section and the commands."""
    registry.section("captions", shared=lambda meeting, staff: captions.captions(meeting))
    registry.command("caption", _caption)
    registry.command("correct_caption", _correct_caption)


def _caption(context: Context, data: Data) -> dict[str, Any]:
    fields.only(data, "text", "speaker", "seconds_ago")
    made = captions.write(
        context.meeting,
        fields.text(data, "text", max_length=captions.TEXT_LENGTH),
        context.viewer,
        speaker=_speaker(data),
        seconds_ago=fields.optional_integer(data, "seconds_ago") or 0,
    )
    return {"caption": made.pk}


def _correct_caption(context: Context, data: Data) -> None:
    fields.only(data, "caption", "text", "speaker")
    captions.correct(
        context.meeting,
        fields.integer(data, "caption"),
        fields.text(data, "text", max_length=captions.TEXT_LENGTH, required=False),
        context.viewer,
        speaker=_speaker(data) if "speaker" in data else None,
    )


def _speaker(data: Data) -> str:
    return fields.text(data, "speaker", max_length=captions.SPEAKER_LENGTH, required=False)
