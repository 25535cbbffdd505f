"""Documents in the operator's pages: to look at; handing out belongs to the meeting."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from documents.models import Document, Opening


class _ReadOnly(admin.ModelAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Document)
class DocumentAdmin(_ReadOnly):
    """What was uploaded, by whom, and when it was handed out."""

    list_display = ("title", "meeting", "kind", "pages", "size", "uploaded_at", "handed_out_at")
    list_filter = ("kind", "meeting")
    search_fields = ("title", "file_name", "sha256")


@admin.register(Opening)
class OpeningAdmin(_ReadOnly):
    """Who opened what, when, from where."""

    list_display = ("document", "person", "access", "at", "address")
    list_filter = ("access", "document__meeting")
    search_fields = ("document__title", "person__name")
    list_select_related = ("document", "person")
