"""The first page of a long document as a telephone asks for it, beside PDFium alone.

The reference draws the same page of the same file at the same width in this process, with its
library loaded and nothing else to do: no door, no record, no process that can be lost, no name.
"""

import io
import shutil
import statistics
import time
from collections.abc import Callable

import pypdfium2
import typst
from django.conf import settings
from django.core.files.base import ContentFile
from django.test import Client

from bench.hall import make, sized
from bench.report import Measure
from creditor_meetings.cases.files.drawers import drawers
from documents import pages, store, verbs, watermark
from tests.support import world

WIDTH = 800
TIMES = 9
PARAGRAPH = "债权申报情况：本期共收到债权申报三百二十六户，申报总额七亿九千六百余万元。" * 18


def measure() -> list[Measure]:
    """Measure a first page that nobody saw yet, one that was seen, and the name on it."""
    hall = make(20)
    count = sized(200)
    administrator = world.viewer(world.make_person(hall.case, "administrator"), hall.meeting)
    paper = ContentFile(_paper(count), name="报告.pdf")
    document = verbs.upload_document(hall.meeting, paper, administrator)
    verbs.hand_out_document(hall.meeting, document.pk, administrator)
    source = store.path_of(document.sha256)
    address = f"/meetings/{hall.meeting.slug}/documents/{document.pk}/pages/1.webp?w={WIDTH}"
    client = Client(HTTP_HOST="localhost")
    client.force_login(hall.voters[0][0], "django.contrib.auth.backends.ModelBackend")

    def ask() -> None:
        assert client.get(address).status_code == 200

    def bare() -> None:
        page = pypdfium2.PdfDocument(source)[0]
        picture = page.render(scale=WIDTH / page.get_width()).to_pil()
        picture.save(io.BytesIO(), format="WEBP", quality=watermark.QUALITY, method=0)

    def forget() -> None:
        shutil.rmtree(settings.MEDIA_ROOT / "derived", ignore_errors=True)

    def forget_process() -> None:
        forget()
        drawers.close()

    def put_name() -> None:
        watermark.laid_over(
            pages.base(document, 1, WIDTH), "李华 · 某某有限公司 · 2026-01-05 09:00"
        )

    ask()  # the opening is on record, the address known
    first = _timed(ask, forget_process)
    cold, warm, named, alone = (
        _timed(what, before)
        for what, before in ((ask, forget), (ask, None), (put_name, None), (bare, None))
    )
    note = f"{count} pages, {WIDTH} pixels wide"
    reference = "PDFium alone, library loaded"
    return [
        Measure("first page, nothing running yet", "ms", first, alone, reference, False, note),
        Measure("first page, nobody saw it yet", "ms", cold, alone, reference, False, note),
        Measure("first page, drawn ahead", "ms", warm, alone, reference, False, note),
        Measure("a reader's name on a page", "ms", named, alone, reference, False),
    ]


def _paper(count: int) -> bytes:
    body = "\n#pagebreak()\n".join(f"= 第 {n + 1} 部分\n{PARAGRAPH}" for n in range(count))
    head = '#set page(paper: "a4")\n#set text(font: "Noto Sans CJK SC", size: 11pt)\n'
    fonts = [str(settings.BASE_DIR / "static" / "fonts")]
    return typst.compile((head + body).encode(), format="pdf", font_paths=fonts)


def _timed(what: Callable[[], None], before: Callable[[], None] | None) -> float:
    """Return the median of several runs in milliseconds, each after `before`."""
    times = []
    for _ in range(TIMES):
        if before is not None:
            before()
        began = time.perf_counter()
        what()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)
