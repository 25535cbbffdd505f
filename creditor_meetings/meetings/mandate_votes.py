"""What was voted under powers of attorney, as the voting room knows it.

Whether a mandate may be revoked hangs on ballots, which live above this room: voting lends
what it knows at start-up.
"""

from collections.abc import Collection, Sequence
from typing import Protocol


class Votes(Protocol):
    """What voting lends of ballots that proxies cast."""

    def used(self, mandates: Collection[int], meeting: int | None = None) -> set[int]:
        """The mandates under which a ballot was cast, in one meeting or in any."""

    def running(self, mandate: int) -> Sequence[str]:
        """The titles of polls that go on and count a ballot under the mandate.

        Held from then on: nobody votes under it until the transaction ends.
        """

    def meetings_with_polls(self, meetings: Collection[int]) -> set[int]:
        """Those of the meetings in which a poll goes on."""


_votes: Votes | None = None


def lend(votes: Votes) -> None:
    """Take what this room asks of ballots."""
    global _votes
    _votes = votes


def votes() -> Votes:
    """Return what voting lent."""
    if _votes is None:
        raise RuntimeError("no votes were lent: is voting installed?")
    return _votes
