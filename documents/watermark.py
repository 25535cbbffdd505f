"""The reader's name on every page that goes out: who reads it, for whom, and since when.

It keeps nobody from taking a picture of the screen. It says from whom the picture comes.
"""

import io
import threading
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import IO

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from PIL import Image, ImageDraw, ImageFont

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.models import Creditor, Role

FONT = settings.BASE_DIR / "static" / "fonts" / "NotoSansCJKsc-Regular.otf"
ANGLE = 28
COLOUR = (96, 104, 118)
STRENGTH = 46
"""How much of the colour lies over the page, of 255: seen on white and black, read through."""

QUALITY = 75
EDITION = 1
"""Counts on when the look of it changes, so that no browser keeps the former one."""
LONGEST_NAME = 24

_turns = threading.BoundedSemaphore(2)
"""A hall that opens a document at once must leave the processor to the ballots."""


def reader_name(viewer: Viewer) -> str:
    """Name a reader with whom the reader acts for, or the office: `李华 · 华兴公司`."""
    names = list(
        Creditor.objects.filter(pk__in=viewer.acts_for)
        .order_by("pk")
        .values_list("name", flat=True)[:2]
    )
    if names:
        whose = names[0][:LONGEST_NAME]
        if len(viewer.acts_for) > 1:
            whose = _("%(name)s等 %(n)s 户") % {"name": whose, "n": len(viewer.acts_for)}
    else:
        whose = "、".join(str(role.label) for role in Role if role in viewer.roles)
    name = str(viewer.person)[:LONGEST_NAME]
    return name if whose in ("", name) else f"{name} · {whose}"


def words(viewer: Viewer, opened_at: datetime) -> str:
    """Write what stands on the pages: name, whom for, and the minute of opening (local time).

    In the language of the court, whatever the reader's.
    """
    with override(settings.LANGUAGE_CODE):
        return f"{reader_name(viewer)} · {timezone.localtime(opened_at):%Y-%m-%d %H:%M}"


def laid_over(base: Path | IO[bytes], text: str) -> bytes:
    """Return a page's picture with the text over it, as WebP."""
    with _turns, Image.open(base, formats=["JPEG"]) as page:
        picture = page.convert("RGB")
        tile = _tile(text, _size(picture.width))
        mask = Image.new("L", picture.size)
        for number, top in enumerate(range(-tile.height // 3, picture.height, tile.height)):
            # Row by row shifted, so that no strip of the page is without a name.
            first = -tile.width // 2 if number % 2 else -tile.width // 8
            for left in range(first, picture.width, tile.width):
                mask.paste(tile, (left, top))
        picture.paste(COLOUR, mask=mask)
        made = io.BytesIO()
        picture.save(made, format="WEBP", quality=QUALITY, method=0)
        return made.getvalue()


def _size(width: int) -> int:
    return max(11, width // 38)


@lru_cache(maxsize=32)
def _tile(text: str, size: int) -> Image.Image:
    """Draw the text once, turned, with air around it, as a mask to be laid side by side."""
    font = _font(size)
    left, top, right, bottom = font.getbbox(text)
    line = Image.new("L", (round(right - left) + size * 3, round(bottom - top) + size * 3))
    ImageDraw.Draw(line).text((size * 1.5 - left, size * 1.5 - top), text, STRENGTH, font)
    return line.rotate(ANGLE, Image.Resampling.BICUBIC, expand=True)


@lru_cache(maxsize=16)
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONT), size, layout_engine=ImageFont.Layout.BASIC)
