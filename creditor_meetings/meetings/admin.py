"""Meetings in the operator's /admin: to look and to search; what counts is done by its people."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from creditor_meetings.meetings.models import (
    AgendaItem,
    Attendance,
    ItemTurn,
    Meeting,
    Presence,
    Question,
    StateChange,
)


class OnRecord:
    """A record of what happened: nobody adds to it, changes it or takes from it by hand."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class AgendaInline(OnRecord, admin.TabularInline):
    """The agenda of a meeting."""

    model = AgendaItem
    fields = ["position", "kind", "title"]
    extra = 0


class StateInline(OnRecord, admin.TabularInline):
    """How the meeting's state changed."""

    model = StateChange
    fields = ["at", "state", "by", "address", "reason"]
    extra = 0


@admin.register(Meeting)
class MeetingAdmin(OnRecord, admin.ModelAdmin):
    """Meetings; rooms follow only what is done through the verbs, hence no editing here."""

    list_display = ["title", "case", "state", "starts_at", "opened_at", "closed_at"]
    list_filter = ["state"]
    search_fields = ["title", "slug", "case__number", "case__debtor"]
    inlines = [AgendaInline, StateInline]


@admin.register(Attendance)
class AttendanceAdmin(OnRecord, admin.ModelAdmin):
    """Who signed in, when, how and from where."""

    list_display = ["meeting", "creditor", "person", "method", "at", "address"]
    list_filter = ["method", "meeting"]
    list_select_related = ["meeting", "creditor", "person"]
    search_fields = ["creditor__name", "person__name"]


@admin.register(Presence)
class PresenceAdmin(OnRecord, admin.ModelAdmin):
    """Who had the room open, from when to when."""

    list_display = ["meeting", "person", "arrived_at", "left_at", "address"]
    list_filter = ["meeting"]
    list_select_related = ["meeting", "person"]
    search_fields = ["person__name"]


@admin.register(ItemTurn)
class ItemTurnAdmin(OnRecord, admin.ModelAdmin):
    """Which item was the current one, since when."""

    list_display = ["meeting", "item", "at", "by"]
    list_filter = ["meeting"]
    list_select_related = ["meeting", "item", "by"]


@admin.register(Question)
class QuestionAdmin(OnRecord, admin.ModelAdmin):
    """Questions and answers."""

    list_display = ["meeting", "person", "at", "text", "answered_at"]
    list_filter = ["meeting"]
    list_select_related = ["meeting", "person"]
    search_fields = ["text", "answer", "person__name"]
