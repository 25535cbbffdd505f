"""Questions in writing (书面提问): asked, moderated, answered in writing or aloud."""

from django.db import transaction
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Role
from creditor_meetings.meetings import passages, questions_state, record, verbs
from creditor_meetings.meetings.models import Meeting, MeetingState, Question, QuestionsShown
from creditor_meetings.meetings.passages import Passage
from creditor_meetings.meetings.publishing import publish_all

ANSWERERS = (Role.ADMINISTRATOR, Role.JUDGE)


@transaction.atomic
def ask_question(
    meeting: Meeting, text: str, viewer: Viewer, *, passage: Passage | None = None
) -> Question:
    """Ask a question in writing, in the name of the creditor when there is just one.

    All see it at once, or not before somebody says so, or never: as the meeting's rule is.
    `passage` is the place in a document that it is about; it stands where the question does.
    """
    found = verbs.locked(meeting)
    if not viewer.roles - {Role.OBSERVER}:
        raise Refused("not_allowed", _("旁听人员不能提问。"))
    if found.state == MeetingState.CLOSED:
        raise Refused("not_allowed", _("会议已闭会，不能再提问。"))
    document = None if passage is None else passages.check(found, passage)
    creditors = list(viewer.acts_for)
    asked = Question.objects.create(
        meeting=found,
        person=viewer.person,
        creditor_id=creditors[0] if len(creditors) == 1 else None,
        item_id=found.current_item_id,
        text=text,
        at=clock.now(),
        shown=found.questions_shown == QuestionsShown.ALL,
        document=passage.document if passage else None,
        page=passage.page if passage else None,
        quote=passage.quote if passage else "",
        area=list(passage.area) if passage and passage.area else [],
    )
    record.write(
        found,
        "question",
        {
            "question": asked.pk,
            "person": viewer.person.pk,
            "asker": str(viewer.person),
            "creditor": asked.creditor_id,
            "creditor_name": asked.creditor.name if asked.creditor is not None else None,
            "item": asked.item_id,
            "text": text,
            "shown": asked.shown,
            **({"passage": passages.written(passage, document)} if passage and document else {}),
        },
    )
    notice = {"kind": "question", "question": asked.pk}
    publish_all(found, questions_state.news("question_asked", asked, notice=notice))
    return asked


@transaction.atomic
def answer_question(
    meeting: Meeting, question_id: int, answer: str, viewer: Viewer, *, live: bool = False
) -> None:
    """Answer a question, or better an earlier answer; `live`: it was answered aloud.

    Of an answer given aloud the text may be left out: the recording has it.
    """
    viewer.require(*ANSWERERS)
    found, asked = _asked(meeting, question_id)
    if not answer and not live:
        raise Refused("bad_request", _("请写下答复，或者注明已当场答复。"))
    asked.answer, asked.answered_live = answer, live
    asked.answered_by, asked.answered_at = viewer.person, clock.now()
    asked.save(update_fields=["answer", "answered_live", "answered_by", "answered_at"])
    record.write(
        found,
        "answer",
        {
            "question": asked.pk,
            "answer": answer,
            "live": live,
            "by": viewer.person.pk,
            "by_name": str(viewer.person),
        },
    )
    notice = {"kind": "answer", "question": asked.pk}
    publish_all(found, questions_state.news("question_answered", asked, notice=notice))


@transaction.atomic
def moderate_question(
    meeting: Meeting, question_id: int, shown: bool, viewer: Viewer, *, reason: str = ""
) -> None:
    """Show a question to all, or hold it back with a reason that its asker is told."""
    viewer.require(*ANSWERERS)
    found, asked = _asked(meeting, question_id)
    was_shown = asked.shown
    if shown and was_shown:
        raise Refused("bad_request", _("这个问题已经公开。"))
    if shown and found.questions_shown == QuestionsShown.ASKER:
        raise Refused("bad_request", _("本次会议的提问只对提问人、管理人与法院可见，不能公开。"))
    if not shown and not reason:
        raise Refused("bad_request", _("请写明不公开的理由，提问人会看到。"))
    asked.shown, asked.reason = shown, "" if shown else reason
    asked.moderated_by, asked.moderated_at = viewer.person, clock.now()
    asked.save(update_fields=["shown", "reason", "moderated_by", "moderated_at"])
    record.write(
        found,
        "question_moderated",
        {
            "question": asked.pk,
            "shown": shown,
            "reason": asked.reason,
            "by": viewer.person.pk,
            "by_name": str(viewer.person),
        },
    )
    notice = {"kind": "question_moderated", "question": asked.pk, "shown": shown}
    publish_all(
        found,
        questions_state.news("question_moderated", asked, notice=notice, was_shown=was_shown),
    )


def _asked(meeting: Meeting, question_id: int) -> tuple[Meeting, Question]:
    found = verbs.locked(meeting)
    asked = questions_state.asked_in(found).filter(pk=question_id).first()
    if asked is None:
        raise Refused("bad_request", _("本次会议没有这个问题。"))
    return found, asked
