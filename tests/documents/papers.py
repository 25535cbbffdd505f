"""Files as people bring them, good and bad, made on the spot."""

import io
import struct
import zipfile
import zlib
from functools import cache

import typst
from PIL import Image
from pypdf import PdfReader, PdfWriter

REPORT = """
#set page(paper: "a4")
#set text(font: "Noto Sans CJK SC", size: 14pt)
= 管理人执行职务工作报告
债权申报 326 户，申报总额 796,598,397.62 元。
#pagebreak()
= 二、财产状况
厂房及土地评估价值 1.86 亿元。
#pagebreak()
= 三、下一步工作
"""


@cache
def report() -> bytes:
    """A report of three pages in Chinese."""
    return typst.compile(REPORT.encode(), format="pdf")


def blank_pdf(pages: int = 1, width: float = 595, height: float = 842) -> bytes:
    """A PDF of empty pages."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(width=width, height=height)
    return _written(writer)


def encrypted_pdf(user_password: str = "secret") -> bytes:
    """A PDF that asks for a password when it is opened."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(blank_pdf())))
    writer.encrypt(user_password=user_password, owner_password="owner", algorithm="AES-256")
    return _written(writer)


def _written(writer: PdfWriter) -> bytes:
    paper = io.BytesIO()
    writer.write(paper)
    return paper.getvalue()


def picture(format_: str = "PNG", size: tuple[int, int] = (640, 400), **options: object) -> bytes:
    """A picture with something on it."""
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    paper = io.BytesIO()
    image.save(paper, format=format_, **options)
    return paper.getvalue()


def bomb_png(side: int = 40_000) -> bytes:
    """A PNG of a few megabytes at most that unpacks to gigabytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    packer = zlib.compressobj(9)
    line = b"\0" * (side + 1)
    rows = b"".join(packer.compress(line) for _ in range(200)) + packer.flush()
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


def animated_webp() -> bytes:
    """A WebP that moves."""
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "green")]
    paper = io.BytesIO()
    frames[0].save(paper, format="WEBP", save_all=True, append_images=frames[1:])
    return paper.getvalue()


def archive() -> bytes:
    """A ZIP archive."""
    paper = io.BytesIO()
    with zipfile.ZipFile(paper, "w") as file:
        file.writestr("债权表.csv", "a,b\n")
    return paper.getvalue()


HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"

BAD_FILES: dict[str, tuple[str, bytes | None, str]] = {
    # what it is: (its name, its bytes, what the answer says)
    "empty": ("空.pdf", b"", "空的"),
    "html named .pdf": ("报告.pdf", HTML, "请上传 PDF"),
    "archive": ("资料.zip", archive(), "请上传 PDF"),
    "archive named .pdf": ("资料.pdf", archive(), "请上传 PDF"),
    "text": ("说明.txt", "您好".encode(), "请上传 PDF"),
    "pdf cut in half": ("报告.pdf", None, "不完整"),
    "pdf cut at its end": ("报告.pdf", None, "不完整"),
    "only a pdf's first line": ("报告.pdf", b"%PDF-1.7\n%%EOF\n", "不完整"),
    "pdf behind html": ("报告.pdf", HTML + b"\n" + blank_pdf(), "请上传 PDF"),
    "pdf that is an archive too": ("报告.pdf", blank_pdf() + archive(), "ZIP"),
    "picture that is an archive too": ("照片.png", picture() + archive(), "不完整|ZIP"),
    "encrypted pdf": ("机密.pdf", encrypted_pdf(), "密码"),
    "pdf of too many pages": ("长.pdf", None, "2000"),
    "pdf of a page a kilometre long": ("大.pdf", blank_pdf(1, 595, 900_000), "尺寸"),
    "png named .pdf": ("照片.pdf", picture(), r"\.png"),
    "pdf named .png": ("报告.png", blank_pdf(), r"\.pdf"),
    "no extension": ("报告", blank_pdf(), r"\.pdf"),
    "png cut in half": ("照片.png", None, "不完整"),
    "jpeg cut in half": ("照片.jpg", None, "不完整"),
    "picture bomb": ("图.png", bomb_png(), "像素"),
    "picture that moves": ("图.webp", animated_webp(), "动画"),
    "svg": ("图.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>', "请上传 PDF"),
    "gif": ("图.gif", picture("GIF"), "请上传 PDF"),
}


def bad_file(what: str) -> tuple[str, bytes, str]:
    """Return a bad file's name, its bytes, and what the answer has to say."""
    name, content, said = BAD_FILES[what]
    if content is None:
        content = {
            "pdf cut in half": lambda: report()[: len(report()) // 2],
            "pdf cut at its end": lambda: report()[:-1200],
            "pdf of too many pages": lambda: blank_pdf(2001),
            "png cut in half": lambda: picture()[:-60],
            "jpeg cut in half": lambda: picture("JPEG")[:2000],
        }[what]()
    return name, content, said
