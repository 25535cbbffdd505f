"""What a file really is: told by its bytes and by opening it, never by its name."""

import logging
import mmap
import re
import struct
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

import puremagic
from django.utils.translation import gettext as _

from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.files import aside, containers, opening, virus

log = logging.getLogger(__name__)

TAIL = 66_000
NAME_LENGTH = 200


class BadFile(Refused):
    """A file that is not taken; the message names it and says what would be right."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__("bad_request", message)
        self.name = name


class InfectedFile(BadFile):
    """A file in which ClamAV found a virus; `found` is its name for that."""

    def __init__(self, name: str, message: str, found: str) -> None:
        super().__init__(name, message)
        self.found = found


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

DOCX = Format(
    "office",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "Word（.docx）",
    (".docx",),
)
XLSX = Format(
    "office",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "Excel（.xlsx）",
    (".xlsx",),
)
PPTX = Format(
    "office",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "PowerPoint（.pptx）",
    (".pptx",),
)

FORMATS = (PDF, PNG, JPEG, WEBP)
OFFICE = (DOCX, XLSX, PPTX)
OFFICE_FORMATS = {"docx": DOCX, "xlsx": XLSX, "pptx": PPTX}
"""Office files by the word that `containers` and `office` have for them."""

# Invisible letters, and those by which the rest of a name is written backwards on the screen:
# "报告<U+202E>fdp.exe" looks like "报告exe.pdf".
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def clean_name(name: str) -> str:
    """Return what a file may be called: its last part, without unseen letters, not too long."""
    last = re.split(r"[/\\]", name)[-1]
    name = seen(last)
    stem, suffix = PurePath(name).stem.strip(), PurePath(name).suffix.strip()[:20]
    return f"{stem[: NAME_LENGTH - len(suffix)]}{suffix}" or _("未命名")


def seen(text: str) -> str:
    """Return a text without letters that nobody sees, or that turn the others about."""
    return "".join(
        letter
        for letter in unicodedata.normalize("NFC", text)
        if unicodedata.category(letter) not in _UNSEEN
    )


def inspect(path: Path, name: str, allowed: Sequence[Format] = FORMATS) -> Content:
    """Say what the file is, one of the `allowed` formats. Raises `BadFile`.

    An office file is told by its container; its pages are measured once it is a PDF.
    """
    size = path.stat().st_size
    if size == 0:
        raise BadFile(name, empty())
    check_virus(path, name)
    with path.open("rb") as file:
        head = file.read(1024)
        file.seek(max(0, size - TAIL))
        tail = file.read()
    found = _format(head)
    if found is None and set(allowed) & set(OFFICE):
        found = _office_format(path, name, head)
    if found is None or found not in allowed:
        raise BadFile(name, _not_taken(path, allowed))
    _check_name(name, found)
    if found in OFFICE:
        return Content(found.kind, found.media_type, [])
    _check_whole(name, found, tail)
    return Content(found.kind, found.media_type, _measure(path, name, found))


def check_virus(path: Path, name: str) -> None:
    """Have a file looked at where ClamAV is configured. Raises `BadFile`."""
    try:
        virus.check(path)
    except virus.Infected as infected:
        log.warning("%s was found in %r, which is not taken", infected.found, name)
        said = _("发现病毒“%(found)s”，没有接收；请在查杀病毒后重新导出文件。")
        raise InfectedFile(name, said % {"found": infected.found}, infected.found) from None
    except virus.TooLarge:
        raise BadFile(name, _("文件超过病毒扫描的上限，没有接收；请压缩或拆分后再上传。")) from None
    except virus.Unavailable:
        raise BadFile(
            name, _("病毒扫描暂不可用，没有接收；请稍后重试，或联系系统管理员。")
        ) from None


def _office_format(path: Path, name: str, head: bytes) -> Format | None:
    """Tell an office file by opening it; refuse with a word what comes close to one."""
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise BadFile(name, _old_office(path))
    if not head.startswith(b"PK\x03\x04"):
        return None
    try:
        found = aside.ask(containers.__file__, "look", str(path))["format"]
    except opening.Failed as failure:
        if str(failure) == "not_office":
            return None
        raise BadFile(name, reason(str(failure))) from None
    return OFFICE_FORMATS[found]


def _old_office(path: Path) -> str:
    """Say what is wrong with a compound file: the dress of old and of encrypted office files."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:

        def holds(stream: str) -> bool:
            return data.find(stream.encode("utf-16-le")) >= 0

        if holds("EncryptedPackage"):
            return reason("encrypted_office")
        for stream, right in (
            ("WordDocument", ".docx"),
            ("PowerPoint Document", ".pptx"),
            ("Workbook", ".xlsx"),
            ("Book", ".xlsx"),
        ):
            if holds(stream):
                return _(
                    "这是旧版 Office 文件；请用 Word、Excel、PowerPoint 或 WPS 另存为 %(right)s"
                    " 或 PDF 后再上传。"
                ) % {"right": right}
    return _("无法辨认内容；请另存为 PDF 后再上传。")


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
    whole = not end or end in tail[-1024:]
    if _is_archive_too(tail):
        raise BadFile(
            name,
            _("文件末尾附有压缩包，既是 %(label)s 又是 ZIP；请另存为单纯的 %(label)s 后再上传。")
            % {"label": found.label},
        )
    if not whole:
        raise BadFile(name, _damaged())


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
        raise BadFile(name, reason(str(failure))) from None


def empty() -> str:
    """Say that there is nothing in a file."""
    return _("文件是空的（0 字节），请检查后重新选择。")


def _damaged() -> str:
    return _("文件不完整或已损坏，无法打开；请重新导出或重新扫描后再上传。")


def reason(code: str) -> str:
    """Say in words why a file was not taken, from the code of the process that opened it."""
    reasons = {
        "encrypted": _("PDF 设有打开密码，参会人无法阅读；请取消密码后再上传。"),
        "no_pages": _("PDF 没有任何页面。"),
        "too_many_pages": _("PDF 超过 2000 页；请分成几个文件上传。"),
        "page_size": _("PDF 中有尺寸异常的页面；请按 A4 等常用纸张重新导出。"),
        "too_many_pixels": _("图片像素过多（超过 6400 万）；请缩小后再上传。"),
        "animated": _("图片含有多帧动画；请保存为单张图片后再上传。"),
        "encrypted_office": _("文件设有打开密码，参会人无法阅读；请取消密码后再上传。"),
        "macros": _("文件含有宏，不能使用；请另存为不含宏的 .docx、.xlsx、.pptx 或 PDF 后再上传。"),
        "odd_names": _("文件内部的条目名称异常，不能使用；请用 Office 或 WPS 重新另存后再上传。"),
        "no_office": _("服务器未安装 LibreOffice，不能转换 Office 文件；请另存为 PDF 后上传。"),
        "not_converted": _("文件无法转换为 PDF；请用 Office 或 WPS 打开检查，另存为 PDF 后上传。"),
        "too_heavy": _("文件展开后过大，无法处理；请压缩或拆分后再上传。"),
    }
    return reasons.get(code) or _damaged()
