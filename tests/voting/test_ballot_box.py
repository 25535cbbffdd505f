"""The ballot box as a whole: what is put together by hand, what a batch costs, who is told."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import CaseRole, Creditor, Person
from creditor_meetings.claims.models import Claim
from creditor_meetings.meetings.models import Attendance, AttendanceSum
from creditor_meetings.realtime.models import Event
from creditor_meetings.realtime.written import Written
from tests.support import world
from tests.voting.plan import Plan
from voting import ballot_box, describe, participation, receipts, signing_key
from voting.box import telling
from voting.box.votes import Right, Vote, body
from voting.ledger import canonical, chain, merkle
from voting.ledger import receipts as ledger_receipts
from voting.models import Ballot, LedgerEntry, Resolution, Turnout

KEY = "11" * 32
names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
choices = st.sampled_from(("for", "against", "abstain", "split"))
rights = st.lists(
    st.builds(
        Right, names, names, st.integers(0, 9), st.integers(0, 2**50), st.just(""), st.just("")
    ),
    min_size=1, max_size=4, unique_by=lambda one: one.group,
)  # fmt: skip


@st.composite
def votes(draw: Any) -> Vote:
    lines = draw(rights)
    return Vote(
        draw(st.integers(1, 2**40)),
        {one.group: draw(choices) for one in lines},
        draw(choices),
        draw(st.sampled_from(("online", "paper"))),
        draw(st.booleans()),
        resolution=Resolution(pk=draw(st.integers(1, 2**40))),
        person=Person(pk=draw(st.integers(1, 2**40)), name=draw(names)),
        mandate_id=draw(st.none() | st.integers(1, 99)),
        checked_by=draw(st.none() | st.just(Person(pk=7))),
        rights=lines,
        number=f"1-{draw(st.integers(1, 10**7)):06d}",
        at=datetime(2026, 5, 4, tzinfo=UTC),
    )


def plainly(vote: Vote) -> dict[str, Any]:
    """What the ledger holds of a ballot, as a value."""
    assert vote.resolution is not None
    return {
        "number": vote.number,
        "resolution": vote.resolution.pk,
        "creditor": vote.creditor_id,
        "creditor_name": vote.rights[0].name,
        "choice": vote.choice,
        "amount": vote.amount,
        "groups": [
            {
                "group": one.group,
                "heads": one.heads,
                "amount": f"{one.amount_fen // 100}.{one.amount_fen % 100:02d}",
                "choice": vote.said(one.group),
            }
            for one in vote.rights
        ],
        "person": vote.person_id,
        "person_name": str(vote.person),
        "by_proxy": vote.by_proxy,
        "mandate": vote.mandate_id,
        "way": vote.way,
        "checked_by": vote.checked_by.pk if vote.checked_by else None,
    }


@given(votes())
def test_a_ballot_is_encoded_by_hand_as_any_value_is(vote: Vote) -> None:
    assert body(vote).encode() == canonical.encode(plainly(vote))


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | names,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)
bodies = st.dictionaries(st.text("abcdefgh", min_size=1), values, min_size=1, max_size=4)


@given(st.lists(bodies, min_size=1, max_size=9), st.booleans())
def test_entries_and_receipts_written_by_hand_are_what_the_values_are(
    given_bodies: list[dict[str, Any]], encoded: bool
) -> None:
    items = [
        chain.Item("ballot", "2026-05-04T01:02:03.004Z", canonical.text(one) if encoded else one)
        for one in given_bodies
    ]
    entries = chain.extend(3, 5, "ab" * 32, items)
    lines = chain.lines(3, 5, "ab" * 32, items)
    for entry, line in zip(entries, lines, strict=True):
        assert line.hashed.encode() == canonical.encode(entry.hashed())
        assert entry.entry_hash == line.entry_hash == canonical.digest(entry.hashed())
        assert entry.body == json.loads(line.body)
    tree = merkle.Tree([one.entry_hash for one in lines])
    assert [json.loads(one) for one in tree.paths_written()] == merkle.paths(
        [one.entry_hash for one in lines]
    )
    seal = ledger_receipts.seal(entries, KEY)
    written = ledger_receipts.written(lines, seal, tree)
    made = ledger_receipts.make(entries, seal)
    assert [json.loads(receipt) for _face, receipt in written] == made
    assert [json.loads(face) for face, _receipt in written] == [
        {name: value for name, value in one.items() if name != "proof"} for one in made
    ]


# --- Receipts --------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_receipt_is_the_same_whenever_it_is_asked_for() -> None:
    hall = Many(5)
    told = [dict(answer) for answer in hall.cast(range(5), "for")]
    for one in told:
        assert ledger_receipts.problems(one, signing_key.public_key()) == []
        ballot = Ballot.objects.get(number=one["number"])
        assert ballot.kept_receipt is None
        assert ballot.receipt == receipts.of(ballot) == one
    # As after a break: all at once with the ids of before.
    assert [dict(answer) for answer in hall.cast(range(5), "against", again=True)] == told


@pytest.mark.django_db
def test_a_receipt_of_an_earlier_version_is_kept_as_it_was() -> None:
    hall = Many(1)
    (answer,) = hall.cast([0], "for")
    old = {**answer, "from": "before"}
    Ballot.objects.update(kept_receipt=old)
    assert Ballot.objects.get().receipt == old
    assert dict(hall.cast([0], "for", again=True)[0]) == old


@pytest.mark.django_db
def test_events_and_the_snapshot_show_a_ballot_alike() -> None:
    hall = Many(2)
    hall.cast([0, 1], "abstain")
    for number in (0, 1):
        person, creditor = hall.voters[number]
        (shown,) = describe.ballots(hall.meeting, [world.viewer(person, hall.meeting)])
        event = Event.objects.get(kind="ballot_recorded", audience=f"creditor:{creditor.pk}")
        path = f"ballots/{hall.poll.pk}/{creditor.pk}"
        assert event.data["set"][path] == shown[str(hall.poll.pk)][str(creditor.pk)]
        assert "proof" not in event.data["set"][path]["receipt"]


# --- One batch with everything that can be wrong ----------------------------------------------


@pytest.mark.django_db
def test_every_refusal_in_one_batch_touches_no_other() -> None:
    plan = Plan()
    poll, closed, draft = plan.poll(), plan.poll(), plan.draft()
    plan.close(closed)
    late = world.make_creditor(plan.case, "后到")
    late_person = world.make_person(plan.case, "creditor", late)
    proxy = world.make_person(plan.case, "proxy", plan.creditors["shop"])

    def cast(person: Person, resolution: Any, creditor: Creditor, said: Any) -> ballot_box.Cast:
        one, many = (said, None) if isinstance(said, str) else ("", said)
        context = world.context(person, plan.meeting, language="en")
        return ballot_box.Cast(context, resolution.pk, creditor.pk, one, many)

    bank, firm = plan.people["bank"], plan.people["firm"]
    batch = [
        cast(bank, poll, plan.creditors["bank"], {"secured": "for", "ordinary": "against"}),
        cast(firm, closed, plan.creditors["firm"], "for"),
        cast(firm, draft, plan.creditors["firm"], "for"),
        cast(firm, poll, plan.creditors["firm"], {"secured": "for"}),
        cast(firm, poll, plan.creditors["bank"], "for"),
        cast(late_person, poll, late, "for"),
        cast(plan.people["worker"], poll, plan.creditors["worker"], "for"),
        cast(firm, poll, plan.creditors["firm"], "abstain"),
    ]
    batch.append(cast(proxy, poll, plan.creditors["shop"], "for"))
    withdrawn = CaseRole.objects.filter(person__in=[proxy, plan.people["worker"]])
    withdrawn.update(active=False)
    ballot_box.write(batch)
    codes = [getattr(one.answer.exception(timeout=0), "code", "") for one in batch]
    assert codes == [
        "", "poll_not_open", "poll_not_open", "bad_request", "not_allowed", "no_voting_right",
        "not_allowed", "", "not_allowed",
    ]  # fmt: skip
    said = set(Ballot.objects.filter(effective=True).values_list("creditor__name", "choice"))
    assert said == {("银行", "split"), ("公司", "abstain")}
    check_figures(poll)


def check_figures(poll: Any) -> None:
    """Ask that what is kept by addition is what is counted from all rows."""
    poll.refresh_from_db()
    assert participation.standing(poll)[0] == participation.count(poll)


# --- Who is told ------------------------------------------------------------------------------


@pytest.mark.django_db
def test_all_of_a_batch_are_answered_on_their_loop_in_one_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hall = Many(3)
    put: list[ballot_box.Cast] = []
    monkeypatch.setattr(ballot_box.box, "put", put.append)
    calls: list[Any] = []

    class Loop:
        def call_soon_threadsafe(self, work: Any, *given: Any) -> None:
            calls.append((work, given))

    loop = Loop()
    contexts = [hall.context(number) for number in range(3)]
    monkeypatch.setattr(ballot_box.asyncio, "get_running_loop", lambda: loop)
    told: list[Any] = []
    for number, choice in enumerate(("for", "against", "for")):
        data = {"resolution": hall.poll.pk + (number == 2), "choice": choice}
        ballot_box.take_ballot(contexts[number], data, told.append)
    monkeypatch.undo()
    ballot_box.write(put)
    assert told == []
    ((work, given),) = calls
    work(*given)
    assert [isinstance(one, Written) for one in told] == [True, True, False]
    assert isinstance(told[2], Refused)


# --- What a batch costs -----------------------------------------------------------------------


class Many:
    """A hall of many creditors with an open poll."""

    def __init__(self, size: int) -> None:
        self.case = world.make_case()
        self.meeting = world.make_meeting(self.case)
        self.judge = world.make_person(self.case, "judge")
        self.voters: list[tuple[Person, Creditor]] = []
        self.turn = 0
        self.grow(size)
        self.poll = self.open_poll()

    def grow(self, more: int) -> None:
        start = len(self.voters)
        creditors = Creditor.objects.bulk_create(
            Creditor(
                case=self.case, position=n, name=f"债{n}", identity_number=f"M{self.case.pk}-{n}"
            )
            for n in range(start, start + more)
        )
        people = Person.objects.bulk_create(Person(name=f"人{n}") for n in range(more))
        CaseRole.objects.bulk_create(
            CaseRole(case=self.case, person=person, role="creditor", creditor=creditor)
            for person, creditor in zip(people, creditors, strict=True)
        )
        Claim.objects.bulk_create(
            Claim(
                case=self.case, creditor=creditor, position=start + n, nature="ordinary",
                conclusion="confirmed", principal_fen=100, filed_fen=100, confirmed_fen=100,
            )
            for n, creditor in enumerate(creditors)
        )  # fmt: skip
        self.voters += list(zip(people, creditors, strict=True))

    def open_poll(self) -> Any:
        return world.open_poll(world.make_resolution(self.meeting), self.judge)

    def context(self, number: int, command: str = "") -> Any:
        return world.context(self.voters[number][0], self.meeting, command)

    def casts(self, numbers: Any, choice: str, again: bool = False) -> list[ballot_box.Cast]:
        self.turn += not again
        return [
            ballot_box.Cast(
                self.context(n, f"{self.turn}-{n}"), self.poll.pk, self.voters[n][1].pk, choice
            )
            for n in numbers
        ]

    def cast(self, numbers: Any, choice: str, again: bool = False) -> list[Any]:
        casts = self.casts(numbers, choice, again)
        ballot_box.write(casts)
        return [one.answer.result(timeout=0) for one in casts]


@contextmanager
def statements() -> Iterator[list[str]]:
    """Gather all that is asked of the database, also beside the ORM."""
    found: list[str] = []
    if connection.vendor == "sqlite":
        connection.connection.set_trace_callback(found.append)
        yield found
        connection.connection.set_trace_callback(None)
    else:
        with CaptureQueriesContext(connection) as captured:
            yield found
        found += [one["sql"] for one in captured.captured_queries]


def number_of(hall: Many, numbers: Any, choice: str) -> int:
    casts = hall.casts(numbers, choice)
    with statements() as made:
        ballot_box.write(casts)
    # SQLite names a statement once more for each row that wakes a trigger.
    return len({one for one in made if not one.startswith("--")})


@pytest.mark.django_db
def test_a_batch_asks_the_same_however_many_creditors_and_ballots() -> None:
    hall = Many(30)
    hall.cast([29], "for")
    few = number_of(hall, range(3), "for")
    assert number_of(hall, range(3, 12), "against") == few
    hall.grow(300)
    hall.poll = hall.open_poll()
    hall.cast([29], "for")
    hall.cast(range(40, 130), "for")
    assert number_of(hall, range(3, 23), "for") <= few + 8, "of the poll that runs beside it"
    changed = number_of(hall, range(3, 5), "against")
    assert number_of(hall, range(40, 130), "against") == changed


@pytest.mark.django_db
def test_no_batch_reads_whole_registers() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("asks SQLite how it searches")
    hall = Many(30)
    with statements() as made:
        hall.cast(range(5), "for")
        hall.cast(range(5), "against")
    large = ("voting_registerentry", "voting_ballot", "voting_ledgerentry", "realtime_event",
             "meetings_attendance", "claims_claim", "cases_caserole")  # fmt: skip
    for statement in made:
        if not statement.startswith(("SELECT", "UPDATE", "WITH")):
            continue
        with connection.cursor() as cursor:
            cursor.cursor.execute(f"EXPLAIN QUERY PLAN {statement}")
            plan = [row[3] for row in cursor.fetchall()]
        for step in plan:
            assert not (step.startswith("SCAN") and any(name in step for name in large)), (
                f"{step} in {statement}"
            )


# --- Figures kept by addition -------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("attendance", ["signed_in_or_voted", "voted_only"])
def test_figures_are_kept_through_sign_ins_ballots_and_a_second_poll(attendance: str) -> None:
    plan = Plan(attendance=attendance)
    world.sign_in(plan.people["shop"], plan.meeting)
    first = plan.poll()
    check_figures(first)
    plan.cast("bank", first, {"secured": "for"})
    second = plan.poll()
    world.sign_in(plan.people["worker"], plan.meeting)
    plan.paper("firm", second, {"ordinary": "against"})
    plan.cast("bank", second, "for")
    plan.cast("bank", second, {"ordinary": "against"})
    for poll in (first, second):
        check_figures(poll)
    kept = AttendanceSum.objects.get(meeting=plan.meeting)
    assert kept.number == Attendance.objects.filter(meeting=plan.meeting).count() == 4
    plan.close(first)
    plan.cast("worker", second, "for")
    check_figures(first)
    check_figures(second)
    plan.close(second)
    check_figures(second)


@pytest.mark.django_db
def test_a_poll_that_an_earlier_version_opened_gets_its_figures() -> None:
    plan = Plan()
    poll = plan.poll()
    plan.cast("bank", poll, "for")
    Turnout.objects.all().delete()
    AttendanceSum.objects.all().delete()
    check_figures(poll)
    world.sign_in(plan.people["shop"], plan.meeting)
    check_figures(poll)
    plan.cast("firm", poll, "for")
    assert Turnout.objects.get(resolution=poll).attending_number == 3
    check_figures(poll)
    assert AttendanceSum.objects.get(meeting=plan.meeting).number == 3


def test_ballot_events_are_json_for_any_name() -> None:
    vote = Vote(
        1, {"all": "for"}, "for", "online", False, resolution=Resolution(pk=4),
        person=Person(pk=2, name='"引号"\\'), rights=[Right("all", "甲", 1, 5, "", "")],
        number="4-000009", at=datetime.fromisoformat("2026-05-04T01:02:03+00:00"), face="{}",
    )  # fmt: skip
    (row,) = telling.ballot_events([vote], [])
    told = json.loads(row.data)["set"]["ballots/4/1"]
    assert told["voter"] == '"引号"\\'
    assert told["amount"] == "0.05"
    assert LedgerEntry._meta.db_table == "voting_ledgerentry"
