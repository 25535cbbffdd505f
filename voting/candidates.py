"""What people do to prepare an election: its facts and its candidates, until the first poll."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.models import Creditor
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.meetings.publishing import News, publish_all
from voting import describe, elections
from voting.models import Election, Power, Resolution, ResolutionState, Seat
from voting.preparing import TEXT_LENGTH, TITLE_LENGTH, draft_of, held, next_position

NAME_LENGTH = 100
MOST_CANDIDATES = 50


@dataclass(frozen=True)
class Facts:
    """What is elected: so many seats, one of them for the employees or not."""

    title: str
    seats: int
    employee_seat: bool
    text: str = ""
    agenda_item: int | None = None


@dataclass(frozen=True)
class Candidate:
    """Who stands for which seat; `creditor` is the creditor's name, if it is one."""

    name: str
    seat: str = Seat.CREDITOR
    creditor: str = ""


@transaction.atomic
def create_election(meeting: Meeting, facts: Facts, viewer: Viewer) -> Election:
    """Begin an election without candidates."""
    found = held(meeting, viewer)
    _check(found, facts)
    return _saved(Election(meeting=found), facts)


@transaction.atomic
def edit_election(meeting: Meeting, election_id: int, facts: Facts, viewer: Viewer) -> Election:
    """Change what is elected, until the first candidate's poll opens."""
    found = held(meeting, viewer)
    election = _editable(found, election_id)
    _check(found, facts)
    employees = election.candidates.filter(seat=Seat.EMPLOYEES)
    if not facts.employee_seat and employees.exists():
        raise Refused("bad_request", _("已有职工或工会代表候选人，不能取消其名额。"))
    return _saved(election, facts)


@transaction.atomic
def delete_election(meeting: Meeting, election_id: int, viewer: Viewer) -> None:
    """Take an election off with its candidates, until the first candidate's poll opens."""
    election = _editable(held(meeting, viewer), election_id)
    gone = [one.pk for one in election.candidates.all()]
    election.candidates.all().delete()
    told: dict[str, Any] = {f"resolutions/{one}": None for one in gone}
    told[f"elections/{election.pk}"] = None
    election.delete()
    publish_all(meeting, [News("election_deleted", told)])


@transaction.atomic
def add_candidate(
    meeting: Meeting, election_id: int, candidate: Candidate, viewer: Viewer
) -> Resolution:
    """Put somebody on the list: a resolution by the ordinary rule (EBL 64(1))."""
    found = held(meeting, viewer)
    election = _editable(found, election_id)
    creditor = _check_candidate(election, candidate)
    name = candidate.name.strip()
    made = Resolution.objects.create(
        meeting=found,
        agenda_item_id=election.agenda_item_id,
        position=next_position(found),
        title=_title(candidate.seat, name),
        text=_text(candidate.seat, name),
        power=Power.COMMITTEE,
        rule="prc-ordinary",
        election=election,
        candidate=name,
        candidate_creditor=creditor,
        seat=candidate.seat,
    )
    told = {f"resolutions/{made.pk}": describe.resolution(made), **elections.told(election.pk)}
    publish_all(found, [News("candidate_added", told)])
    return made


@transaction.atomic
def remove_candidate(
    meeting: Meeting, election_id: int, resolution_id: int, viewer: Viewer
) -> None:
    """Take a candidate off whose poll has not been opened; the others' votes stand."""
    found = held(meeting, viewer)
    election = _election(found, election_id)
    resolution = draft_of(found, resolution_id)
    if resolution.election_id != election.pk:
        raise Refused("bad_request", _("这次选举没有这位候选人。"))
    if resolution.replaces_id is not None:
        raise Refused("bad_request", _("作废后重新表决的候选人不能删除。"))
    gone = resolution.pk
    resolution.delete()
    # Those who are left may all be counted already.
    elections.settle(election.pk)
    told = {f"resolutions/{gone}": None, **elections.told(election.pk)}
    publish_all(found, [News("candidate_removed", told)])


# The texts of a resolution are the case's own, in its language whoever adds the candidate.


def _title(seat: str, name: str) -> str:
    of = "（职工或工会代表）" if seat == Seat.EMPLOYEES else ""
    return f"选任{name}为债权人委员会成员{of}"


def _text(seat: str, name: str) -> str:
    of = "，作为职工代表或者工会代表" if seat == Seat.EMPLOYEES else ""
    return f"同意选任{name}为债权人委员会成员{of}。"


def _election(meeting: Meeting, election_id: int) -> Election:
    found = Election.objects.filter(meeting=meeting, pk=election_id).first()
    if found is None:
        raise NotFound
    return found


def is_editable(election: Election) -> bool:
    """Whether no candidate's poll was opened yet."""
    return not election.candidates.exclude(state=ResolutionState.DRAFT).exists()


def _editable(meeting: Meeting, election_id: int) -> Election:
    found = _election(meeting, election_id)
    if not is_editable(found):
        raise Refused("bad_request", _("候选人的表决已经开始，选举不能再变更。"))
    return found


def _check(meeting: Meeting, facts: Facts) -> None:
    if not facts.title.strip():
        raise Refused("bad_request", _("请填写选举事项。"))
    if len(facts.title) > TITLE_LENGTH or len(facts.text) > TEXT_LENGTH:
        raise Refused("bad_request", _("选举事项或者说明过长。"))
    if not 1 <= facts.seats <= elections.MOST_SEATS:
        raise Refused(
            "bad_request",
            _("名额应为 1 至 %(n)s：债权人委员会成员不超过九人（第六十七条）。")
            % {"n": elections.MOST_SEATS},
        )
    item = facts.agenda_item
    if item is not None and not meeting.items.filter(pk=item).exists():
        raise Refused("bad_request", _("本次会议没有这项议程。"))


def _saved(election: Election, facts: Facts) -> Election:
    election.title, election.text = facts.title.strip(), facts.text.strip()
    election.seats, election.employee_seat = facts.seats, facts.employee_seat
    election.agenda_item_id = facts.agenda_item
    election.save()
    publish_all(election.meeting, [News("election_changed", elections.told(election.pk))])
    return election


def _check_candidate(election: Election, candidate: Candidate) -> Creditor | None:
    name = candidate.name.strip()
    if not name:
        raise Refused("bad_request", _("请填写候选人姓名或者名称。"))
    if len(name) > NAME_LENGTH:
        raise Refused("bad_request", _("候选人名称不超过 %(n)s 个字。") % {"n": NAME_LENGTH})
    if candidate.seat not in Seat.values:
        raise Refused("bad_request", _("席位应为债权人代表或者职工或工会代表。"))
    if candidate.seat == Seat.EMPLOYEES and not election.employee_seat:
        raise Refused("bad_request", _("这次选举没有职工或工会代表的名额。"))
    if election.candidates.filter(candidate=name).exists():
        raise Refused("bad_request", _("“%(name)s”已在候选人名单中。") % {"name": name})
    if election.candidates.count() >= MOST_CANDIDATES:
        raise Refused("bad_request", _("候选人最多 %(n)s 名。") % {"n": MOST_CANDIDATES})
    return _creditor(election.meeting, candidate.creditor.strip())


def _creditor(meeting: Meeting, name: str) -> Creditor | None:
    if not name:
        return None
    found = list(Creditor.objects.filter(case=meeting.case_id, name=name)[:2])
    if len(found) != 1:
        raise Refused(
            "bad_request",
            _("债权表中没有名称为“%(name)s”的唯一债权人，请核对，或者留空。") % {"name": name},
        )
    return found[0]
