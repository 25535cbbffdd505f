"""The room of documents: handed out, read, on record."""

from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DocumentsConfig(AppConfig):
    """Documents of a case and who read them."""

    name = "documents"
    verbose_name = _("文件")

    def ready(self) -> None:
        """Fill the room, lend documents to be attached, and follow the agenda."""
        from django.db.models.signals import pre_delete

        from creditor_meetings.meetings import attachments, exhibits, verbs
        from creditor_meetings.meetings.models import AgendaItem
        from documents import (
            describe,
            present_sections,
            presenting,
            sections,
            store,
            warming,
            with_items,
        )

        warming.register()
        sections.register()
        present_sections.register()
        verbs.on_agenda_item(with_items.follow)
        verbs.on_state_change(presenting.end_at_close)
        attachments.lend(describe.attachments)
        exhibits.lend("document_handed_out", lambda body: store.path_of(body["sha256"]))
        pre_delete.connect(_item_goes, sender=AgendaItem, dispatch_uid="documents.item_goes")


def _item_goes(instance: Any, **_more: Any) -> None:
    from documents import verbs
    from documents.models import Document

    verbs.leave_item(instance, Document.objects.filter(item=instance, removed_at__isnull=True))
