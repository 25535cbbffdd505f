"""Which column of a table is what: asked of people where the words do not say it, remembered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from creditor_meetings.cases import clock
from creditor_meetings.cases.models import Person
from creditor_meetings.claims.importing import NoTable, Reading, Unreadable
from creditor_meetings.claims.importing.cells import Value, is_blank
from creditor_meetings.claims.importing.fields import FIELDS
from creditor_meetings.claims.importing.findings import Findings
from creditor_meetings.claims.importing.grid import Sheet
from creditor_meetings.claims.importing.header import SEARCHED_ROWS, columns_of, find_head, guess
from creditor_meetings.claims.importing.meanings import Meanings, SheetMeaning
from creditor_meetings.claims.models import ClaimsTable, HeadingChoice

SAMPLES = 3
MAX_WORDS = 200


@dataclass(frozen=True)
class Column:
    """A column as people are asked about it: its heading, some values, and what it may hold."""

    number: int
    words: str
    samples: Sequence[str]
    meaning: str
    remembered: bool = False

    @property
    def is_open(self) -> bool:
        """Whether nobody knows yet what the column is: it has a heading, and no meaning."""
        return bool(self.words and not self.meaning and not self.remembered)

    @property
    def letter(self) -> str:
        """The column's letters in a spreadsheet."""
        from openpyxl.utils import get_column_letter

        return str(get_column_letter(self.number))


@dataclass
class Question:
    """A sheet as people are asked about it: where its head is, and what its columns hold."""

    sheet: str
    # 0: the sheet is not imported.
    head: int
    rows: Sequence[tuple[int, str]] = field(default_factory=list)
    columns: list[Column] = field(default_factory=list)


def are_asked_for(found: Reading | Unreadable, person: Person) -> bool:
    """Whether people must say which column is what before a table can be understood.

    Not where all is known; nor where just columns are left over that this person left out before.
    """
    if isinstance(found, NoTable):
        return bool(found.tops)
    if isinstance(found, Unreadable):
        return False
    if any(head.missing for head in found.heads):
        return True
    unknown = {head.words[column] for head in found.heads for column in head.unknown}
    if not unknown:
        return False
    remembered = remembered_by(person)
    return any(remembered.get(words) != "" for words in unknown)


def remembered_by(person: Person) -> dict[str, str]:
    """Return what a person said of headings before, by their words."""
    return dict(HeadingChoice.objects.filter(person=person).values_list("words", "field"))


def tops_of(found: Reading | Unreadable) -> list[Sheet]:
    """Return the first rows of a table's sheets."""
    return found.tops if isinstance(found, Reading | NoTable) else []


def questions(found: Reading | Unreadable, said: Meanings, person: Person) -> list[Question]:
    """Return what people are asked, sheet by sheet, with the answers that seem right."""
    remembered = remembered_by(person)
    tops = tops_of(found)
    return [_question(one, said.of(one.name), remembered, alone=len(tops) == 1) for one in tops]


def _question(
    sheet: Sheet, said: SheetMeaning, remembered: Mapping[str, str], *, alone: bool
) -> Question:
    head = said.head if said.head is not None else _head_of(sheet, remembered, alone=alone)
    rows = [
        (number, " · ".join(str(one) for one in row if not is_blank(one))[:60])
        for number, row in sheet.rows[:SEARCHED_ROWS]
    ]
    question = Question(sheet.name, head, rows)
    at = next((i for i, (number, _row) in enumerate(sheet.rows) if number == head), None)
    if at is None:
        return question
    # The reading itself says which of the rows below still belong to the head.
    found = find_head(sheet, Findings(), Meanings(sheets={sheet.name: SheetMeaning(head=head)}))
    last = found.last_row if found is not None else head
    below = next((row for number, row in sheet.rows if number == last), []) if last > head else []
    values = [row for number, row in sheet.rows if number > last]
    for number, column in columns_of(sheet.rows[at][1], below).items():
        samples = _samples(values, number)
        if not column.words and not samples:
            continue
        meaning, is_remembered = guess(column.words), False
        if number in said.columns:
            meaning = said.columns[number]
        elif column.words[:MAX_WORDS] in remembered:
            is_remembered = remembered[column.words[:MAX_WORDS]] != meaning or not meaning
            meaning = remembered[column.words[:MAX_WORDS]]
        question.columns.append(Column(number, column.words, samples, meaning, is_remembered))
    if not said.columns:  # what people said is shown as they said it, also where it is wrong
        _leave_out_doubles(question)
    return question


def _head_of(sheet: Sheet, remembered: Mapping[str, str], *, alone: bool) -> int:
    """Return the row that is the head, or looks most like one where there is only this sheet."""
    found = find_head(sheet, Findings(), Meanings(words=remembered))
    if found is not None:
        return found.first_row
    if not alone:
        return 0
    best = max(
        sheet.rows[:SEARCHED_ROWS],
        key=lambda one: (
            len({str(value) for value in one[1] if not is_blank(value)}),
            -one[0],
        ),
        default=(0, []),
    )
    return best[0]


def _samples(rows: Sequence[Sequence[Value]], number: int) -> list[str]:
    held: list[str] = []
    for row in rows:
        value = row[number - 1] if number <= len(row) else None
        if not is_blank(value) and str(value) not in held:
            held.append(str(value))
        if len(held) == SAMPLES:
            break
    return held


def _leave_out_doubles(question: Question) -> None:
    """A field is proposed once: what was remembered first, then from left to right."""
    taken = set()
    order = sorted(question.columns, key=lambda one: (not one.remembered, one.number))
    for one in order:
        if one.meaning and one.meaning in taken:
            place = question.columns.index(one)
            question.columns[place] = Column(one.number, one.words, one.samples, "")
        taken.add(one.meaning)


def answers(questions: Sequence[Question], said: Mapping[str, Any]) -> dict[str, Any]:
    """Read a form that answers the questions, as `ClaimsTable.mapping` keeps it.

    A field that does not exist, or a row that is not there, is left as it was asked.
    """
    mapping: dict[str, Any] = {}
    for at, question in enumerate(questions):
        rows = {number for number, _words in question.rows}
        head = str(said.get(f"head-{at}", question.head))
        number = int(head) if head.isascii() and head.isdigit() and len(head) < 8 else question.head
        if number not in rows:
            number = 0
        columns = {}
        for one in question.columns:
            name = said.get(f"column-{at}-{one.number}", one.meaning)
            columns[str(one.number)] = name if name in FIELDS else ""
        mapping[question.sheet] = {"head": number, "columns": columns}
    return mapping


@transaction.atomic
def remember(table: ClaimsTable, mapping: Mapping[str, Any], asked: Sequence[Question]) -> None:
    """Keep what was said for this table, and its headings for the person's next one."""
    ClaimsTable.objects.filter(pk=table.pk).update(mapping=mapping)
    table.mapping = dict(mapping)
    now = clock.now()
    for question in asked:
        said = mapping[question.sheet]
        if not said["head"]:
            continue
        for one in question.columns:
            name = said["columns"][str(one.number)]
            words = one.words[:MAX_WORDS]
            known = guess(one.words)
            if not words or (known and known == name):
                if words:
                    HeadingChoice.objects.filter(person=table.by, words=words).delete()
                continue
            HeadingChoice.objects.update_or_create(
                person=table.by, words=words, defaults={"field": name, "at": now}
            )
