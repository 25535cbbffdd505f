"""What other rooms show of a case: cards on its page, and the meetings people can enter."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.models import Case, Person


@dataclass(frozen=True)
class Card:
    """A card on the page of a case: lines of name and value, links of text and address."""

    title: str
    lines: Sequence[tuple[str, str]] = ()
    links: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class MeetingLine:
    """A meeting as the home page and the page of a case show it."""

    case_id: int
    title: str
    state: str
    state_label: str
    starts_at: datetime
    url: str
    enterable: bool
    links: Sequence[tuple[str, str]] = field(default_factory=tuple)


@dataclass(frozen=True)
class ErrandLine:
    """What a person has going in a case without a role there, such as a claim that was filed."""

    case_id: int
    title: str
    hint: str
    state: str
    state_label: str
    url: str


CardProvider = Callable[[Case, Viewer], Card | None]
LinksProvider = Callable[[Case, Viewer], Sequence[tuple[str, str]]]
MeetingsProvider = Callable[[Person, Collection[int]], Sequence[MeetingLine]]
ErrandsProvider = Callable[[Person], Sequence[ErrandLine]]

_cards: list[CardProvider] = []
_links: list[LinksProvider] = []
_meetings: list[MeetingsProvider] = []
_errands: list[ErrandsProvider] = []


def card(provider: CardProvider) -> None:
    """Let `provider` bring a card to the page of every case, or None to bring none."""
    _cards.append(provider)


def links(provider: LinksProvider) -> None:
    """Let `provider` bring links (text, address) to a case on the home page of its people."""
    _links.append(provider)


def links_of(case: Case, viewer: Viewer) -> list[tuple[str, str]]:
    """Return the links of a case on the home page of one of its people."""
    return [link for provider in _links for link in provider(case, viewer)]


def meetings(provider: MeetingsProvider) -> None:
    """Let `provider` list the meetings of cases that a person may see, soonest first."""
    _meetings.append(provider)


def errands(provider: ErrandsProvider) -> None:
    """Let `provider` list what a person has going in cases, whether or not with a role there."""
    _errands.append(provider)


def errands_of(person: Person) -> list[ErrandLine]:
    """Return what a person has going in cases, newest first."""
    return [line for provider in _errands for line in provider(person)]


def cards_of(case: Case, viewer: Viewer) -> list[Card]:
    """Return the cards of a case."""
    brought = (provider(case, viewer) for provider in _cards)
    return [one for one in brought if one is not None]


def meetings_of(person: Person, case_ids: Collection[int]) -> list[MeetingLine]:
    """Return the meetings of cases that a person may see."""
    return [line for provider in _meetings for line in provider(person, case_ids)]
