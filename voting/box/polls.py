"""The polls of a batch, locked: known from the batch before where nothing of them changed."""

from collections.abc import Collection
from typing import Any

from django.db import connection

from creditor_meetings.cases import rows
from voting.locks import held
from voting.models import Resolution

MOST = 200
"""How many polls are remembered."""

# The whole row of each poll, its meeting and its case, and the object that was made of it. The
# row is read and locked with every batch; only when it is word for word the one of before is the
# object of before taken, which spares most of the work and shows nothing that is not so now.
_known: dict[int, tuple[tuple[Any, ...], Resolution]] = {}


def held_now(wanted: Collection[int]) -> dict[int, Resolution]:
    """Return polls by id, locked in the order of their ids until the transaction ends.

    Only to be read: others may hold the same objects.
    """
    found = rows.select(
        'SELECT poll.*, meeting.*, "case".* FROM voting_resolution AS poll'  # nosec B608
        " JOIN meetings_meeting AS meeting ON meeting.id = poll.meeting_id"
        ' JOIN cases_case AS "case" ON "case".id = meeting.case_id'
        f" WHERE {rows.among('poll.id')} ORDER BY poll.id"
        f"{' FOR NO KEY UPDATE OF poll' if connection.vendor == 'postgresql' else ''}",
        [rows.listed(wanted)],
    )
    # The first column of every table is its id.
    known = {row[0]: _known.get(row[0]) for row in found}
    new = [row[0] for row in found if (before := known[row[0]]) is None or before[0] != row]
    made = {one.pk: one for one in held().filter(pk__in=new)} if new else {}
    if len(_known) + len(made) > MOST:
        _known.clear()
    for row in found:
        if row[0] in made:
            _known[row[0]] = (row, made[row[0]])
    return {row[0]: made.get(row[0]) or _object(known[row[0]]) for row in found}


def _object(known: tuple[tuple[Any, ...], Resolution] | None) -> Resolution:
    assert known is not None
    return known[1]
