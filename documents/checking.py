"""Checking uploads whose last byte has come: behind the requests, one after the other.

The rows are the queue: an upload in the state CHECKING waits for it, whatever happened to the
process that should have done it.
"""

import fcntl
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import close_old_connections, transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from creditor_meetings.cases import clock, shortage, steady
from creditor_meetings.cases.errors import Refused
from creditor_meetings.meetings.access import access_meeting
from documents import store, verbs, with_items
from documents.models import Document, Upload, UploadState

log = logging.getLogger(__name__)

REST = 15.0
"""Seconds after which to look again: a crash, or another process, rings no bell."""
SOON = 1.0

_bell = threading.Event()


def ring() -> None:
    """Have what waits looked at once the present transaction is through; returns at once."""
    transaction.on_commit(_bell.set)


def go_on() -> threading.Thread:
    """Check uploads from a thread of this process for as long as it lives."""
    return steady.thread(_watch, "uploads")


def _watch() -> None:
    rest = 0.0
    while True:
        _bell.wait(rest)
        _bell.clear()
        rest = look()


def look() -> float:
    """Check what waits; return the seconds after which to look again."""
    try:
        close_old_connections()
        return check_waiting()
    except Exception:
        log.warning("looking for uploads to check failed; trying again", exc_info=True)
        return REST
    finally:
        close_old_connections()


def check_waiting() -> float:
    """Check every upload that waits and lies here; return the seconds to rest."""
    with _alone() as alone:
        if not alone:
            return SOON
        while (upload := _next()) is not None:
            check(upload)
    return REST


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether no other process of this machine checks uploads; a dead one holds nothing."""
    settings.MEDIA_ROOT.mkdir(parents=True, exist_ok=True)
    with (settings.MEDIA_ROOT / "uploads.lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True


def _next() -> Upload | None:
    waiting = Upload.objects.filter(state=UploadState.CHECKING)
    # Files lie on one machine; another's uploads are that one's to check.
    return next(
        (
            one
            for one in waiting.select_related("meeting", "person").order_by("moved_at", "pk")
            if store.incoming(one.key).is_file()
        ),
        None,
    )


def check(upload: Upload) -> None:
    """Make a document of an upload, or say why not; its row tells which."""
    with override(upload.person.language or settings.LANGUAGE_CODE):
        try:
            _take(upload)
        except Refused as refusal:
            _end(upload, UploadState.REFUSED, problem=refusal.message)
        except Exception as problem:
            if shortage.is_one(problem):
                # No fault of the file: it stays as it is, and is looked at again later.
                raise
            log.exception("checking the upload %s failed", upload.key)
            _end(upload, UploadState.REFUSED, problem=_("检查文件时出错，没有接收；请重新上传。"))
    store.discard(store.incoming(upload.key))


def _take(upload: Upload) -> None:
    # Who began it may have left the case since.
    meeting, viewer = access_meeting(upload.person, upload.meeting.slug)
    # By a second name, since taking it in moves it: what a crash breaks off can begin again.
    path = store.new_incoming()
    os.link(store.incoming(upload.key), path)
    try:
        taken = verbs.take_in(meeting, path, upload.name, viewer, address=upload.address)
    finally:
        store.discard(path)
    wish = verbs.Wish(upload.title, upload.item_id, upload.replaces_id, upload.downloadable)
    with transaction.atomic():
        document = verbs.add_document(
            meeting, taken, upload.name, viewer, wish=wish, address=upload.address
        )
        _end(upload, UploadState.DONE, document=document)
    if hindered := _given(upload, document):
        _end(upload, UploadState.DONE, document=document, problem=hindered)


def _given(upload: Upload, document: Document) -> str:
    """Hand a document out as was wished; return what hinders that, the document stays."""
    meeting, viewer = access_meeting(upload.person, upload.meeting.slug)
    try:
        if upload.hand_out:
            verbs.hand_out_document(meeting, document.pk, viewer, address=upload.address)
        elif upload.with_item:
            with_items.wait_for_item(meeting, document.pk, viewer, waits=True)
    except Refused as refusal:
        return refusal.message
    return ""


def _end(
    upload: Upload, state: str, *, document: Document | None = None, problem: str = ""
) -> None:
    upload.state, upload.document, upload.problem = state, document, problem
    upload.moved_at = clock.now()
    upload.save(update_fields=["state", "document", "problem", "moved_at"])
