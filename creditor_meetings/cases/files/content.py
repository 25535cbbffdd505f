"""What a file really is: told by its bytes and by opening it, never by its name."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

import puremagic
from django.utils.translation import gettext as _

from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.files import opening

TAIL = 66_000


class BadFile(Refused):
    """A file that is not taken; the message names it and says what would be right."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__("bad_request", message)
        self.name = name


@dataclass(frozen=True)
class Format:
    """A kind of file that is taken."""

    kind: str
    media_type: str
    label: str
    extensions: tuple[str, ...]


@dataclass(frozen=True)
class Content:
    """What was found in a file: its format, and width and height of each page."""

    kind: str
    media_type: str
    page_sizes: list[list[int]]


PDF = Format("pdf", "application/pdf", "PDF", (".pdf",))
PNG = Format("image", "image/png", "PNG", (".png",))
JPEG = Format("image", "image/jpeg", "JPEG", (".jpg", ".jpeg", ".jpe", ".jfif"))
WEBP = Format("image", "image/webp", "WebP", (".webp",))

FORMATS = (PDF, PNG, JPEG, WEBP)


def inspect(path: Path, name: str, allowed: Sequence[Format] = FORMATS) -> Content:
    """Say what the file is, one of the `allowed` formats. Raises `BadFile`."""
    size = path.stat().st_size
    if size == 0:
        raise BadFile(name, _("文件是空的（0 字节），请检查后重新选择。"))
    with path.open("rb") as file:
        head = file.read(1024)
        file.seek(max(0, size - TAIL))
        tail = file.read()
    found = _format(head)
    if found is None or found not in allowed:
        raise BadFile(name, _not_taken(path, allowed))
    _check_name(name, found)
    _check_whole(name, found, tail)
    return Content(found.kind, found.media_type, _measure(path, name, found))


def _format(head: bytes) -> Format | None:
    if head.startswith(b"%PDF-"):
        return PDF
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    return None


def _not_taken(path: Path, allowed: Sequence[Format]) -> str:
    seems, labels = _seems(path), _("、").join(one.label for one in allowed)
    if seems:
        return _("内容看起来是 %(seems)s，不能使用；请上传 %(allowed)s 文件。") % {
            "seems": seems,
            "allowed": labels,
        }
    return _("无法辨认内容；请上传 %(allowed)s 文件。") % {"allowed": labels}


def _seems(path: Path) -> str:
    try:
        guessed = puremagic.from_file(str(path))
    except (puremagic.PureError, OSError, ValueError):
        return ""
    return str(guessed).lstrip(".").upper()[:12]


def _check_name(name: str, found: Format) -> None:
    extension = PurePath(name).suffix.lower()
    if extension not in found.extensions:
        raise BadFile(
            name,
            _("文件名以“%(extension)s”结尾，内容却是 %(label)s；请把文件名改为以“%(right)s”结尾。")
            % {"extension": extension, "label": found.label, "right": found.extensions[0]},
        )


def _check_whole(name: str, found: Format, tail: bytes) -> None:
    # PDFium mends what was cut off and shows the rest: half a report must not pass for a whole.
    end = {PDF: b"%%EOF", PNG: b"IEND"}.get(found, b"")
    if end and end not in tail[-1024:]:
        raise BadFile(name, _damaged())
    if _is_archive_too(tail):
        raise BadFile(
            name,
            _("文件末尾附有压缩包，既是 %(label)s 又是 ZIP；请另存为单纯的 %(label)s 后再上传。")
            % {"label": found.label},
        )


def _is_archive_too(tail: bytes) -> bool:
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or at + 22 > len(tail):
        return False
    (comment,) = struct.unpack_from("<H", tail, at + 20)
    return at + 22 + comment == len(tail)


def _measure(path: Path, name: str, found: Format) -> list[list[int]]:
    try:
        return opening.measure(path, found.kind)
    except opening.Failed as failure:
        raise BadFile(name, _reason(str(failure))) from None


def _damaged() -> str:
    return _("文件不完整或已损坏，无法打开；请重新导出或重新扫描后再上传。")


def _reason(code: str) -> str:
    reasons = {
        "encrypted": _("PDF 设有打开密码，参会人无法阅读；请取消密码后再上传。"),
        "no_pages": _("PDF 没有任何页面。"),
        "too_many_pages": _("PDF 超过 2000 页；请分成几个文件上传。"),
        "page_size": _("PDF 中有尺寸异常的页面；请按 A4 等常用纸张重新导出。"),
        "too_many_pixels": _("图片像素过多（超过 6400 万）；请缩小后再上传。"),
        "animated": _("图片含有多帧动画；请保存为单张图片后再上传。"),
        "too_heavy": _("文件展开后过大，无法处理；请压缩或拆分后再上传。"),
    }
    return reasons.get(code) or _damaged()
