"""Claims in the operator's pages: to look at; what counts is changed by its people."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from creditor_meetings.claims.models import (
    Claim,
    ClaimChange,
    ClaimConfirmation,
    ClaimsTable,
    Filing,
    FilingChange,
    FilingDoor,
    Objection,
)


class _OnRecord(admin.ModelAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Claim)
class ClaimAdmin(_OnRecord):
    """A claim and its review."""

    list_display = ("position", "creditor", "nature", "filed_fen", "confirmed_fen", "conclusion")
    list_filter = ("case", "nature", "conclusion")
    search_fields = ("creditor__name", "creditor__identity_number")
    list_select_related = ("creditor",)


@admin.register(Objection)
class ObjectionAdmin(_OnRecord):
    """What was objected, and the answer."""

    list_display = ("claim", "creditor", "person", "at", "answered_at", "withdrawn_at")
    list_filter = ("claim__case",)
    search_fields = ("reasons", "creditor__name")
    list_select_related = ("claim__creditor", "creditor", "person")


@admin.register(ClaimConfirmation)
class ClaimConfirmationAdmin(_OnRecord):
    """Who confirmed which claim, when, from where."""

    list_display = ("claim", "person", "at", "address")
    list_filter = ("claim__case",)
    list_select_related = ("claim__creditor", "person")


@admin.register(ClaimChange)
class ClaimChangeAdmin(_OnRecord):
    """Each change of a claim on record."""

    list_display = ("claim", "field", "before", "after", "by", "at", "address")
    list_filter = ("claim__case", "field")
    list_select_related = ("claim__creditor", "by")


@admin.register(ClaimsTable)
class ClaimsTableAdmin(_OnRecord):
    """The tables that were handed in and imported."""

    list_display = ("name", "case", "by", "at", "imported_at", "sha256")
    list_filter = ("case",)
    list_select_related = ("case", "by")


@admin.register(FilingDoor)
class FilingDoorAdmin(_OnRecord):
    """The address at which a case takes filings."""

    list_display = ("case", "token", "open", "changed_by", "changed_at")
    list_select_related = ("case", "changed_by")


@admin.register(Filing)
class FilingAdmin(_OnRecord):
    """Claims filed online, and what became of them."""

    list_display = (
        "number",
        "case",
        "creditor_name",
        "state",
        "submitted_at",
        "late",
        "conclusion",
    )
    list_filter = ("case", "state", "late")
    search_fields = ("number", "creditor_name", "identity_number")
    list_select_related = ("case",)


@admin.register(FilingChange)
class FilingChangeAdmin(_OnRecord):
    """Each change of a filing on record."""

    list_display = ("filing", "field", "by", "at", "address")
    list_filter = ("filing__case", "field")
    list_select_related = ("filing", "by")
