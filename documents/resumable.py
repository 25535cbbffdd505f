"""Uploads that go on where they broke off (断点续传): their life, from the first byte to the last.

Pieces are added to a file of its own, named by the upload's key: its length on the disk is the
offset, so that nothing can disagree about how far an upload came. A piece counts once it is
flushed to the disk. When the last one is there, `checking` takes over.
"""

import fcntl
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.files import content
from creditor_meetings.cases.models import Person, Role
from creditor_meetings.meetings.models import Meeting
from documents import checking, store, uploads, verbs
from documents.models import Upload, UploadState

KEPT_FOR = timedelta(days=3)
"""How long an upload that nobody goes on with is kept."""
MOST_AT_ONCE = 40
"""How many uploads a person may have under way in a meeting."""
PIECE = 256 * 1024


class Conflict(Exception):
    """A piece does not begin where the upload stands, or another one is being written."""


@dataclass(frozen=True)
class Begun:
    """What a person says of the file that it begins to upload; `modified` as its browser tells."""

    name: str
    size: int
    modified: int = 0
    hand_out: bool = False
    with_item: bool = False


def begin(
    meeting: Meeting, viewer: Viewer, begun: Begun, *, wish: verbs.Wish, address: str = ""
) -> Upload:
    """Begin an upload. Raises `content.BadFile` for a size that is not taken."""
    verbs.check_wish(meeting, viewer, wish)
    name = content.clean_name(begun.name)
    if begun.size > settings.DOCUMENT_MAX_BYTES:
        raise content.BadFile(name, uploads.too_large(begun.size))
    if begun.size == 0:
        raise content.BadFile(name, content.empty())
    clear_abandoned()
    if _under_way(meeting, viewer.person).count() >= MOST_AT_ONCE:
        raise Refused(
            "too_many_requests",
            _("同时上传的文件过多（最多 %(n)s 个）；请等前面的文件传完，或放弃不再需要的。")
            % {"n": MOST_AT_ONCE},
        )
    now = clock.now()
    upload = Upload.objects.create(
        key=secrets.token_hex(16),
        meeting=meeting,
        person=viewer.person,
        name=name,
        title=wish.title,
        item_id=wish.item_id,
        replaces_id=wish.replaces_id,
        downloadable=wish.downloadable,
        hand_out=begun.hand_out,
        with_item=begun.with_item,
        size=begun.size,
        modified=begun.modified,
        started_at=now,
        moved_at=now,
        address=address,
    )
    path_of(upload).touch()
    return upload


def path_of(upload: Upload) -> Path:
    """Return where the bytes of an upload wait."""
    return store.incoming(upload.key)


def offset(upload: Upload) -> int:
    """Return how many bytes of an upload are safely here."""
    if upload.state != UploadState.RECEIVING:
        return upload.size
    try:
        return path_of(upload).stat().st_size
    except FileNotFoundError:
        return 0


def access_upload(meeting: Meeting, viewer: Viewer, key: str) -> Upload:
    """Give an upload to the person who began it. Raises `NotFound` for everybody else."""
    viewer.require(Role.ADMINISTRATOR)
    found = (
        Upload.objects.select_related("document")
        .filter(meeting=meeting, person=viewer.person, key=key)
        .first()
    )
    if found is None:
        raise NotFound
    return found


def mine(meeting: Meeting, person: Person) -> QuerySet[Upload]:
    """Return a person's uploads that are under way or were refused, oldest first."""
    found = Upload.objects.filter(meeting=meeting, person=person)
    return found.exclude(state=UploadState.DONE).order_by("started_at", "pk")


def _under_way(meeting: Meeting, person: Person) -> QuerySet[Upload]:
    return mine(meeting, person).exclude(state=UploadState.REFUSED)


def add(upload: Upload, start: int, read: Callable[[int], bytes]) -> int:
    """Add what `read(size)` gives to an upload from byte `start`; return the new offset.

    Raises `Conflict` unless `start` is where the upload stands. More than the announced size is
    not read. What came before the line broke stays.
    """
    if upload.state != UploadState.RECEIVING:
        raise Conflict
    with _alone(upload) as file:
        if file.seek(0, os.SEEK_END) != start:
            raise Conflict
        try:
            end = _write(file, start, upload.size, read)
        finally:
            file.flush()
            os.fsync(file.fileno())
    with transaction.atomic():
        found = Upload.objects.select_for_update().get(pk=upload.pk)
        found.moved_at = clock.now()
        if end == found.size and found.state == UploadState.RECEIVING:
            found.state = UploadState.CHECKING
            checking.ring()
        found.save(update_fields=["moved_at", "state"])
    upload.state = found.state
    return end


@contextmanager
def _alone(upload: Upload) -> Iterator[BinaryIO]:
    """Open an upload's file for one writer: two windows must not mix their bytes."""
    try:
        # Not made anew: what was given up stays gone.
        file = path_of(upload).open("r+b")
    except FileNotFoundError:
        raise NotFound from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Conflict from None
        yield file


def _write(file: BinaryIO, at: int, size: int, read: Callable[[int], bytes]) -> int:
    while at < size and (piece := read(min(PIECE, size - at))):
        file.write(piece)
        at += len(piece)
    return at


def give_up(upload: Upload) -> None:
    """Forget an upload with what came of it; one that is being checked has to be waited for."""
    with transaction.atomic():
        found = Upload.objects.select_for_update().filter(pk=upload.pk).first()
        if found is None:
            return
        if found.state == UploadState.CHECKING:
            raise Refused("bad_request", _("文件正在检查，请稍候。"))
        path = path_of(found)
        found.delete()
    store.discard(path)


def clear_abandoned() -> None:
    """Forget the uploads that nobody went on with, and what killed servers left behind."""
    old = Upload.objects.filter(moved_at__lt=clock.now() - KEPT_FOR).exclude(
        state=UploadState.CHECKING
    )
    for upload in old:
        give_up(upload)
    waiting = Upload.objects.filter(state__in=[UploadState.RECEIVING, UploadState.CHECKING])
    store.clear_abandoned(set(waiting.values_list("key", flat=True)))
