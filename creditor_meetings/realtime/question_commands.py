"""The section and the commands of questions in writing."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from creditor_meetings.meetings import questions, questions_state
from creditor_meetings.meetings.passages import QUOTE_LENGTH, Area, Passage
from creditor_meetings.realtime import fields, registry
from creditor_meetings.realtime.registry import Context

Data = Mapping[str, Any]


def register() -> None:
    """Bring the section and the commands."""
    registry.section(
        "questions", shared=questions_state.questions, own=questions_state.own_questions
    )
    registry.command("ask_question", _ask_question)
    registry.command("answer_question", _answer_question)
    registry.command("moderate_question", _moderate_question)


def _ask_question(context: Context, data: Data) -> dict[str, Any]:
    fields.only(data, "text", *OF_A_PASSAGE)
    text = fields.text(data, "text", max_length=2000)
    asked = questions.ask_question(context.meeting, text, context.viewer, passage=_passage(data))
    return {"question": asked.pk}


OF_A_PASSAGE = ("document", "page", "quote", "area")


def _passage(data: Data) -> Passage | None:
    document = fields.optional_integer(data, "document")
    if document is None:
        for name in OF_A_PASSAGE[1:]:
            if data.get(name):
                raise fields.bad("document", _("一个整数"))
        return None
    return Passage(
        document=document,
        page=fields.integer(data, "page"),
        quote=fields.text(data, "quote", max_length=QUOTE_LENGTH, required=False),
        area=_area(data),
    )


def _area(data: Data) -> Area | None:
    value = data.get("area")
    if value is None or value == []:
        return None
    whole = isinstance(value, list) and all(type(one) is int for one in value)
    if not whole or len(value) != 4:
        raise fields.bad("area", _("四个整数：左、上、右、下，各为千分数"))
    left, top, right, bottom = value
    return (left, top, right, bottom)


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
