"""The first pages drawn before anybody asks: at the upload, and again at the handing out.

What nobody waits for is drawn one at a time, with the others first. Nothing is lost when the
process ends: whoever asks has the page drawn then.
"""

import logging
import queue
import threading
from pathlib import Path
from typing import Any

from django.db import transaction

from creditor_meetings.cases.files import opening
from documents import pages, store
from documents.models import Document

log = logging.getLogger(__name__)

WIDTHS = (800, 1200, 480)
"""What telephones and desktops ask for first; the finer ones come with a closer look."""

AT_UPLOAD = 1
AT_HAND_OUT = 3
MOST_WAITING = 500

_Order = tuple[Path, str, int, int, Path]
_waiting: queue.Queue[_Order] = queue.Queue(MOST_WAITING)
_started = threading.Lock()


def register() -> None:
    """Follow the documents; call when the apps are ready."""
    from django.db.models.signals import post_save

    post_save.connect(_saved, sender=Document, dispatch_uid="documents.warming")


def _saved(instance: Document, created: bool, update_fields: Any = None, **_more: Any) -> None:
    if created or (update_fields and "handed_out_at" in update_fields):
        count = AT_HAND_OUT if instance.handed_out_at else AT_UPLOAD
        transaction.on_commit(lambda: soon(instance, count))


def soon(document: Document, count: int = 1) -> None:
    """Have the first `count` pages drawn in a while, those that are not; returns at once."""
    if document.removed_at is not None:
        return
    source, kind = store.path_of(document.sha256), pages.drawn_as(document)
    for page in range(1, min(count, document.pages) + 1):
        for width in WIDTHS:
            kept = pages.base_path(document.sha256, page, width)
            if kept.is_file():
                continue
            try:
                _waiting.put_nowait((source, kind, page, width, kept))
            except queue.Full:
                return
            _start()


def _start() -> None:
    # A daemon: the server need not wait for it to end.
    if _started.acquire(blocking=False):
        threading.Thread(target=_work, name="warming", daemon=True).start()


def _work() -> None:
    while True:
        _draw(*_waiting.get())


def _draw(source: Path, kind: str, page: int, width: int, kept: Path) -> None:
    try:
        pages.draw(source, kind, page, width, kept, calm=True)
    except opening.Failed as failure:
        log.info("page %d of %s is not drawn ahead: %s", page, source.name[:12], failure)
    except OSError as error:
        log.warning("page %d of %s is not drawn ahead: %s", page, source.name[:12], error)
    except Exception:
        # The thread goes on: nobody would begin another.
        log.exception("page %d of %s is not drawn ahead", page, source.name[:12])
