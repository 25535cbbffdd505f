"""The guarded door: every command and every address, as every role and as a stranger."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import transaction

from creditor_meetings.cases import acts
from creditor_meetings.cases.errors import NotFound
from creditor_meetings.meetings.access import access_meeting
from creditor_meetings.realtime import log
from tests.support import world
from tests.whole import story
from tests.whole.door import STAFF
from tests.whole.more import verifying_steps

pytestmark = pytest.mark.django_db


class Undo(Exception):
    """Takes back what was tried."""


def first_refusal(reply):
    """Return the reply, or the first refusal where all of many ballots were refused."""
    answers = reply.get("data", {}).get("answers", [])
    if not answers or any(one["ok"] for one in answers):
        return reply
    return answers[0]


def tried(cast: story.Cast, who, step: story.Step, meeting=None):
    """Return the reply to a step tried by somebody, and how many events it made; undone after."""
    reply, made = {}, 0
    try:
        with transaction.atomic():
            data = step.data(cast)
            place = meeting or cast.meeting
            before = log.last_seq(place.pk)
            reply = first_refusal(cast.attempt(who, step.command, data, meeting))
            made = log.last_seq(place.pk) - before
            raise Undo
    except Undo:
        pass
    return reply, made


def test_each_command_is_for_its_roles_only() -> None:
    cast = story.assemble()

    def ask_everybody(step: story.Step) -> None:
        for role, person in cast.people.items():
            reply, made = tried(cast, person, step)
            if role in step.allowed:
                assert reply["ok"], f"{step.name} as {role}: {reply}"
                nameless = acts.nameless(acts.named(step.data(cast)))
                listed = role in STAFF and not acts.is_left_out(step.command)
                assert not (listed and nameless), f"{step.name}: {nameless}"
            else:
                assert not reply["ok"], f"{step.name} as {role} went through"
                codes = {"not_allowed", "no_voting_right"}
                # A proxy of two creditors has to say for which; another's objection is not seen.
                if role == "proxy" or step.command == "withdraw_objection":
                    codes.add("bad_request")
                assert reply["error"]["code"] in codes, f"{step.name} as {role}: {reply}"
                assert not made, f"{step.name} as {role} was refused and yet told of"

    story.walk(cast, lambda step: None, before=ask_everybody)


NAMES_NOTHING = (
    "ask_question", "adjourn_meeting", "decide_group", "raise_hand", "caption", "set_layout",
    "set_verification_period", "end_verification",
)  # fmt: skip
"""Commands whose data hold no id, at least in the story."""


def test_ids_of_another_meeting_are_refused() -> None:
    cast = story.assemble()
    elsewhere = world.make_meeting(cast.case)
    other_case = story.assemble()

    def try_elsewhere(step: story.Step) -> None:
        if not step.data(cast) or step.command in NAMES_NOTHING:
            return
        of_the_case = {"confirm_claim", "object_to_claim", "answer_objection"} | {
            "withdraw_objection",
            "set_temporary_amount",
            *verifying_steps.OF_THE_CASE,
        }
        if step.command not in of_the_case:  # claims belong to the case, whichever its meeting
            reply, made = tried(cast, cast.people[step.role], step, elsewhere)
            assert not reply["ok"], f"{step.name} went through in another meeting"
            assert not made
        # The same role in another case must not reach in either.
        stranger = other_case.people[step.role]
        reply, made = tried(cast, stranger, step, other_case.meeting)
        assert not reply["ok"], f"{step.name} went through from another case"
        assert not made

    story.walk(cast, lambda step: None, before=try_elsewhere)


def test_strangers_cannot_tell_a_meeting_from_an_address_never_used() -> None:
    cast = story.assemble()
    stranger = world.make_person(world.make_case(), "judge")
    answers = []
    for person in (stranger, AnonymousUser()):
        for name in (cast.meeting.slug, str(cast.meeting.pk), "never-used"):
            with pytest.raises(NotFound) as refusal:
                access_meeting(person, name)
            answers.append((refusal.value.status, refusal.value.message))
    assert len(set(answers)) == 1


def test_a_draft_is_for_the_team_and_the_court() -> None:
    cast = story.assemble()
    draft = world.make_meeting(cast.case, state="draft")
    for role, person in cast.people.items():
        if role in ("administrator", "judge", "clerk"):
            assert access_meeting(person, draft.slug)[0] == draft
        else:
            with pytest.raises(NotFound):
                access_meeting(person, draft.slug)
