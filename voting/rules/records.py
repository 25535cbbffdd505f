"""What a count is made of: claims, creditors, ballots, and a rule as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Nature(StrEnum):
    """The nature of a claim (债权性质)."""

    ORDINARY = "ordinary"
    SECURED = "secured"
    CONSTRUCTION = "construction"
    EMPLOYEE = "employee"
    TAX = "tax"
    SOCIAL_INSURANCE = "social_insurance"
    SUBORDINATED = "subordinated"
    SMALL = "small"
    INVESTOR = "investor"


SECURED_NATURES = frozenset({Nature.SECURED, Nature.CONSTRUCTION})


class Status(StrEnum):
    """What the review of a claim came to (审查结论)."""

    CONFIRMED = "confirmed"
    PARTLY_CONFIRMED = "partly_confirmed"
    UNDETERMINED = "undetermined"
    REJECTED = "rejected"


class Choice(StrEnum):
    """What a ballot says: 同意, 反对, 弃权."""

    FOR = "for"
    AGAINST = "against"
    ABSTAIN = "abstain"


class Reason(StrEnum):
    """Why a ballot does not count; of several the first in this order is given."""

    EXCLUDED = "excluded"
    NOT_IN_GROUP = "not-in-group"
    UNDETERMINED = "undetermined-claim"
    PRIORITY = "priority-not-waived"
    NO_VOTE = "no-vote-in-this-matter"
    REJECTED = "rejected-claim"


REASON_ORDER = tuple(Reason)


@dataclass(frozen=True)
class Claim:
    """A claim as it counts; amounts in fen.

    `amount_fen` is the filed amount of an undetermined claim, which votes only with
    `temporary_fen` (EBL 59(2)). `unsecured_part_fen` is what the collateral does not cover.
    """

    nature: Nature
    amount_fen: int
    status: Status = Status.CONFIRMED
    unsecured_part_fen: int = 0
    priority_waived: bool = False
    temporary_fen: int | None = None
    class_name: str | None = None

    @property
    def is_secured(self) -> bool:
        """Whether the claim has priority by collateral or by construction (EBL 59(3))."""
        return self.nature in SECURED_NATURES

    @property
    def voting_fen(self) -> int | None:
        """The amount that the claim could vote with (fen), None while it is undetermined."""
        return self.temporary_fen if self.status is Status.UNDETERMINED else self.amount_fen


@dataclass(frozen=True)
class Creditor:
    """A creditor: one head however many claims it holds (EBL 64)."""

    id: str
    claims: tuple[Claim, ...]
    attended: bool = False
    excluded: str = ""
    connected: bool = False


@dataclass(frozen=True)
class Ballot:
    """A ballot; without a group it counts in every group that the creditor is in."""

    creditor: str
    choice: Choice
    group: str | None = None


@dataclass(frozen=True)
class Right:
    """A line of the voting register: what a creditor votes with in one group (fen)."""

    creditor: str
    group: str
    amount_fen: int
    connected: bool = False
    investor: bool = False


class Base(StrEnum):
    """What a threshold is measured against."""

    ATTENDING = "attending"  # creditors of the group who attend
    ENTITLED = "entitled"  # everybody in the group, absentees included
    VOTED = "voted"  # who voted for or against
    UNCONNECTED = "unconnected"  # everybody but those connected with the debtor


@dataclass(frozen=True)
class Threshold:
    """A share to reach: `part` of `base`, compared by `>` (strict) or `>=`; its article."""

    numerator: int
    denominator: int
    strict: bool
    base: Base
    article: str

    @property
    def comparator(self) -> str:
        """The comparison as it is written."""
        return ">" if self.strict else ">="

    def met(self, part: int, whole: int) -> bool:
        """Whether `part` of `whole` reaches the share; of nothing never."""
        if whole <= 0:
            return False
        left, right = part * self.denominator, whole * self.numerator
        return left > right if self.strict else left >= right


class Grouping(StrEnum):
    """How the voters are parted: not at all, by the nature of their claims, or by class."""

    NONE = "none"
    NATURE = "nature"
    CLASS = "class"


class SecuredVote(StrEnum):
    """What a secured claim votes with while its priority is not waived."""

    FULL = "full"
    UNSECURED_PART = "unsecured-part"
    # The head counts, the secured amount is neither in the numerator nor in the denominator.
    HEAD = "head"
    # The secured part votes in the secured group, the rest with the ordinary claims.
    SPLIT = "split"


@dataclass(frozen=True)
class Words:
    """A text for people, in Chinese and in English."""

    zh: str = ""
    en: str = ""


NO_WORDS = Words()


@dataclass(frozen=True)
class Rule:
    """A rule of voting as data, so that a court can add one without code.

    `head` names what is one head. `barred_matters` are those on which secured creditors who
    keep their priority do not vote (EBL 59(3)), `always_barred` says that they never do.
    It is in effect from the day `since` to the day `until`, both included.
    """

    id: str
    article: str
    since: date
    voters: frozenset[Nature]
    secured: SecuredVote
    number: Threshold | None
    amount: Threshold | None
    veto: Threshold | None = None
    grouping: Grouping = Grouping.NONE
    group_order: tuple[str, ...] = ()
    barred_matters: frozenset[str] = frozenset()
    always_barred: bool = False
    head: str = "creditor"
    # A group of investors alone is asked for its amount only (11 USC 1126(d)).
    investors_by_amount_only: bool = False
    undecided_without_votes: bool = False
    until: date | None = None
    title: Words = NO_WORDS
    text: Words = NO_WORDS
    # The powers of EBL 61(1) that it may be chosen for, 0 for matters that are not among them.
    powers: frozenset[int] = frozenset()
    # The points that it leaves to the meeting, see `voting.rules.practice`.
    practice: frozenset[str] = frozenset()

    def bars_secured(self, matter: str | None) -> bool:
        """Whether creditors who keep their priority have no vote on the matter."""
        return self.always_barred or matter in self.barred_matters

    def thresholds(self) -> Mapping[str, Threshold]:
        """The tests that the rule has, by name."""
        named = {"number": self.number, "amount": self.amount, "veto": self.veto}
        return {name: one for name, one in named.items() if one is not None}


@dataclass(frozen=True)
class Sum:
    """How many creditors, and with what amount (fen)."""

    number: int = 0
    fen: int = 0

    def __add__(self, other: "Sum") -> "Sum":
        return Sum(self.number + other.number, self.fen + other.fen)


NOTHING = Sum()


@dataclass(frozen=True)
class GroupTally:
    """The figures of one group, before anything is decided on them.

    `investors` says that the group is one of investors alone.
    """

    group: str
    entitled: Sum
    attending: Sum
    choices: Mapping[Choice, Sum] = field(default_factory=dict)
    unconnected_fen: int = 0
    unconnected_against_fen: int = 0
    investors: bool = False

    def of(self, choice: Choice) -> Sum:
        """Who made a choice."""
        return self.choices.get(choice, NOTHING)

    @property
    def voted(self) -> Sum:
        """Who cast a ballot, abstentions included."""
        return self.of(Choice.FOR) + self.of(Choice.AGAINST) + self.of(Choice.ABSTAIN)

    @property
    def not_voted(self) -> Sum:
        """Who attends and cast no ballot: silence is never consent."""
        return Sum(self.attending.number - self.voted.number, self.attending.fen - self.voted.fen)
