"""The meeting `demo-held`: held long ago through the same verbs that a meeting today uses.

Everything is done by its people at its time, so that registers, ledgers, receipts, charts and
outcomes are what they would be; only the clock is held.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer, viewer_for
from creditor_meetings.cases.models import Case, Creditor, Role
from creditor_meetings.claims.models import Claim, Conclusion
from creditor_meetings.config.demo import facts, meetings, speech
from creditor_meetings.config.demo.meetings import Papers, convened, person_of
from creditor_meetings.config.demo.people import Member
from creditor_meetings.meetings import questions, verbs, verification
from creditor_meetings.meetings.models import AgendaItem, Meeting, MeetingState, Presence
from creditor_meetings.realtime.registry import Context
from voting import ballot_box
from voting import verbs as voting_verbs
from voting.models import Choice, RegisterEntry, Resolution
from voting.papers import verbs as papers

PLACE = ZoneInfo("Asia/Shanghai")
ATTENDANCE = 0.86
CONFIRMING = 60
DEVICES = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/105.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 15_6 like Mac OS X) AppleWebKit/605.1 Mobile/15E148",
    "Mozilla/5.0 (Linux; Android 12) AppleWebKit/537.36 Chrome/105.0 Mobile Safari/537.36",
)


@transaction.atomic
def load_held(case: Case, members: Sequence[Member], papers: Papers) -> Meeting:
    """Return the meeting `demo-held`, holding it when it was not held yet: whole or not at all."""
    found = Meeting.objects.filter(slug=meetings.HELD).first()
    if found is not None:
        return found
    return Play(case, members, papers).hold()


def moment(hour: int, minute: int, second: int = 0, *, days: int = 0) -> datetime:
    """Return a moment of the meeting's day (UTC), told in the court's time; `days` shift it."""
    day = facts.FIRST_MEETING + timedelta(days=days)
    local = datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=PLACE)
    return local.astimezone(UTC)


@contextmanager
def at(hour: int, minute: int, second: int = 0, *, days: int = 0) -> Iterator[None]:
    """Hold the clock at a moment of the meeting's day."""
    with clock.set_to(moment(hour, minute, second, days=days)):
        yield


class Play:
    """One meeting from its convening to its end."""

    def __init__(self, case: Case, members: Sequence[Member], papers: Papers) -> None:
        self.case = case
        self.members = members
        self.papers = papers
        # The same chance each time: the meeting that was held is always the same.
        # The demo repeats itself: nothing hangs on this chance.
        self.chance = random.Random("demo-held")  # nosec B311
        self.administrator = self._viewer(Role.ADMINISTRATOR)
        self.judge = self._viewer(Role.JUDGE)
        self.meeting: Meeting
        self.attending: list[Member] = []
        self.devices: dict[int, str] = {}
        self.addresses: dict[int, str] = {}

    def _viewer(self, role: str) -> Viewer:
        return viewer_for(person_of(self.members, role), self.case)

    def hold(self) -> Meeting:
        """Hold the meeting."""
        with at(10, 0, days=-16):
            self.meeting = convened(
                self.case,
                self.members,
                self.papers,
                slug=meetings.HELD,
                title="第一次债权人会议（已召开）",
                starts_at=moment(9, 30),
            )
        self._sign_in()
        with at(9, 30):
            self._turn(MeetingState.OPEN)
        items = list(self.meeting.items.all())
        for item, hour, minute in zip(items[1:4], (9, 9, 10), (38, 55, 12), strict=True):
            with at(hour, minute):
                self._go_to(item)
        self._verify_claims()
        for place, resolution in enumerate(self.meeting.resolutions.order_by("position")):
            self._vote(items[4 + place], resolution, 10 * 60 + 30 + 22 * place)
        with at(11, 38):
            self._go_to(items[7])
        self._questions()
        with at(12, 2):
            self._go_to(items[8])
        with at(12, 10):
            self._turn(MeetingState.CLOSED)
        with at(14, 30):
            # Left unsigned: the visitor signs.
            papers.make_minutes(self.meeting, self.administrator, speech.MINUTES, names=False)
        self._presences()
        return Meeting.objects.get(pk=self.meeting.pk)

    def _turn(self, state: str) -> None:
        self.meeting = verbs.change_state(
            self.meeting, state, self.judge, address=self._address(self.judge.person.pk)
        )

    def _go_to(self, item: AgendaItem) -> None:
        verbs.set_agenda_item(self.meeting, item.pk, self.administrator)

    def _address(self, person_id: int) -> str:
        return self.addresses.setdefault(person_id, f"198.51.100.{self.chance.randrange(1, 255)}")

    def _device(self, person_id: int) -> str:
        return self.devices.setdefault(person_id, self.chance.choice(DEVICES))

    # --- Who came ----------------------------------------------------------------------------

    def _sign_in(self) -> None:
        actors = [member for member in self.members if member.creditors]
        self.attending = [one for one in actors if self.chance.random() < ATTENDANCE]
        proxy = next(one for one in actors if one.role == Role.PROXY)
        if proxy not in self.attending:
            self.attending.append(proxy)
        came = sorted(self.chance.randrange(0, 58 * 60) for _one in self.attending)
        self.chance.shuffle(self.attending)
        for member, seconds in zip(self.attending, came, strict=True):
            minute, second = divmod(seconds, 60)
            with at(8, 40 + minute, second) if minute < 20 else at(9, minute - 20, second):
                verbs.sign_in(
                    self.meeting,
                    [creditor.pk for creditor in member.creditors],
                    viewer_for(member.person, self.case),
                    address=self._address(member.person.pk),
                    device=self._device(member.person.pk),
                )

    def _presences(self) -> None:
        """Put on record when each had the room open; some lost the line and came back."""
        rows: list[Presence] = []
        signed_in = {one.person_id: one.at for one in self.meeting.attendances.order_by("-at")}
        for member in self.attending:
            person = member.person
            arrived = signed_in[person.pk] - timedelta(seconds=self.chance.randrange(5, 90))
            left = moment(12, 10, 30) + timedelta(seconds=self.chance.randrange(0, 400))
            breaks = [arrived, left]
            if self.chance.random() < 0.12:
                gone = moment(10, 0) + timedelta(seconds=self.chance.randrange(0, 5400))
                breaks[1:1] = [gone, gone + timedelta(seconds=self.chance.randrange(20, 600))]
            rows += [
                Presence(
                    meeting=self.meeting,
                    person=person,
                    arrived_at=start,
                    seen_at=end,
                    left_at=end,
                    device=self._device(person.pk),
                    address=self._address(person.pk),
                )
                for start, end in zip(breaks[::2], breaks[1::2], strict=True)
            ]
        Presence.objects.bulk_create(rows)

    # --- What they said of claims, and asked --------------------------------------------------

    def _verify_claims(self) -> None:
        # The demo's own creditor and proxy are left out: the visitor acts for them.
        speakers = [one for one in self.attending if one.role == Role.CREDITOR]
        first = next(one for one in self.members if one.role == Role.CREDITOR)
        speakers = [one for one in speakers if one is not first]
        claims = {
            claim.creditor_id: claim
            for claim in Claim.objects.filter(case=self.case).order_by("-position")
        }
        for number, member in enumerate(speakers[:CONFIRMING]):
            creditor = member.creditors[0]
            if claims[creditor.pk].conclusion == Conclusion.REJECTED:
                continue
            with at(10, 13 + number // 5, number % 5 * 11):
                verification.confirm_claim(
                    self.meeting,
                    claims[creditor.pk].pk,
                    viewer_for(member.person, self.case),
                    address=self._address(member.person.pk),
                )
        self._object(speakers[CONFIRMING:], claims)

    def _object(self, speakers: Sequence[Member], claims: dict[int, Claim]) -> None:
        def first(test: Callable[[Claim], bool]) -> Member:
            return next(one for one in speakers if test(claims[one.creditors[0].pk]))

        own = first(lambda claim: claim.conclusion == Conclusion.PARTLY_CONFIRMED)
        other = first(
            lambda claim: claim.nature == "ordinary" and claim.conclusion == Conclusion.CONFIRMED
        )
        aimed_at = claims[own.creditors[0].pk]
        foreign = (
            Claim.objects.filter(
                case=self.case, nature="secured", conclusion=Conclusion.PARTLY_CONFIRMED
            )
            .order_by("position")
            .first()
            or aimed_at
        )
        for member, claim, said, answer, minute in (
            (own, aimed_at, speech.OWN_OBJECTION, speech.OWN_ANSWER, 26),
            (other, foreign, speech.OTHER_OBJECTION, speech.OTHER_ANSWER, 27),
        ):
            with at(10, minute):
                objection = verification.object_to_claim(
                    self.meeting,
                    claim.pk,
                    viewer_for(member.person, self.case),
                    reasons=said[0],
                    legal_basis=said[1],
                    creditor_id=member.creditors[0].pk,
                    address=self._address(member.person.pk),
                )
            with at(10, minute + 2):
                verification.answer_objection(
                    self.meeting, objection.pk, answer, self.administrator
                )

    def _questions(self) -> None:
        askers = [one for one in self.attending if one.role == Role.CREDITOR][5::23]
        for number, ((text, answer, by_judge), member) in enumerate(
            zip(speech.QUESTIONS, askers, strict=False)
        ):
            with at(11, 39 + 3 * number):
                asked = questions.ask_question(
                    self.meeting, text, viewer_for(member.person, self.case)
                )
            with at(11, 41 + 3 * number):
                viewer = self.judge if by_judge else self.administrator
                questions.answer_question(self.meeting, asked.pk, answer, viewer)

    # --- The votes ----------------------------------------------------------------------------

    def _vote(self, item: AgendaItem, resolution: Resolution, start: int) -> None:
        """Vote on a resolution; `start` is its minute of the day."""
        hour, minute = divmod(start, 60)
        with at(hour, minute):
            self._go_to(item)
        opened = moment(hour, minute) + timedelta(minutes=6)
        with clock.set_to(opened):
            resolution = voting_verbs.open_poll(self.meeting, resolution.pk, self.administrator)
        self._ballots(resolution, opened)
        with clock.set_to(opened + timedelta(minutes=12)):
            voting_verbs.close_poll(self.meeting, resolution.pk, self.administrator)
        with clock.set_to(opened + timedelta(minutes=14)):
            voting_verbs.confirm_outcome(
                self.meeting,
                resolution.pk,
                "confirmed",
                "",
                self.judge,
                address=self._address(self.judge.person.pk),
            )

    def _ballots(self, resolution: Resolution, opened: datetime) -> None:
        voting = set(
            RegisterEntry.objects.filter(resolution=resolution, reason="").values_list(
                "creditor_id", flat=True
            )
        )
        pairs = [
            (member, creditor)
            for member in self.attending
            for creditor in member.creditors
            if creditor.pk in voting and self.chance.random() < 0.95
        ]
        # Some need minutes, most vote soon: a batch is what came within ten seconds.
        batches: dict[int, list[ballot_box.Cast]] = {}
        leaning = speech.LEANINGS[resolution.power]
        for number, (member, creditor) in enumerate(pairs):
            tenth = int(min(self.chance.expovariate(1 / 15), 65))
            choice = self.chance.choices(list(Choice.values), weights=leaning)[0]
            batches.setdefault(tenth, []).append(
                self._cast(resolution, member, creditor, choice, f"{number}")
            )
            if number % 40 == 7 and choice != Choice.FOR:
                batches.setdefault(tenth + 4, []).append(
                    self._cast(resolution, member, creditor, Choice.FOR, f"{number}-again")
                )
        for tenth in sorted(batches):
            with clock.set_to(opened + timedelta(seconds=10 * tenth + 9)):
                ballot_box.write(batches[tenth])
            for cast in batches[tenth]:
                cast.answer.result(timeout=0)

    def _cast(
        self, resolution: Resolution, member: Member, creditor: Creditor, choice: str, number: str
    ) -> ballot_box.Cast:
        context = Context(
            meeting=self.meeting,
            viewer=viewer_for(member.person, self.case),
            address=self._address(member.person.pk),
            device=self._device(member.person.pk),
            command_id=f"{meetings.HELD}-{resolution.pk}-{number}",
            language="zh-hans",
        )
        return ballot_box.Cast(context, resolution.pk, creditor.pk, choice)
