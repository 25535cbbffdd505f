"""A small case with named people, for tests that work on the database: plain functions.

case = make_case()
lihua = make_creditor(case, "李华", confirmed="1000.00")
bank = make_creditor(case, "工商银行", nature="secured", confirmed="8000.00")
meeting = make_meeting(case)
judge = make_person(case, "judge")
li = make_person(case, "creditor", lihua)
poll = open_poll(make_resolution(meeting), make_person(case, "administrator"))
receipt = cast(li, poll, "for")
outcome = close_poll(poll, judge)
"""

import itertools
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from creditor_meetings.cases.access import Viewer, viewer_for
from creditor_meetings.cases.models import Case, CaseRole, Creditor, Person
from creditor_meetings.cases.money import fen
from creditor_meetings.claims.models import Claim
from creditor_meetings.meetings import verbs as meeting_verbs
from creditor_meetings.meetings.models import AgendaItem, Mandate, Meeting, MeetingState
from creditor_meetings.realtime import snapshot, state
from creditor_meetings.realtime.log import events_after
from creditor_meetings.realtime.registry import Context

_numbers = itertools.count(1)


def make_case(*, procedure: str = "liquidation", **fields: Any) -> Case:
    """Make a case, its number one that no other has."""
    number = next(_numbers)
    values = {
        "number": f"（2026）沪03破{number}号",
        "court": "上海市第三中级人民法院",
        "debtor": "江南精密机械有限公司",
        "administrator_firm": "上海明理律师事务所",
        **fields,
    }
    return Case.objects.create(procedure=procedure, **values)


def make_creditor(
    case: Case,
    name: str = "",
    *,
    nature: str = "ordinary",
    confirmed: str | None = "1000.00",
    **claim: Any,
) -> Creditor:
    """Make a creditor with one claim; `confirmed=None` makes it without any."""
    number = next(_numbers)
    creditor = Creditor.objects.create(
        case=case,
        position=Creditor.objects.filter(case=case).count() + 1,
        name=name or f"债权人{number}",
        identity_number=f"ID{number:016d}",
    )
    if confirmed is not None:
        make_claim(creditor, nature=nature, confirmed=confirmed, **claim)
    return creditor


def make_claim(
    creditor: Creditor,
    *,
    nature: str = "ordinary",
    confirmed: str = "1000.00",
    filed: str | None = None,
    conclusion: str = "confirmed",
    temporary: str | None = None,
    unsecured_part: str = "0.00",
    priority_waived: bool = False,
) -> Claim:
    """Give a creditor one more claim; amounts in yuan."""
    return Claim.objects.create(
        case=creditor.case,
        creditor=creditor,
        position=Claim.objects.filter(case=creditor.case).count() + 1,
        nature=nature,
        principal_fen=fen(filed or confirmed),
        filed_fen=fen(filed or confirmed),
        confirmed_fen=fen(confirmed),
        conclusion=conclusion,
        temporary_fen=fen(temporary) if temporary is not None else None,
        unsecured_part_fen=fen(unsecured_part),
        priority_waived=priority_waived,
    )


def make_person(
    case: Case,
    role: str,
    creditor: Creditor | None = None,
    name: str = "",
    *,
    mandate: bool = True,
) -> Person:
    """Make a person with a role in the case; a creditor or proxy acts for `creditor`.

    A proxy has an accepted power of attorney unless `mandate` is false.
    """
    person = Person.objects.create(name=name or f"{role}{next(_numbers)}")
    give_role(person, case, role, creditor, mandate=mandate)
    return person


def give_role(
    person: Person,
    case: Case,
    role: str,
    creditor: Creditor | None = None,
    *,
    mandate: bool = True,
) -> CaseRole:
    """Give a person one more role in a case, as a proxy with an accepted mandate."""
    if role == "proxy" and mandate:
        make_mandate(person, creditor)
    return CaseRole.objects.create(case=case, person=person, role=role, creditor=creditor)


def make_mandate(person: Person, creditor: Creditor, **fields: Any) -> Mandate:
    """Give a person a creditor's power of attorney, accepted and for all matters."""
    now = datetime.now(UTC)
    values = {"state": "accepted", "submitted_at": now, "decided_at": now, **fields}
    return Mandate.objects.create(case=creditor.case, creditor=creditor, person=person, **values)


def make_meeting(case: Case, state: str = MeetingState.OPEN, **fields: Any) -> Meeting:
    """Make a meeting of the case in a state, with an agenda of three items."""
    number = next(_numbers)
    now = datetime.now(UTC)
    meeting = Meeting.objects.create(
        case=case,
        slug=fields.pop("slug", f"meeting-{number}"),
        title=fields.pop("title", "第一次债权人会议"),
        state=state,
        starts_at=fields.pop("starts_at", now),
        opened_at=now if state in ("open", "adjourned", "closed") else None,
        closed_at=now if state == "closed" else None,
        **fields,
    )
    items = [
        ("report", "管理人执行职务工作报告"),
        ("verification", "核查债权"),
        ("resolution", "表决"),
    ]
    for position, (kind, title) in enumerate(items, start=1):
        AgendaItem.objects.create(meeting=meeting, position=position, kind=kind, title=title)
    return meeting


def make_resolution(meeting: Meeting, power: int = 9, rule: str = "prc-ordinary", **fields: Any):
    """Make a resolution in draft."""
    from voting.models import Resolution

    values = {"title": "破产财产变价方案", "text": "同意管理人提交的变价方案。", **fields}
    position = meeting.resolutions.count() + 1
    return Resolution.objects.create(
        meeting=meeting, position=position, power=power, rule=rule, **values
    )


def viewer(person: Person, meeting: Meeting) -> Viewer:
    """See the meeting's case as the person does."""
    return viewer_for(person, meeting.case_id)


def context(person: Person, meeting: Meeting, command_id: str = "", language: str = "") -> Context:
    """Stand behind a person's socket; without an id the command gets one never used."""
    return Context(
        meeting=meeting,
        viewer=viewer(person, meeting),
        address="192.0.2.7",
        device="Mozilla/5.0 (tests)",
        command_id=command_id or f"command-{next(_numbers)}",
        language=language,
    )


def sign_in(person: Person, meeting: Meeting, *creditors: Creditor) -> list[int]:
    """Sign creditors in to the meeting, or all that the person acts for."""
    seen = viewer(person, meeting)
    ids = [one.pk for one in creditors] or list(seen.acts_for)
    return meeting_verbs.sign_in(meeting, ids, seen, address="192.0.2.7", device="tests")


def open_poll(resolution, chair: Person, *, closes_at: datetime | None = None):
    """Open a resolution's poll as its chair."""
    from voting import verbs

    meeting = resolution.meeting
    return verbs.open_poll(meeting, resolution.pk, viewer(chair, meeting), closes_at=closes_at)


def close_poll(resolution, chair: Person):
    """Close a poll by hand; returns the outcome."""
    from voting import verbs

    meeting = resolution.meeting
    return verbs.close_poll(meeting, resolution.pk, viewer(chair, meeting))


def cast(
    person: Person,
    resolution,
    choice: str | Mapping[str, str],
    creditor: Creditor | None = None,
    *,
    command_id: str = "",
) -> dict[str, Any]:
    """Cast a ballot in this thread and return its receipt; raises `Refused`.

    `choice` is one for all groups, or one by group.
    """
    from voting import ballot_box

    said = "choice" if isinstance(choice, str) else "choices"
    data: dict[str, Any] = {"resolution": resolution.pk, said: choice}
    if creditor is not None:
        data["creditor"] = creditor.pk
    sent = ballot_box.read(context(person, resolution.meeting, command_id), data)
    ballot_box.write([sent])
    return dict(sent.answer.result(timeout=0))


def cast_many(sender: Context, data: Mapping[str, Any]) -> dict[str, Any]:
    """Carry out `cast_ballots` in this thread: an answer a ballot, in their order."""
    from voting import ballot_box

    casts = ballot_box.read_many(sender, data)
    ballot_box.write([one for one in casts if isinstance(one, ballot_box.Cast)])
    answers = []
    for one in casts:
        refusal = one if isinstance(one, Exception) else one.answer.exception(timeout=0)
        answers.append(refusal if refusal is not None else one.answer.result(timeout=0))
    return {"answers": [ballot_box.answered(one) for one in answers]}


def take_snapshot(person: Person, meeting: Meeting) -> tuple[int, dict[str, Any]]:
    """Return the state of the room as the person sees it, and its number."""
    return snapshot.take(meeting, viewer(person, meeting))


def catch_up(
    person: Person, meeting: Meeting, seq: int, stale: Mapping[str, Any]
) -> dict[str, Any]:
    """Follow the events after `seq` that reach the person, on a state that was right then."""
    audiences = viewer(person, meeting).audiences
    current: dict[str, Any] = dict(stale)
    for event in events_after(meeting.pk, seq, limit=100_000):
        if event.audience in audiences:
            state.apply(current, event.data)
    return current
