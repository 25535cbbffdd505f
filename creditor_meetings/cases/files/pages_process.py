"""Opens files that people bring, in a process of its own.

PDFium is written in C++, takes no second thread, and a file made to harm may end the process
or hold it for ever: this one has little memory, little time, and nothing to lose. Runs as a
script with neither Django nor the rest of the system:

    inspect FILE pdf|image      -> {"pages": [[width, height], ...]} or {"error": code}
    render FILE pdf|image PAGE WIDTH OUTPUT.webp    (PAGE from 1, WIDTH in pixels)
    text FILE                   -> {"pages": ["text of page 1", ...]}
"""

import json
import resource
import sys
import time
import warnings
from typing import Any

MAX_PAGES = 2000
MAX_PIXELS = 64_000_000
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


def render(path: str, kind: str, page: int, width: int, output: str) -> dict[str, Any]:
    """Draw one page, `width` pixels wide, as WebP."""
    image = _pdf_page(path, page, width) if kind == "pdf" else _scaled(_image(path), width)
    image.convert("RGBA" if "A" in image.getbands() else "RGB").save(
        output, format="WEBP", quality=82, method=3
    )
    return {}


def _pdf_page(path: str, page: int, width: int) -> Any:
    found = _open_pdf(path)[page - 1]
    page_width, page_height = found.get_size()
    scale = width / page_width
    pixels = page_width * page_height * scale * scale
    # A strip a thousand times as high as it is wide must not eat the memory.
    if pixels > MAX_PIXELS:
        scale *= (MAX_PIXELS / pixels) ** 0.5
    return found.render(scale=scale, may_draw_forms=True).to_pil()


def _scaled(image: Any, width: int) -> Any:
    if image.width > width:
        image = image.convert("RGBA" if image.mode in ("P", "LA", "PA") else image.mode)
        if image.mode not in ("RGB", "RGBA", "L"):
            image = image.convert("RGB")
        image = image.resize((width, max(1, round(image.height * width / image.width))))
    return image


def text(path: str) -> dict[str, Any]:
    """Read the text of each page."""
    pdf = _open_pdf(path)
    pages = []
    for number in range(len(pdf)):
        page = pdf[number].get_textpage()
        pages.append(page.get_text_range()[:MAX_TEXT_A_PAGE])
        page.close()
    return {"pages": pages}


def main(arguments: list[str]) -> dict[str, Any]:
    """Do what the arguments ask."""
    verb, path, *rest = arguments
    if verb == "inspect":
        return inspect(path, rest[0])
    if verb == "render":
        return render(path, rest[0], int(rest[1]), int(rest[2]), rest[3])
    return text(path)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("ignore")
    try:
        answer = main(sys.argv[1:])
    except Unreadable as refusal:
        answer = {"error": str(refusal)}
    except MemoryError:
        answer = {"error": "too_heavy"}
    sys.stdout.write(json.dumps(answer))
