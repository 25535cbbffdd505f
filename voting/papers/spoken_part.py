"""What was asked and said in the meeting: questions in writing, and who had the floor."""

from typing import Any

from creditor_meetings.meetings.floor_models import FloorEnd
from voting.papers import saying
from voting.papers.story import Body, Line, Story

ENDS = {
    FloorEnd.DONE: "发言完毕",
    FloorEnd.TIME: "时限已到",
    FloorEnd.WITHDRAWN: "提前收回",
    FloorEnd.ADJOURNED: "休会",
    FloorEnd.CLOSED: "闭会",
    FloorEnd.LEFT: "发言人不再参加会议",
}


def questions(story: Story, *, names: bool) -> list[dict[str, Any]]:
    """Say the questions and their answers: all in the court's copy, else those that all saw."""
    answers = {line.body["question"]: line for line in story.of("answer")}
    moderated = {line.body["question"]: line for line in story.of("question_moderated")}
    found = []
    for line in story.of("question"):
        number = line.body["question"]
        said = moderated.get(number)
        shown = _shown(line, said)
        if shown or names:
            found.append(
                {
                    "at": saying.time(line.at),
                    "asker": str(line.body.get("creditor_name") or line.body["asker"]),
                    "text": _of_passage(line.body) + str(line.body["text"]),
                    "note": "" if shown else _held_back(said),
                    **_answer(answers.get(number)),
                }
            )
    return found


def _of_passage(body: Body) -> str:
    passage = body.get("passage")
    if not passage:
        return ""
    place = f"就《{passage['title']}》第 {passage['page']} 页"
    return f"（{place}“{passage['quote']}”）" if passage["quote"] else f"（{place}）"


def hidden(story: Story) -> str:
    """Say in the public copy how many questions it leaves out."""
    moderated = {line.body["question"]: line for line in story.of("question_moderated")}
    number = sum(
        not _shown(line, moderated.get(line.body["question"])) for line in story.of("question")
    )
    return f"另有 {number} 个书面提问未公开，见法院、管理人存卷本。" if number else ""


def _shown(asked: Line, moderated: Line | None) -> bool:
    # Entries of earlier versions do not say so: then all questions were shown.
    return bool((moderated or asked).body.get("shown", True))


def _held_back(moderated: Line | None) -> str:
    if moderated is None:
        return "（未公开）"
    return f"（未公开：{moderated.body['reason']}　{moderated.body['by_name']}）"


def _answer(line: Line | None) -> dict[str, Any]:
    if line is None:
        return {"answer": None, "answered": "", "by": ""}
    text = str(line.body["answer"])
    if line.body.get("live"):
        text = f"（当场答复）{text}" if text else "（当场答复，见录像）"
    return {
        "answer": text,
        "answered": saying.time(line.at),
        "by": str(line.body.get("by_name", "")),
    }


def floor(story: Story) -> list[tuple[str, str, str, str, str]]:
    """Say who had the floor: from when to when, for whom, on what, who gave it, why it ended."""
    ended = {line.body["request"]: line for line in story.of("floor_ended")}
    return [
        (
            _span(line, ended.get(line.body["request"])),
            _speaker(line.body),
            str(line.body["topic"]),
            str(line.body["by_name"]),
            _why(ended.get(line.body["request"])),
        )
        for line in story.of("floor_granted")
    ]


def _span(granted: Line, ended: Line | None) -> str:
    start = saying.time(granted.at)
    return f"{start} 至 {saying.time(ended.body['ended_at'])[11:]}" if ended else f"{start} 起"


def _speaker(body: Body) -> str:
    name = str(body["person_name"])
    return f"{name}（{body['creditor_name']}）" if body.get("creditor_name") else name


def _why(ended: Line | None) -> str:
    if ended is None:
        return "尚未结束"
    why = str(ended.body["why"])
    said = ENDS[FloorEnd(why)] if why in FloorEnd.values else why
    return f"{said}：{ended.body['reason']}" if ended.body.get("reason") else said
