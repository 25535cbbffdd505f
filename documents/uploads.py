"""Receiving files: streamed to the disk and hashed on the way, stopped at the size limit."""

import hashlib
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.core.files.base import File
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopFutureHandlers
from django.utils.translation import gettext as _

from creditor_meetings.cases.files import content
from creditor_meetings.cases.files.content import BadFile
from documents import store

FIELD = "files"
FORM_BYTES = 1024 * 1024
"""What an upload may carry beside its files: the other fields, the multipart's own lines."""


def largest_request() -> int:
    """Return the size (bytes) from which a whole upload is refused before it is read."""
    return settings.DOCUMENT_MAX_BYTES + FORM_BYTES


def megabytes(size: int) -> str:
    """Write a size (bytes) for people."""
    return f"{size / 1024 / 1024:.1f}".removesuffix(".0") + " MB"


class Received:
    """A file as it came in: where it waits, its hash, and whether it was too large to keep."""

    def __init__(self, name: str) -> None:
        self.name = content.clean_name(name)
        self.path: Path = store.new_incoming()
        self.size = 0
        self.too_large = False
        self._hash = hashlib.sha256()
        self._file: BinaryIO = self.path.open("wb")

    @property
    def sha256(self) -> str:
        """The hash of the bytes, in hex."""
        return self._hash.hexdigest()

    def write(self, chunk: bytes) -> None:
        """Take the next bytes; past the limit they are counted and let go."""
        self.size += len(chunk)
        if self.size > settings.DOCUMENT_MAX_BYTES:
            self.too_large = True
            return
        self._hash.update(chunk)
        self._file.write(chunk)

    def finish(self) -> None:
        """Write out what is buffered."""
        self._file.close()

    def check_size(self) -> None:
        """Raise `BadFile` if the file is over the limit."""
        if self.too_large:
            raise BadFile(self.name, too_large(self.size))

    def close(self) -> None:
        """Remove the file unless it was moved to its place; Django calls this at the end."""
        self._file.close()
        store.discard(self.path)


Upload = Received | File


def receive(upload: Upload) -> Received:
    """Return a file as received; one that did not come through a form is read to its end."""
    if isinstance(upload, Received):
        return upload
    received = Received(upload.name or "")
    for chunk in upload.chunks():
        received.write(chunk)
    received.finish()
    return received


def too_large(size: int) -> str:
    """Say that a file is over the limit."""
    return _("文件有 %(size)s，超过上限 %(limit)s；请压缩或拆分后再上传。") % {
        "size": megabytes(size),
        "limit": megabytes(settings.DOCUMENT_MAX_BYTES),
    }


class DocumentUploadHandler(FileUploadHandler):
    """Streams each file of the field `files` to the disk, whatever its size."""

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self._now: Received | None = None

    def new_file(self, field_name: str, *args: Any, **kwargs: Any) -> None:
        """Begin a file."""
        super().new_file(field_name, *args, **kwargs)
        if field_name != FIELD:
            raise SkipFile
        self._now = Received(self.file_name or "")
        raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Take a piece of the file."""
        if self._now is not None:
            self._now.write(raw_data)

    def file_complete(self, file_size: int) -> Any:
        """End the file."""
        done, self._now = self._now, None
        if done is not None:
            done.finish()
        return done

    def upload_interrupted(self) -> None:
        """Clear away what came so far: the sender is gone."""
        if self._now is not None:
            self._now.close()
            self._now = None
