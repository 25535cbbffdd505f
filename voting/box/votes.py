"""What a batch handles: lines of the register, ballots that stand, ballots that are to count."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from creditor_meetings.cases.models import Person
from creditor_meetings.cases.money import yuan
from voting.ledger import canonical
from voting.models import Resolution, Way


class Right(NamedTuple):
    """A line of the frozen register, as `RegisterEntry` has it."""

    group: str
    name: str
    heads: int
    amount_fen: int
    reason: str
    carried: str


@dataclass(slots=True)
class Vote:
    """A ballot on its way to its row; or one that stands, of which less is known.

    `choices` is what it says by group. `face`, what is read of its receipt, and `receipt` are
    JSON, given to it with its place in the ledger.
    """

    creditor_id: int
    choices: dict[str, str]
    choice: str
    way: str
    by_proxy: bool
    pk: int | None = None
    resolution: Resolution | None = None
    person: Person | None = None
    mandate_id: int | None = None
    checked_by: Person | None = None
    command_id: str = ""
    at: datetime | None = None
    address: str = ""
    device: str = ""
    rights: Sequence[Right] = field(default_factory=tuple)
    effective: bool = True
    number: str = ""
    face: str = ""
    receipt: str = ""

    def said(self, group: str) -> str:
        """What it says in a group, "" where it is silent."""
        return self.choices.get(group, "") if self.choices else self.choice

    @property
    def choices_written(self) -> str:
        """What it says by group as JSON; there are few ways to say it."""
        return _written(tuple(self.choices.items()))

    @property
    def person_id(self) -> int:
        """Who cast it, or entered it from paper."""
        assert self.person is not None
        return self.person.id

    @property
    def amount(self) -> str:
        """What it stands for, in yuan, over all groups in which it says something."""
        return yuan(sum([one.amount_fen for one in self.rights]))

    @property
    def is_paper(self) -> bool:
        """Whether it came on paper."""
        return self.way == Way.PAPER


@lru_cache(maxsize=1024)
def _written(choices: tuple[tuple[str, str], ...]) -> str:
    return canonical.text(dict(choices))


def body(vote: Vote) -> str:
    """Write what the ledger holds of a ballot, encoded as `canonical.text` encodes it.

    Put together by hand, its keys in their order: it is the longest part of a ballot's work. All
    who handle ballots read `id`, which is an attribute, where `pk` would be looked up anew.
    """
    assert vote.resolution is not None
    assert vote.person is not None
    quoted = canonical.quoted
    rights = vote.rights
    groups = ",".join(
        [
            f'{{"amount":"{yuan(one.amount_fen)}","choice":"{vote.said(one.group)}",'
            f'"group":{quoted(one.group)},"heads":{one.heads}}}'
            for one in rights
        ]
    )
    checked_by, mandate = vote.checked_by, vote.mandate_id
    return (
        f'{{"amount":"{vote.amount}",'
        f'"by_proxy":{"true" if vote.by_proxy else "false"},'
        f'"checked_by":{"null" if checked_by is None else checked_by.pk},'
        f'"choice":"{vote.choice}","creditor":{vote.creditor_id},'
        f'"creditor_name":{quoted(rights[0].name)},"groups":[{groups}],'
        f'"mandate":{"null" if mandate is None else mandate},"number":"{vote.number}",'
        f'"person":{vote.person.id},"person_name":{quoted(str(vote.person))},'
        f'"resolution":{vote.resolution.id},"way":"{vote.way}"}}'
    )
