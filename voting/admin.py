"""What the operator may look at: nothing of a vote is ever edited here."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from voting.models import (
    Ballot,
    Confirmation,
    LedgerEntry,
    LedgerSeal,
    Outcome,
    RegisterEntry,
    Resolution,
)


class ReadOnly(admin.ModelAdmin):
    """Shows rows and changes none; ledger and ballots are written by their verbs alone."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes by hand."""
        return False


@admin.register(Resolution)
class ResolutionAdmin(ReadOnly):
    """Resolutions."""

    list_display = ["title", "meeting", "rule", "state", "opened_at", "closed_at"]
    list_filter = ["state", "rule"]


@admin.register(RegisterEntry)
class RegisterEntryAdmin(ReadOnly):
    """Lines of the frozen registers."""

    list_display = ["resolution", "name", "group", "heads", "amount_fen", "reason", "attended"]
    search_fields = ["name"]


@admin.register(Ballot)
class BallotAdmin(ReadOnly):
    """Ballots, the superseded ones too."""

    list_display = ["number", "resolution", "creditor", "choice", "effective", "at"]
    list_filter = ["effective", "choice"]
    search_fields = ["number", "creditor__name"]


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnly):
    """Entries of the ledgers."""

    list_display = ["meeting", "position", "kind", "at", "entry_hash"]
    list_filter = ["kind"]


admin.site.register([LedgerSeal, Outcome, Confirmation], ReadOnly)
