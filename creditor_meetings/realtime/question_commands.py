"""The section and the commands of questions in writing."""

from collections.abc import Mapping
from typing import Any

from creditor_meetings.meetings import questions, questions_state
from creditor_meetings.realtime import fields, registry
from creditor_meetings.realtime.registry import Context

Data = Mapping[str, Any]


def register() -> None:
    """Bring the section and the commands."""
    registry.section("questions", questions_state.questions)
    registry.command("ask_question", _ask_question)
    registry.command("answer_question", _answer_question)
    registry.command("moderate_question", _moderate_question)


def _ask_question(context: Context, data: Data) -> dict[str, Any]:
    fields.only(data, "text")
    text = fields.text(data, "text", max_length=2000)
    return {"question": questions.ask_question(context.meeting, text, context.viewer).pk}


def _answer_question(context: Context, data: Data) -> None:
    fields.only(data, "question", "answer", "live")
    live = fields.boolean(data, "live") if "live" in data else False
    questions.answer_question(
        context.meeting,
        fields.integer(data, "question"),
        fields.text(data, "answer", max_length=4000, required=not live),
        context.viewer,
        live=live,
    )


def _moderate_question(context: Context, data: Data) -> None:
    fields.only(data, "question", "shown", "reason")
    questions.moderate_question(
        context.meeting,
        fields.integer(data, "question"),
        fields.boolean(data, "shown"),
        context.viewer,
        reason=fields.text(data, "reason", max_length=500, required=False),
    )
