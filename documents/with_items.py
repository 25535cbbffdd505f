"""Documents that are handed out with their agenda item (随议程发放).

Whoever moves the agenda hands them out: in the same transaction, on record under that name.
"""

from collections.abc import Callable

from django.db import transaction
from django.utils.translation import gettext as _

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Role
from creditor_meetings.meetings.models import AgendaItem, Meeting
from creditor_meetings.meetings.publishing import publish
from creditor_meetings.meetings.verbs import locked
from documents import describe, verbs
from documents.models import Document


@transaction.atomic
def wait_for_item(meeting: Meeting, document_id: int, viewer: Viewer, *, waits: bool) -> Document:
    """Let a document be handed out by itself when its agenda item comes, or no longer.

    Raises `Refused` where it has no item, is handed out already, or its item is the current one.
    """
    viewer.require(Role.ADMINISTRATOR, Role.JUDGE)
    # The agenda moves under the same lock: an item cannot come while this waits for it.
    found = locked(meeting)
    document = (
        Document.objects.select_for_update(of=("self",), no_key=True)
        .select_related("item")
        .filter(meeting=found, pk=document_id, removed_at__isnull=True)
        .first()
    )
    if document is None:
        raise Refused("bad_request", _("本次会议没有这个文件。"))
    if document.handed_out_at is not None:
        raise Refused("bad_request", _("文件“%(title)s”已经发放。") % {"title": document.title})
    if waits and document.item is None:
        raise Refused(
            "bad_request",
            _("文件“%(title)s”还没有对应的议程，请先在“修改”中选择一项议程。")
            % {"title": document.title},
        )
    if waits and found.is_live and found.current_item_id == document.item_id:
        raise Refused(
            "bad_request",
            _("“%(item)s”正在进行，请直接发放文件“%(title)s”。")
            % {"item": document.item, "title": document.title},
        )
    document.with_item = waits
    document.save(update_fields=["with_item"])
    told = {f"documents/{document.pk}": describe.document(document, found.slug)}
    publish(found, "document_changed", told, audience="staff")
    return document


def follow(
    meeting: Meeting, item: AgendaItem, viewer: Viewer, address: str
) -> Callable[[], object]:
    """Hand out what waits for the item that comes; see `meetings.verbs.on_agenda_item`."""
    waiting = Document.objects.select_for_update(no_key=True).filter(
        meeting=meeting,
        item=item,
        with_item=True,
        handed_out_at__isnull=True,
        removed_at__isnull=True,
    )
    ids = [document.pk for document in waiting.order_by("pk")]

    def hand_out() -> None:
        for one in ids:
            verbs.hand_out_document(meeting, one, viewer, address=address)

    return hand_out
