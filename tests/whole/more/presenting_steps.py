"""Acts of presenting, by the step of the story that they follow."""

from creditor_meetings.meetings.models import Question
from tests.whole import story
from tests.whole.story import Cast, Step, step

WRITERS = {"judge", "administrator", "clerk"}


def _passage(cast: Cast) -> dict[str, object]:
    return {
        "text": "第一页的底价从何而来？",
        "document": cast.document.pk,
        "page": 1,
        "quote": "底价",
        "area": [100, 120, 480, 160],
    }


STEPS: dict[str, list[Step]] = {
    "hand_out_document": [
        step("clerk", "present_document", WRITERS, lambda s: {"document": s.document.pk}),
        step("clerk", "point", {"clerk"}, lambda _s: {"x": 250, "y": 640}),
        step(
            "administrator",
            "present_document",
            WRITERS,
            lambda s: {"document": s.document.pk, "page": 1},
            name="take over what is presented",
        ),
        step("administrator", "present_page", {"administrator"}, lambda _s: {"page": 1}),
        step(
            "creditor",
            "ask_question",
            set(story.ROLES) - {"observer"} | {"bank"},
            _passage,
            name="ask about a passage",
        ),
        step(
            "administrator",
            "answer_question",
            {"administrator", "judge"},
            lambda _s: {"question": Question.objects.latest("pk").pk, "answer": "见评估报告。"},
            name="answer at the passage",
        ),
        step("judge", "stop_presenting", WRITERS),
        step(
            "judge",
            "present_document",
            WRITERS,
            lambda s: {"document": s.document.pk},
            name="present until the meeting is closed",
        ),
    ],
}
