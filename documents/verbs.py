"""What people do with documents. Each verb checks, changes, and tells, in one transaction."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePath

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.files import content
from creditor_meetings.cases.models import Role
from creditor_meetings.meetings import attachments, record
from creditor_meetings.meetings.models import AgendaItem, Meeting
from creditor_meetings.meetings.publishing import News, publish, publish_all
from documents import describe, intake, versions
from documents.models import Access, Document, Opening, Reader
from documents.uploads import Upload, receive
from documents.versions import Versions

TITLE_LENGTH = 200

_SECTIONS = ("documents", "document_findings", "reading", "my_reading")
"""The sections that speak of a document by its id."""


@dataclass(frozen=True)
class Wish:
    """How a file is to stand among the documents: what its form says.

    `title` may be empty; `item_id` is of the same meeting; `replaces_id` is a document of which
    it is a new version; `downloadable`: readers outside the team may have the file itself.
    """

    title: str = ""
    item_id: int | None = None
    replaces_id: int | None = None
    downloadable: bool = True


def upload_document(
    meeting: Meeting,
    upload: Upload,
    viewer: Viewer,
    *,
    title: str = "",
    item_id: int | None = None,
    replaces_id: int | None = None,
    downloadable: bool = True,
    address: str = "",
) -> Document:
    """Take a file as a document of the meeting, seen by the team alone at first.

    `upload` is what came in a form, or any Django `File`; its name ends as its content asks.
    With `replaces_id` it is the next version of that document, after the newest there is.
    Raises `content.BadFile`, and then keeps nothing.
    """
    wish = Wish(title, item_id, replaces_id, downloadable)
    check_wish(meeting, viewer, wish)
    received = receive(upload)
    try:
        received.check_size()
        taken = take_in(meeting, received.path, received.name, viewer, address=address)
    finally:
        received.close()
    return add_document(meeting, taken, received.name, viewer, wish=wish, address=address)


def check_wish(meeting: Meeting, viewer: Viewer, wish: Wish) -> None:
    """Refuse before a byte is looked at what could not be carried out after it."""
    viewer.require(Role.ADMINISTRATOR)
    _item_of(meeting, wish.item_id)
    if wish.replaces_id is not None:
        _document_of(Document.objects.all(), meeting, wish.replaces_id)


def take_in(
    meeting: Meeting, path: Path, name: str, viewer: Viewer, *, address: str = ""
) -> intake.Taken:
    """Check, convert and keep a file that lies whole at `path`. Raises `content.BadFile`.

    This takes seconds, in which no lock is held and no row names what is kept.
    """
    viewer.require(Role.ADMINISTRATOR)
    try:
        return intake.take(path, name)
    except content.InfectedFile as bad:
        _note_infected(meeting, viewer, bad, path, address)
        raise


@transaction.atomic
def add_document(
    meeting: Meeting,
    taken: intake.Taken,
    name: str,
    viewer: Viewer,
    *,
    wish: Wish,
    address: str = "",
) -> Document:
    """Make a document of what was taken in under `name`; see `upload_document`."""
    viewer.require(Role.ADMINISTRATOR)
    before = _version_before(meeting, wish.replaces_id)
    item = _item_of(meeting, wish.item_id)
    if item is None and before is not None:
        item = before.item
    # A draft that waited for its item goes out in its newest form.
    waits = before is not None and before.with_item and before.handed_out_at is None
    if before is not None and waits:
        before.with_item = False
        before.save(update_fields=["with_item"])
    original = taken.original
    document = Document.objects.create(
        meeting=meeting,
        item=item,
        replaces=before,
        version=before.version + 1 if before is not None else 1,
        title=_title(wish.title or (before.title if before is not None else ""), name),
        file_name=taken.shown.name[-255:],
        kind=taken.kind,
        media_type=taken.shown.media_type,
        size=taken.shown.size,
        sha256=taken.shown.sha256,
        pages=len(taken.page_sizes),
        page_sizes=taken.page_sizes,
        original_name=original.name[-255:] if original else "",
        original_media_type=original.media_type if original else "",
        original_size=original.size if original else 0,
        original_sha256=original.sha256 if original else "",
        flags=taken.flags,
        downloadable=wish.downloadable,
        with_item=waits and item is not None,
        uploaded_at=clock.now(),
        uploaded_by=viewer.person,
        uploaded_from=address,
    )
    told = _told(meeting, *([before] if before is not None and waits else []), document)
    if document.flags or document.original_sha256:
        findings = describe.found_in(document, meeting.slug)
        told[f"document_findings/{document.pk}"] = findings
    publish(meeting, "document_uploaded", told, audience="staff")
    return document


def _version_before(meeting: Meeting, replaces_id: int | None) -> Document | None:
    """Return what a new version follows, locked: the newest, whichever was pointed at."""
    if replaces_id is None:
        return None
    # All of them, since two versions that come at once must not follow the same one.
    rows = list(
        Document.objects.select_for_update()
        .filter(meeting=meeting, removed_at__isnull=True)
        .order_by("pk")
    )
    pointed_at = next((one for one in rows if one.pk == replaces_id), None)
    if pointed_at is None:
        raise Refused("bad_request", _("本次会议没有这个文件。"))
    return Versions(rows).newest(pointed_at)


def _note_infected(
    meeting: Meeting, viewer: Viewer, bad: content.InfectedFile, path: Path, address: str
) -> None:
    """Put on record that a virus was found: an attack or an accident, it has to be looked into."""
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    with transaction.atomic():
        record.write(
            meeting,
            "infected_file_refused",
            {
                "file_name": bad.name[-255:],
                "sha256": sha256,
                "found": bad.found[:200],
                "by": viewer.person.pk,
                "by_name": str(viewer.person),
                "address": address,
            },
        )


def _item_of(meeting: Meeting, item_id: int | None) -> AgendaItem | None:
    if item_id is None:
        return None
    item = AgendaItem.objects.filter(meeting=meeting, pk=item_id).first()
    if item is None:
        raise Refused("bad_request", _("本次会议没有这项议程。"))
    return item


def _title(title: str, file_name: str) -> str:
    return (content.seen(title).strip() or PurePath(file_name).stem or file_name)[:TITLE_LENGTH]


def _told(meeting: Meeting, *documents: Document) -> dict[str, object]:
    return {f"documents/{one.pk}": describe.document(one, meeting.slug) for one in documents}


def _locked(meeting: Meeting, document_id: int) -> Document:
    return _document_of(Document.objects.select_for_update(), meeting, document_id)


def _document_of(rows: QuerySet[Document], meeting: Meeting, document_id: int) -> Document:
    found = rows.filter(meeting=meeting, pk=document_id, removed_at__isnull=True).first()
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
        family = versions.of(meeting.pk)
        earlier = family.earlier(document)
        before = [one for one in earlier if one.handed_out_at is not None]
        record.write(
            meeting,
            "document_handed_out",
            {
                "document": document.pk,
                "title": document.title,
                "version": document.version,
                "replaces": before[0].pk if before else None,
                "file_name": document.file_name,
                "sha256": document.sha256,
                "original_sha256": document.original_sha256 or None,
                "size": document.size,
                "pages": document.pages,
                "by": viewer.person.pk,
                "by_name": str(viewer.person),
                "address": address,
            },
        )
        beside = [*before[:1], *filter(None, [family.replaced_by(document)])]
        news = [
            News(
                "document_handed_out",
                _told(meeting, document, *beside),
                notice=_notice(meeting, document, before),
            )
        ]
        drafts = [one for one in earlier if one.handed_out_at is None]
        if drafts:
            news.append(News("document_changed", _told(meeting, *drafts), audience="staff"))
        publish_all(meeting, news)
    return document


def _notice(meeting: Meeting, document: Document, before: list[Document]) -> dict[str, object]:
    """Say to everybody what came, and that a vote under way is still on what it was opened with."""
    said: dict[str, object] = {
        "kind": "document",
        "document": document.pk,
        "title": document.title,
    }
    if before:
        voted_on = [
            one.title
            for earlier in before
            for one in attachments.uses(meeting, earlier.pk)
            if one.running
        ]
        said |= {"version": document.version, "replaces": before[0].pk, "voted_on": voted_on}
    return said


@transaction.atomic
def hand_out_all(meeting: Meeting, viewer: Viewer, *, address: str = "") -> list[Document]:
    """Hand out whatever waits, for instance when the meeting is convened.

    A draft that a newer version replaced stays with the team.
    """
    viewer.require(Role.ADMINISTRATOR, Role.JUDGE)
    waiting = Document.objects.filter(
        meeting=meeting,
        handed_out_at__isnull=True,
        removed_at__isnull=True,
        replaced_by__isnull=True,
    )
    ids = list(waiting.order_by("pk").values_list("pk", flat=True))
    return [hand_out_document(meeting, one, viewer, address=address) for one in ids]


@transaction.atomic
def describe_anew(
    meeting: Meeting,
    document_id: int,
    viewer: Viewer,
    *,
    title: str,
    item_id: int | None,
    downloadable: bool | None = None,
) -> Document:
    """Give a document another title or place in the agenda, or let readers keep the file or not."""
    viewer.require(Role.ADMINISTRATOR)
    title = content.seen(title).strip()
    if not title:
        raise Refused("bad_request", _("标题不能为空。"))
    document = _locked(meeting, document_id)
    document.title = title[:TITLE_LENGTH]
    document.item = _item_of(meeting, item_id)
    if downloadable is not None:
        document.downloadable = downloadable
    document.save(update_fields=["title", "item", "downloadable"])
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
    after = Document.objects.filter(replaces=document).first()
    before = document.replaces
    document.removed_at, document.removed_by = clock.now(), viewer.person
    # A chain closes over the version that is gone, so that another can come in its place.
    document.replaces = None
    document.save(update_fields=["removed_at", "removed_by", "replaces"])
    paths: dict[str, object] = {f"{section}/{document.pk}": None for section in _SECTIONS}
    if after is not None:
        after.replaces = before
        after.save(update_fields=["replaces"])
        if after.handed_out_at is None:
            paths |= _told(meeting, after)
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
