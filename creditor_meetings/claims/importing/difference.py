"""What a newer claims table says otherwise than the case does, to be confirmed by people."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from creditor_meetings.cases.models import Creditor
from creditor_meetings.cases.money import yuan, yuan_grouped
from creditor_meetings.claims.importing.table import Entry, Holder
from creditor_meetings.claims.models import (
    Claim,
)

AGAIN = "重新导入"
"""How the reason of a change begins that a table brought: as it stands in the case."""


@dataclass(frozen=True)
class FieldChange:
    """A field of a claim or creditor: what stands there, and what the table says."""

    name: str
    before: Any
    after: Any
    model: type = Claim

    @property
    def label(self) -> str:
        """The field's name for people."""
        return str(self.model._meta.get_field(self.name).verbose_name)  # type: ignore[attr-defined]

    @property
    def shown_before(self) -> str:
        """What stands there, for people."""
        return _shown(self.model, self.name, self.before)

    @property
    def shown_after(self) -> str:
        """What the table says, for people."""
        return _shown(self.model, self.name, self.after)


@dataclass
class Changed:
    """A claim of which the table says something else."""

    claim: Claim
    entry: Entry
    fields: list[FieldChange] = field(default_factory=list)
    # Its creditor agreed with the entry, which is another one then.
    asks_again: bool = False
    # Changed by review since, where the table repeats the older value: kept unless told.
    stale: list[FieldChange] = field(default_factory=list)


@dataclass
class Missing:
    """A claim that the table does not have."""

    claim: Claim
    reliances: list[str] = field(default_factory=list)
    filed_online: bool = False
    by_ruling: bool = False

    @property
    def may_be_rejected(self) -> bool:
        """Whether it may be rejected (不予确认) here: it is no filing, and was not ruled on."""
        return not (self.filed_online or self.by_ruling)

    @property
    def may_go(self) -> bool:
        """Whether it may be deleted: nobody relies on it."""
        return not self.reliances


@dataclass
class CreditorChange:
    """A creditor whom the table names or numbers otherwise."""

    creditor: Creditor
    holder: Holder
    fields: list[FieldChange]


@dataclass
class Difference:
    """A newer table beside the case."""

    changed: list[Changed] = field(default_factory=list)
    stale: list[Changed] = field(default_factory=list)
    added: list[Entry] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    creditors: list[CreditorChange] = field(default_factory=list)
    # What forbids the update, and what is kept though the table says otherwise.
    problems: list[tuple[Entry, str]] = field(default_factory=list)
    kept: list[tuple[Entry, str]] = field(default_factory=list)
    unchanged: int = 0
    pairs: dict[int, Creditor] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.changed or self.stale or self.added or self.missing or self.creditors)

    @property
    def summary(self) -> str:
        """How much is other, in a sentence that says too that nothing changed."""
        return _(
            "本案已有债权，与此表不同：%(changed)s 笔内容不同，%(added)s 笔为新增，"
            "%(missing)s 笔在此表中没有。未导入，原有债权未变。"
        ) % {
            "changed": len({one.claim.pk for one in (*self.changed, *self.stale)}),
            "added": len(self.added),
            "missing": len(self.missing),
        }

    @property
    def digest(self) -> str:
        """A hash of all of it: what was shown is what is applied, or it is shown anew."""
        said = [
            [
                (one.claim.pk, one.claim.version, [(f.name, f.before, f.after) for f in fields])
                for one in found
                for fields in ([*one.fields, *one.stale],)
            ]
            for found in (self.changed, self.stale)
        ]
        rest = (
            [(one.holder.identity_number, *one.facts()) for one in self.added],
            [(one.claim.pk, one.claim.version, one.may_go) for one in self.missing],
            [
                (one.creditor.pk, [(f.name, f.before, f.after) for f in one.fields])
                for one in self.creditors
            ],
            [(one.place.row, words) for one, words in self.problems],
        )
        return hashlib.sha256(repr((said, rest)).encode()).hexdigest()


def written(name: str, value: Any) -> str:
    """Write a field's value as changes on record are written."""
    if value is None:
        return ""
    return yuan(value) if name.endswith("_fen") else str(value)[:1000]


def _shown(model: type, name: str, value: Any) -> str:
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if name.endswith("_fen"):
        return yuan_grouped(value)
    choices = dict(model._meta.get_field(name).flatchoices)  # type: ignore[attr-defined]
    return str(choices.get(value, value))
