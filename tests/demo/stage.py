"""Brings the demo's meeting to the middle of a vote: run as `python -m tests.demo.stage`."""

from datetime import timedelta

import django

# ruff: noqa: E402  models can be imported only once Django stands
django.setup()

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import viewer_for
from creditor_meetings.cases.models import CaseRole, Creditor, Person
from creditor_meetings.config.demo.people import load_people
from creditor_meetings.meetings import verbs
from creditor_meetings.meetings.models import Meeting, MeetingState
from creditor_meetings.realtime.registry import Context
from voting import ballot_box
from voting import verbs as voting_verbs

CHOICES = ("for",) * 7 + ("against", "for", "abstain")


def person(role: str) -> Person:
    """Return the demo's person of a role."""
    return Person.objects.get(username=f"demo-{role}")


def set_the_stage() -> None:
    """Open the meeting, let creditors in, go to the realisation plan, open its vote, vote."""
    meeting = Meeting.objects.get(slug="demo")
    chair = viewer_for(person("administrator"), meeting.case_id)
    verbs.change_state(meeting, MeetingState.OPEN, chair)
    # Whom the pictures show has still to vote.
    shown = next(one for one in load_people(meeting.case) if one.role == "creditor")
    roles = (
        CaseRole.objects.filter(case=meeting.case_id, role="creditor")
        .exclude(person=shown.person)
        .select_related("person", "creditor")
        .order_by("creditor__position")[40:290]
    )
    guests = [(role.creditor, viewer_for(role.person, meeting.case_id)) for role in roles]
    for creditor, viewer in guests:
        verbs.sign_in(meeting, [creditor.pk], viewer, address="192.0.2.1", device="a browser")
    poll = meeting.resolutions.order_by("position")[1]
    assert poll.agenda_item is not None
    verbs.set_agenda_item(meeting, poll.agenda_item.pk, chair)
    closes_at = clock.now() + timedelta(minutes=12, seconds=40)
    voting_verbs.open_poll(meeting, poll.pk, chair, closes_at=closes_at)
    cast(meeting, poll.pk, guests[:230])


def cast(meeting: Meeting, poll: int, guests: list) -> None:
    """Vote for those who may."""
    voting = set(
        Creditor.objects.filter(
            pk__in=meeting.resolutions.get(pk=poll).register.filter(reason="").values("creditor")
        ).values_list("pk", flat=True)
    )
    casts = [
        ballot_box.Cast(
            Context(meeting=meeting, viewer=viewer, command_id=f"stage-{creditor.pk}"),
            poll,
            creditor.pk,
            CHOICES[number % len(CHOICES)],
        )
        for number, (creditor, viewer) in enumerate(guests)
        if creditor.pk in voting
    ]
    ballot_box.write(casts)
    for one in casts:
        one.answer.result(timeout=0)


if __name__ == "__main__":
    set_the_stage()
