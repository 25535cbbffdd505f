"""What the ballots say of powers of attorney, lent to the meeting; and telling of first use."""

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

from creditor_meetings.meetings.publishing import News
from voting.models import Ballot, Resolution, ResolutionState

RUNNING = (ResolutionState.OPEN, ResolutionState.SUSPENDED)


class Under(Protocol):
    """A ballot under a mandate, by ids."""

    creditor_id: int
    mandate_id: int | None

    @property
    def person_id(self) -> int:
        """Who cast it."""


class BallotsUnderMandates:
    """Answers what the meeting asks of ballots that proxies cast."""

    def used(self, mandates: Collection[int], meeting: int | None = None) -> set[int]:
        """The mandates under which a ballot was cast, in one meeting or in any."""
        cast = Ballot.objects.filter(mandate__in=mandates)
        if meeting is not None:
            cast = cast.filter(resolution__meeting=meeting)
        found = cast.order_by().values_list("mandate_id", flat=True).distinct()
        return {one for one in found if one is not None}

    def running(self, mandate: int) -> Sequence[str]:
        """The titles of polls that go on and count a ballot under the mandate, held."""
        # Ballots are recorded under the same lock: one on its way is either counted here, or
        # looks at the mandate after this transaction.
        polls = (
            Resolution.objects.select_for_update(of=("self",), no_key=True)
            .filter(meeting__case__mandates=mandate, state__in=RUNNING)
            .order_by("pk")
        )
        titles = {one.pk: one.title for one in polls}
        counted = Ballot.objects.filter(resolution__in=titles, mandate=mandate, effective=True)
        return [
            titles[one]
            for one in counted.order_by("resolution").values_list("resolution", flat=True)
        ]

    def meetings_with_polls(self, meetings: Collection[int]) -> set[int]:
        """Those of the meetings in which a poll goes on."""
        going = Resolution.objects.filter(meeting__in=meetings, state__in=RUNNING)
        return set(going.order_by().values_list("meeting_id", flat=True))


def used_news(ballots: Iterable[Under]) -> list[News]:
    """Tell team, creditor and agent of the mandates that ballots were cast under."""
    return [
        News("mandate_used", {f"mandates/{one.mandate_id}/used": True}, audience=audience)
        for one in ballots
        for audience in ("staff", f"creditor:{one.creditor_id}", f"person:{one.person_id}")
    ]
