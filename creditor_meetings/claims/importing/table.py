"""A claims table understood: creditors, claims and sums, before anything is stored."""

from dataclasses import dataclass, field, fields

from django.utils.translation import gettext as _

from creditor_meetings.claims.importing.findings import Findings, Place
from creditor_meetings.claims.importing.header import Head


@dataclass(slots=True)
class Holder:
    """A creditor as the table names it."""

    position: int
    name: str
    identity_number: str
    contact_name: str = ""
    phone: str = ""
    email: str = ""
    row: int = 0
    sheet: str = ""


@dataclass(slots=True)
class Entry:
    """A claim as its row says; amounts in fen."""

    place: Place
    holder: Holder
    nature: str
    collateral: str
    principal: int
    interest: int
    other: int
    filed: int
    confirmed: int
    conclusion: str
    reason: str
    waived: bool
    unsecured: int
    temporary: int | None
    note: str
    # The parts of what was confirmed, None where the table has no such column.
    confirmed_principal: int | None = None
    confirmed_interest: int | None = None
    confirmed_other: int | None = None
    late: bool = False
    # The fields that could not be read: nothing more is said of them.
    unread: frozenset[str] = frozenset()
    # The fields that the table has a column for: of others it says nothing.
    given: frozenset[str] = frozenset()

    def facts(self) -> tuple[object, ...]:
        """What the row says, without where it stands."""
        said = tuple(getattr(self, name) for name in _FACTS)
        more = tuple(getattr(self, name) for name in _LATER_FACTS)
        # Tables that do not use the columns that came later keep the hash they had.
        return (*said, *more) if any(more) else said


_LATER_FACTS = ("confirmed_principal", "confirmed_interest", "confirmed_other", "late")
_FACTS = tuple(
    one.name
    for one in fields(Entry)
    if one.name not in {"place", "holder", "unread", "given", *_LATER_FACTS}
)


@dataclass
class SumRow:
    """A subtotal or total of the table: its words, and the amounts it gives (fen)."""

    row: int
    words: str
    is_total: bool
    nature: str
    amounts: dict[str, int]
    # How many entries stood above it.
    after: int


@dataclass
class Table:
    """A sheet understood: its claims in order, and its sums."""

    head: Head
    entries: list[Entry] = field(default_factory=list)
    sums: list[SumRow] = field(default_factory=list)


class Holders:
    """The creditors met so far: the same identity number is the same creditor (EBL 64)."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._by_identity: dict[str, Holder] = {}
        self._by_position: dict[tuple[str, int], Holder] = {}
        self._unknown = 0

    @property
    def all(self) -> list[Holder]:
        """Every creditor, as first met."""
        return list(self._by_identity.values())

    def meet(self, met: Holder, head: Head) -> Holder:
        """Return the creditor that a row names, known already or new."""
        place = head.place(met.row, "name")
        if not met.identity_number:
            self._unknown += 1
            key = f"\x00{self._unknown}"  # no number, hence nobody else's
        else:
            key = met.identity_number
        known = self._by_identity.get(key)
        if known is None:
            self._number(met, head)
            self._by_identity[key] = met
            return met
        if known.name != met.name and met.name and known.name:
            self._findings.warn(
                place,
                met.name,
                _("证件号码与第 %(row)s 行“%(name)s”相同，视为同一债权人，以该名称为准。")
                % {"row": known.row, "name": known.name},
            )
        if met.position and met.position != known.position:
            self._number(met, head)
        for name in ("contact_name", "phone", "email"):
            if not getattr(known, name):
                setattr(known, name, getattr(met, name))
        return known

    def _number(self, met: Holder, head: Head) -> None:
        if not met.position:
            return
        other = self._by_position.setdefault((met.sheet, met.position), met)
        if other is not met:
            self._findings.problem(
                head.place(met.row, "number"),
                met.position,
                _("序号重复：第 %(row)s 行“%(name)s”已使用该序号，每个债权人应有不同的序号。")
                % {"row": other.row, "name": other.name},
            )
