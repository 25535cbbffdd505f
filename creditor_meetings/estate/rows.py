"""Adding, changing and removing properties and lines of the account, each time on record."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock
from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.models import Case, Role
from creditor_meetings.estate import liens, record
from creditor_meetings.estate.models import Asset, Entry
from creditor_meetings.estate.record import Author

R = TypeVar("R", bound=Asset | Entry)


@transaction.atomic
def add(
    model: type[R], case: Case, values: Mapping[str, Any], author: Author, *,
    number: int | None = None, how: str = "added",
) -> R:  # fmt: skip
    """Add a property or a line of the account; `values` are those of a valid form."""
    author.viewer.require(Role.ADMINISTRATOR)
    Case.objects.select_for_update().get(pk=case.pk)
    own = dict(values)
    wanted = own.pop("liens", None)
    row = model(case=case, number=number or next_number(model, case), **own)
    row.save()
    if isinstance(row, Asset) and wanted:
        liens.put(row, wanted)
    record.note(case, row, how, author, after=str(row))
    return row


@transaction.atomic
def change(row: R, values: Mapping[str, Any], author: Author, *, version: int | None) -> list[str]:
    """Change a row as administrator; return the names of the fields that changed.

    With `version` the row must be as its editor saw it. Raises `Refused`.
    """
    author.viewer.require(Role.ADMINISTRATOR)
    Case.objects.select_for_update().get(pk=row.case_id)
    found = _locked(row)
    if version is not None and found.version != version:
        raise Refused("bad_request", _("这一项刚被他人修改，请查看最新内容后再保存。"))
    if not author.reason.strip():
        raise Refused("bad_request", _("请写明修改的理由。"))
    own = dict(values)
    wanted = own.pop("liens", None)
    before = {name: getattr(found, name) for name in own}
    for name, value in own.items():
        setattr(found, name, value)
    changed = record.note_fields(found.case, found, before, author)
    if isinstance(found, Asset) and wanted is not None:
        old, new = liens.written(liens.of(found)), liens.written(wanted)
        if old != new:
            liens.put(found, wanted)
            record.note(found.case, found, "liens", author, before=old, after=new)
            changed.append("liens")
    if changed:
        found.version += 1
        found.save()
    return changed


@transaction.atomic
def remove(row: Asset | Entry, author: Author) -> None:
    """Take a row out of the lists, with a reason; it stays on record."""
    author.viewer.require(Role.ADMINISTRATOR)
    Case.objects.select_for_update().get(pk=row.case_id)
    found = _locked(row)
    if not author.reason.strip():
        raise Refused("bad_request", _("请写明删除的理由。"))
    found.removed_at = clock.now()
    found.version += 1
    found.save(update_fields=["removed_at", "version"])
    record.note(found.case, found, "removed", author, before=str(found))


def _locked(row: R) -> R:
    live: Any = type(row)._default_manager.filter(pk=row.pk, removed_at__isnull=True)
    found: R | None = live.select_for_update().first()
    if found is None:
        raise NotFound
    return found


def next_number(model: type[R], case: Case) -> int:
    """Return the first number that was never given."""
    # Removed rows keep theirs: a number never means two things.
    last = model._default_manager.filter(case=case).aggregate(last=Max("number"))["last"]
    return (last or 0) + 1
