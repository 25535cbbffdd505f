"""What people do with documents. Each verb checks, changes, and tells, in one transaction."""

from collections.abc import Iterable
from pathlib import PurePath

from django.db import transaction
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.files import content
from creditor_meetings.cases.models import Role
from creditor_meetings.meetings import record
from creditor_meetings.meetings.models import AgendaItem, Meeting
from creditor_meetings.meetings.publishing import News, publish, publish_all
from documents import describe, store
from documents.models import Access, Document, Opening, Reader
from documents.uploads import Upload, receive

TITLE_LENGTH = 200


def upload_document(
    meeting: Meeting,
    upload: Upload,
    viewer: Viewer,
    *,
    title: str = "",
    item_id: int | None = None,
    address: str = "",
) -> Document:
    """Take a file as a document of the meeting, seen by the team alone at first.

    `upload` is what came in a form, or any Django `File`; its name ends as its content asks.
    Raises `content.BadFile`, and then keeps nothing.
    """
    viewer.require(Role.ADMINISTRATOR)
    item = _item_of(meeting, item_id)
    received = receive(upload)
    try:
        received.check_size()
        # Opening may take seconds, and no lock is held meanwhile.
        found = content.inspect(received.path, received.name)
        store.keep(received.path, received.sha256)
    finally:
        received.close()
    with transaction.atomic():
        document = Document.objects.create(
            meeting=meeting,
            item=item,
            title=_title(title, received.name),
            file_name=received.name[-255:],
            kind=found.kind,
            media_type=found.media_type,
            size=received.size,
            sha256=received.sha256,
            pages=len(found.page_sizes),
            page_sizes=found.page_sizes,
            uploaded_at=clock.now(),
            uploaded_by=viewer.person,
            uploaded_from=address,
        )
        publish(meeting, "document_uploaded", _told(meeting, document), audience="staff")
    return document


def _item_of(meeting: Meeting, item_id: int | None) -> AgendaItem | None:
    if item_id is None:
        return None
    item = AgendaItem.objects.filter(meeting=meeting, pk=item_id).first()
    if item is None:
        raise Refused("bad_request", _("本次会议没有这项议程。"))
    return item


def _title(title: str, file_name: str) -> str:
    return (title.strip() or PurePath(file_name).stem or file_name)[:TITLE_LENGTH]


def _told(meeting: Meeting, document: Document) -> dict[str, object]:
    return {f"documents/{document.pk}": describe.document(document, meeting.slug)}


def _locked(meeting: Meeting, document_id: int) -> Document:
    found = (
        Document.objects.select_for_update()
        .filter(meeting=meeting, pk=document_id, removed_at__isnull=True)
        .first()
    )
    if found is None:
        raise Refused("bad_request", _("本次会议没有这个文件。"))
    return found


@transaction.atomic
def hand_out_document(
    meeting: Meeting, document_id: int, viewer: Viewer, *, address: str = ""
) -> Document:
    """Hand a document out (发放) to everybody in the meeting; again changes nothing."""
    viewer.require(Role.ADMINISTRATOR, Role.JUDGE)
    document = _locked(meeting, document_id)
    if document.handed_out_at is None:
        document.handed_out_at = clock.now()
        document.handed_out_by = viewer.person
        document.handed_out_from = address
        document.save(update_fields=["handed_out_at", "handed_out_by", "handed_out_from"])
        record.write(
            meeting,
            "document_handed_out",
            {
                "document": document.pk,
                "title": document.title,
                "file_name": document.file_name,
                "sha256": document.sha256,
                "size": document.size,
                "pages": document.pages,
                "by": viewer.person.pk,
                "by_name": str(viewer.person),
                "address": address,
            },
        )
        publish(
            meeting,
            "document_handed_out",
            _told(meeting, document),
            notice={"kind": "document", "document": document.pk, "title": document.title},
        )
    return document


@transaction.atomic
def hand_out_all(meeting: Meeting, viewer: Viewer, *, address: str = "") -> list[Document]:
    """Hand out whatever waits, for instance when the meeting is convened."""
    viewer.require(Role.ADMINISTRATOR, Role.JUDGE)
    waiting = Document.objects.filter(
        meeting=meeting, handed_out_at__isnull=True, removed_at__isnull=True
    )
    ids = list(waiting.values_list("pk", flat=True))
    return [hand_out_document(meeting, one, viewer, address=address) for one in ids]


@transaction.atomic
def describe_anew(
    meeting: Meeting, document_id: int, viewer: Viewer, *, title: str, item_id: int | None
) -> Document:
    """Give a document another title, or another place in the agenda."""
    viewer.require(Role.ADMINISTRATOR)
    if not title.strip():
        raise Refused("bad_request", _("标题不能为空。"))
    document = _locked(meeting, document_id)
    document.title = title.strip()[:TITLE_LENGTH]
    document.item = _item_of(meeting, item_id)
    document.save(update_fields=["title", "item"])
    _tell_change(meeting, document)
    return document


@transaction.atomic
def remove_document(meeting: Meeting, document_id: int, viewer: Viewer) -> None:
    """Take back a document that nobody outside the team has seen."""
    viewer.require(Role.ADMINISTRATOR)
    document = _locked(meeting, document_id)
    if document.handed_out_at is not None:
        raise Refused(
            "bad_request",
            _("文件“%(title)s”已经发放，不能撤回。") % {"title": document.title},
        )
    document.removed_at, document.removed_by = clock.now(), viewer.person
    document.save(update_fields=["removed_at", "removed_by"])
    paths = {f"{section}/{document.pk}": None for section in ("documents", "reading", "my_reading")}
    publish(meeting, "document_removed", paths, audience="staff")


def _tell_change(meeting: Meeting, document: Document) -> None:
    audience = "staff" if document.handed_out_at is None else "all"
    publish(meeting, "document_changed", _told(meeting, document), audience=audience)


def leave_item(item: AgendaItem, documents: Iterable[Document]) -> None:
    """Tell that documents stay when their agenda item goes; call in that transaction."""
    for document in documents:
        document.item = None
        _tell_change(item.meeting, document)


@transaction.atomic
def note_opened(
    document: Document,
    viewer: Viewer,
    *,
    address: str = "",
    device: str = "",
    access: str = Access.OPENED,
) -> bool:
    """Put on record that a person opened a document; return whether for the first time."""
    # In line, so that each new reader counts those before.
    Document.objects.select_for_update().get(pk=document.pk)
    now = clock.now()
    Opening.objects.create(
        document=document,
        person=viewer.person,
        access=access,
        at=now,
        address=address,
        device=device,
    )
    reader, first = Reader.objects.get_or_create(
        document=document,
        person=viewer.person,
        defaults={"first_opened_at": now, "staff": viewer.is_staff},
    )
    if first:
        publish_all(document.meeting_id, _reading_news(document, reader))
    return first


def _reading_news(document: Document, reader: Reader) -> list[News]:
    mine = News(
        "document_opened",
        {f"my_reading/{document.pk}": describe.opened(reader)},
        audience=f"person:{reader.person_id}",
    )
    if reader.staff:
        return [mine]
    readers = Reader.objects.filter(document=document, staff=False).count()
    return [
        mine,
        News(
            "document_read",
            {f"reading/{document.pk}": {"readers": readers}},
            audience="staff",
            coalesce=f"reading:{document.pk}",
        ),
    ]


def note_downloaded(
    document: Document, viewer: Viewer, *, address: str = "", device: str = ""
) -> bool:
    """Put on record that a person downloaded a document; it counts as opened."""
    return note_opened(document, viewer, address=address, device=device, access=Access.DOWNLOADED)
