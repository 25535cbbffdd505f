"""Which creditors read what: opened, pages, time, downloaded (查阅情况), for the team.

A creditor has read what any of its people has: the creditor itself or a proxy, also one who acts
for it no more. Two of them who read the same page have read one page; their time adds up.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Max, Min, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditor_meetings.cases.models import CREDITOR_ROLES, CaseRole, Creditor
from creditor_meetings.meetings.models import Meeting
from documents.models import Access, Document, Opening, PageReading, Reader

WHOLE, PART, OPENED, UNOPENED = "whole", "part", "opened", "unopened"
STATES = {
    WHOLE: gettext_lazy("全部读完"),
    PART: gettext_lazy("读了一部分"),
    OPENED: gettext_lazy("已打开，未计页"),
    UNOPENED: gettext_lazy("没有打开"),
}


@dataclass
class Reading:
    """What a creditor read of one document; `seconds` of all its people together."""

    total: int
    opened_at: datetime | None = None
    pages: int = 0
    seconds: int = 0
    last_at: datetime | None = None
    downloaded_at: datetime | None = None

    @property
    def state(self) -> str:
        """One of `STATES`."""
        if self.opened_at is None:
            return UNOPENED
        if self.pages >= self.total:
            return WHOLE
        return PART if self.pages else OPENED

    @property
    def state_label(self) -> str:
        """The state in words."""
        return str(STATES[self.state])

    @property
    def time(self) -> str:
        """For how long, in words."""
        return spoken(self.seconds)

    def take(self, mine: "_Mine") -> None:
        """Add what one of the creditor's people read."""
        self.opened_at = _earlier(self.opened_at, mine.opened_at)
        self.downloaded_at = _earlier(self.downloaded_at, mine.downloaded_at)
        self.pages = max(self.pages, mine.pages)
        self.seconds += mine.seconds
        if mine.last_at is not None:
            self.last_at = max(self.last_at or mine.last_at, mine.last_at)


@dataclass
class _Mine:
    opened_at: datetime | None = None
    pages: int = 0
    seconds: int = 0
    last_at: datetime | None = None
    downloaded_at: datetime | None = None


@dataclass
class Line:
    """A creditor, its people, and what they read, by document id."""

    creditor: Creditor
    people: list[str] = field(default_factory=list)
    readings: dict[int, Reading] = field(default_factory=dict)

    @property
    def opened(self) -> int:
        """How many documents it opened."""
        return sum(one.opened_at is not None for one in self.readings.values())

    @property
    def pages(self) -> int:
        """How many pages it read."""
        return sum(one.pages for one in self.readings.values())

    @property
    def seconds(self) -> int:
        """For how long."""
        return sum(one.seconds for one in self.readings.values())

    @property
    def time(self) -> str:
        """For how long, in words."""
        return spoken(self.seconds)

    @property
    def last_at(self) -> datetime | None:
        """When it last read or opened something."""
        moments = [one.last_at or one.opened_at for one in self.readings.values()]
        return max((one for one in moments if one is not None), default=None)

    @property
    def reading(self) -> Reading:
        """What it read of the one document that is asked about."""
        return next(iter(self.readings.values()))


@dataclass
class Figures:
    """How many creditors did what with a document."""

    document: Document
    creditors: int
    states: dict[str, int]
    pages: int
    seconds: int

    @property
    def opened(self) -> int:
        """How many creditors opened it."""
        return self.creditors - self.states[UNOPENED]

    @property
    def time(self) -> str:
        """For how long, in words."""
        return spoken(self.seconds)

    @property
    def pages_all(self) -> int:
        """How many pages all creditors together could have read."""
        return self.creditors * self.document.pages


def for_creditors(meeting: Meeting) -> list[Document]:
    """Return the documents that creditors have: those that are handed out, in order."""
    found = Document.objects.filter(meeting=meeting, handed_out_at__isnull=False)
    return list(found.order_by("handed_out_at", "pk"))


def lines(meeting: Meeting, documents: Sequence[Document]) -> list[Line]:
    """Say of every creditor of the case what it read of these documents, in their order."""
    found = {
        one.pk: Line(one, readings={each.pk: Reading(each.pages) for each in documents})
        for one in Creditor.objects.filter(case=meeting.case_id)
    }
    acting: dict[int, list[int]] = defaultdict(list)
    roles = CaseRole.objects.filter(case=meeting.case_id, role__in=CREDITOR_ROLES)
    for role in roles.select_related("person").order_by("pk"):
        assert role.creditor_id is not None
        if role.creditor_id not in acting[role.person_id]:
            acting[role.person_id].append(role.creditor_id)
            found[role.creditor_id].people.append(str(role.person))
    mine = _by_person(documents)
    readers: dict[tuple[int, int], list[int]] = defaultdict(list)
    for (person, document), read in mine.items():
        for creditor in acting.get(person, ()):
            found[creditor].readings[document].take(read)
            if read.pages:
                readers[creditor, document].append(person)
    _count_once(found, {key: people for key, people in readers.items() if len(people) > 1})
    return list(found.values())


def _by_person(documents: Sequence[Document]) -> dict[tuple[int, int], _Mine]:
    ids = [one.pk for one in documents]
    found: dict[tuple[int, int], _Mine] = defaultdict(_Mine)
    opened = Reader.objects.filter(document__in=ids)
    for person, document, at in opened.values_list("person", "document", "first_opened_at"):
        found[person, document].opened_at = at
    read = PageReading.objects.filter(document__in=ids).values_list("person", "document")
    for person, document, pages, seconds, last in read.annotate(
        Count("page"), Sum("seconds"), Max("last_at")
    ):
        one = found[person, document]
        one.pages, one.seconds, one.last_at = pages, seconds, last
    had = Opening.objects.filter(document__in=ids, access=Access.DOWNLOADED)
    downloaded = had.order_by().values_list("person", "document").annotate(Min("at"))
    for person, document, at in downloaded:
        found[person, document].downloaded_at = at
    return found


def _count_once(
    found: Mapping[int, Line], together: Mapping[tuple[int, int], Collection[int]]
) -> None:
    """Count a page once where several people read for one creditor."""
    if not together:
        return
    people = {person for group in together.values() for person in group}
    pages: dict[tuple[int, int], set[int]] = defaultdict(set)
    rows = PageReading.objects.filter(
        person__in=people, document__in={document for _creditor, document in together}
    )
    for person, document, page in rows.values_list("person", "document", "page"):
        pages[person, document].add(page)
    for (creditor, document), group in together.items():
        read = set().union(*(pages[person, document] for person in group))
        found[creditor].readings[document].pages = len(read)


def sums(documents: Sequence[Document], all_lines: Sequence[Line]) -> list[Figures]:
    """Sum up each document over all creditors."""
    found = []
    for document in documents:
        readings = [line.readings[document.pk] for line in all_lines]
        states = dict.fromkeys(STATES, 0)
        for one in readings:
            states[one.state] += 1
        found.append(
            Figures(
                document,
                len(readings),
                states,
                sum(one.pages for one in readings),
                sum(one.seconds for one in readings),
            )
        )
    return found


def wanted(all_lines: Iterable[Line], words: str, state: str) -> list[Line]:
    """Leave the lines whose creditor or people are named so, and that stand in a state.

    Of several documents a creditor counts as `UNOPENED` while it opened not all of them.
    """
    words = words.strip().casefold()

    def named(line: Line) -> bool:
        return any(words in name.casefold() for name in (line.creditor.name, *line.people))

    def stands(line: Line) -> bool:
        states = {one.state for one in line.readings.values()}
        if state == UNOPENED or len(states) == 1:
            return state in states
        return state in states and UNOPENED not in states

    return [
        line
        for line in all_lines
        if (not words or named(line)) and (state not in STATES or stands(line))
    ]


def spoken(seconds: int) -> str:
    """Say a time in words: hours and minutes, or minutes and seconds."""
    minutes, rest = divmod(seconds, 60)
    hours, of_hour = divmod(minutes, 60)
    if hours:
        return _("%(h)s 小时 %(m)s 分") % {"h": hours, "m": of_hour}
    if minutes:
        return _("%(m)s 分 %(s)s 秒") % {"m": minutes, "s": rest}
    return _("%(s)s 秒") % {"s": rest}


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    both = [at for at in (one, other) if at is not None]
    return min(both, default=None)
