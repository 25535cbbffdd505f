"""Opens files that people bring, in a process of its own.

PDFium is written in C++, takes no second thread, and a file made to harm may end the process
or hold it for ever: this one has little memory, little time, and nothing to lose. Runs as a
script with neither Django nor the rest of the system:

    inspect FILE pdf|image      -> {"pages": [[width, height], ...]} or {"error": code}
    render FILE pdf|image PAGE WIDTH OUTPUT [webp|jpeg]    (PAGE from 1, WIDTH in pixels)
    text FILE                   -> {"pages": ["text of page 1", ...]}
    places FILE {"PAGE": [[FIRST, COUNT], ...]} -> {"pages": {"PAGE": [[[x, y, w, h], ...], ...]}}
"""

import json
import resource
import sys
import time
import warnings
from typing import Any

MAX_PAGES = 2000
MAX_PIXELS = 64_000_000
MAX_SIDE = 16_000  # WebP knows no longer one
MAX_PAGE_POINTS = 20_000
MAX_TEXT_A_PAGE = 100_000
MEMORY = 1536 * 1024 * 1024
SECONDS = 60
TRIAL_SECONDS = 5
TRIAL_WIDTH = 96

PASSWORD_ERROR = 4  # FPDF_ERR_PASSWORD


class Unreadable(Exception):
    """The file cannot be used; the code says why."""


def inspect(path: str, kind: str) -> dict[str, Any]:
    """Really open the file, every page of it, and measure the pages."""
    return {"pages": _pdf_sizes(path) if kind == "pdf" else [_image_size(path)]}


def _open_pdf(path: str) -> Any:
    import pypdfium2

    try:
        return pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        code = "encrypted" if getattr(error, "err_code", None) == PASSWORD_ERROR else "damaged"
        raise Unreadable(code) from None


def _pdf_sizes(path: str) -> list[list[int]]:
    import pypdfium2

    pdf = _open_pdf(path)
    if len(pdf) == 0:
        raise Unreadable("no_pages")
    if len(pdf) > MAX_PAGES:
        raise Unreadable("too_many_pages")
    sizes = []
    drawn_until = time.monotonic() + TRIAL_SECONDS
    for number in range(len(pdf)):
        try:
            page = pdf[number]
            width, height = (round(side) for side in page.get_size())
            if not (0 < width <= MAX_PAGE_POINTS and 0 < height <= MAX_PAGE_POINTS):
                raise Unreadable("page_size")
            # What cannot be drawn small will not be drawn large when creditors wait for it.
            if time.monotonic() < drawn_until:
                page.render(scale=TRIAL_WIDTH / max(width, height)).close()
            page.close()
        except pypdfium2.PdfiumError:
            raise Unreadable("damaged") from None
        sizes.append([width, height])
    return sizes


def _image(path: str) -> Any:
    from PIL import Image, ImageOps, UnidentifiedImageError

    # The limit is asked of the header, before a pixel is unpacked.
    Image.MAX_IMAGE_PIXELS = None
    try:
        with Image.open(path, formats=["PNG", "JPEG", "WEBP"]) as found:
            if found.width * found.height > MAX_PIXELS:
                raise Unreadable("too_many_pixels")
            if getattr(found, "n_frames", 1) > 1:
                raise Unreadable("animated")
            found.load()
            return ImageOps.exif_transpose(found)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError):
        raise Unreadable("damaged") from None


def _image_size(path: str) -> list[int]:
    image = _image(path)
    return [image.width, image.height]


def render(
    path: str, kind: str, page: int, width: int, output: str, format_: str = "webp"
) -> dict[str, Any]:
    """Draw one page, `width` pixels wide, as WebP, or as JPEG where it is to be worked on."""
    image = _pdf_page(path, page, width) if kind == "pdf" else _scaled(_image(path), width)
    if format_ == "jpeg":
        _on_white(image).save(output, format="JPEG", quality=95, subsampling=0)
    else:
        image.convert("RGBA" if "A" in image.getbands() else "RGB").save(
            output, format="WEBP", quality=82, method=3
        )
    return {}


def _on_white(image: Any) -> Any:
    from PIL import Image

    if "A" not in image.getbands() and "transparency" not in image.info:
        return image if image.mode in ("RGB", "L") else image.convert("RGB")
    image = image.convert("RGBA")
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image.getchannel("A"))
    return white


def _pdf_page(path: str, page: int, width: int) -> Any:
    found = _open_pdf(path)[page - 1]
    page_width, page_height = found.get_size()
    scale = width / page_width
    pixels = page_width * page_height * scale * scale
    # A strip a thousand times as high as it is wide must not eat the memory.
    if pixels > MAX_PIXELS:
        scale *= (MAX_PIXELS / pixels) ** 0.5
    scale = min(scale, MAX_SIDE / max(page_width, page_height))
    return found.render(scale=scale, may_draw_forms=True).to_pil()


def _scaled(image: Any, width: int) -> Any:
    if image.width > width:
        image = image.convert("RGBA" if image.mode in ("P", "LA", "PA") else image.mode)
        if image.mode not in ("RGB", "RGBA", "L"):
            image = image.convert("RGB")
        image = image.resize((width, max(1, round(image.height * width / image.width))))
    if max(image.size) > MAX_SIDE:
        image.thumbnail((MAX_SIDE, MAX_SIDE))
    return image


def text(path: str) -> dict[str, Any]:
    """Read the text of each page, one character for each that PDFium counts."""
    pdf = _open_pdf(path)
    pages = []
    for number in range(len(pdf)):
        page = pdf[number]
        read = page.get_textpage()
        pages.append(_characters(read))
        read.close()
        page.close()
    return {"pages": pages}


def _characters(textpage: Any) -> str:
    from pypdfium2 import raw

    count = min(textpage.count_chars(), MAX_TEXT_A_PAGE)
    return "".join(_character(raw.FPDFText_GetUnicode(textpage, at)) for at in range(count))


def _character(code: int) -> str:
    # What is no character keeps its place, so that those after it keep theirs.
    if code == 0 or 0xD800 <= code <= 0xDFFF or code in (0xFFFE, 0xFFFF) or code > 0x10FFFF:
        return " "
    return chr(code)


def places(path: str, wanted: dict[str, list[list[int]]]) -> dict[str, Any]:
    """Say where runs of characters (first, how many) stand, by page (from 1).

    Rectangles are x, y, width, height in thousandths of the page as it is drawn, turned pages
    and cut ones too.
    """
    pdf = _open_pdf(path)
    found = {}
    for number, runs in wanted.items():
        page = pdf[int(number) - 1]
        read = page.get_textpage()
        found[number] = [_rectangles(page, read, first, count) for first, count in runs]
        read.close()
        page.close()
    return {"pages": found}


def _rectangles(page: Any, textpage: Any, first: int, count: int) -> list[list[int]]:
    from ctypes import c_double, c_int

    from pypdfium2 import raw

    made = []
    left, top, right, bottom = c_double(), c_double(), c_double(), c_double()
    x, y = c_int(), c_int()
    for at in range(raw.FPDFText_CountRects(textpage, first, count)):
        if not raw.FPDFText_GetRect(textpage, at, left, top, right, bottom):
            continue
        corners = []
        for across, up in ((left, top), (right, bottom)):
            raw.FPDF_PageToDevice(page, 0, 0, 1000, 1000, 0, across, up, x, y)
            corners.append((x.value, y.value))
        (x1, y1), (x2, y2) = corners
        made.append([min(x1, x2), min(y1, y2), max(1, abs(x2 - x1)), max(1, abs(y2 - y1))])
    return made


def main(arguments: list[str]) -> dict[str, Any]:
    """Do what the arguments ask."""
    verb, path, *rest = arguments
    if verb == "inspect":
        return inspect(path, rest[0])
    if verb == "render":
        return render(path, rest[0], int(rest[1]), int(rest[2]), *rest[3:])
    if verb == "places":
        return places(path, json.loads(rest[0]))
    return text(path)


def answer(arguments: list[str]) -> dict[str, Any]:
    """Do what the arguments ask, or say by a code why not."""
    try:
        return main(arguments)
    except Unreadable as refusal:
        return {"error": str(refusal)}
    except MemoryError:
        return {"error": "too_heavy"}


def limit() -> None:
    """Give this process little memory and little time, for good."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    limit()
    warnings.simplefilter("ignore")
    sys.stdout.write(json.dumps(answer(sys.argv[1:])))
