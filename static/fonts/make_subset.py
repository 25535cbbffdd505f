"""Make NotoSansCJKsc-Regular.otf from Debian's package fonts-noto-cjk.

Run once, when the characters below change: `.venv/bin/python static/fonts/make_subset.py`.
Kept: Latin, punctuation, symbols, full-width forms, the whole CJK Unified block, extension A,
and every rare character of extensions B to G that the face draws (people's names have them).
Korean, the other regions' forms and vertical setting are left out. Outlines are untouched.
"""

from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

SOURCE = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
FAMILY = "Noto Sans CJK SC"
TARGET = Path(__file__).with_name("NotoSansCJKsc-Regular.otf")

KEPT = [
    (0x0020, 0x024F),  # Latin
    (0x0370, 0x045F),  # Greek and Cyrillic, as in GB 2312
    (0x2000, 0x206F),  # punctuation
    (0x20A0, 0x20BF),  # currencies
    (0x2100, 0x27BF),  # letter-like, numbers, arrows, mathematics, circled numbers, shapes
    (0x2E80, 0x2FDF),  # radicals
    (0x3000, 0x312F),  # CJK punctuation, kana, bopomofo
    (0x3200, 0x33FF),  # enclosed and squared
    (0x3400, 0x4DBF),  # CJK extension A
    (0x4E00, 0x9FFF),  # CJK Unified
    (0xF900, 0xFAFF),  # compatibility
    (0xFE30, 0xFE4F),
    (0xFF00, 0xFFEF),  # full-width forms
    (0x20000, 0x323AF),  # extensions B to H, as far as drawn
]


def main() -> None:
    """Write the subset beside this file."""
    number = next(
        n for n in range(64) if TTFont(SOURCE, fontNumber=n)["name"].getDebugName(1) == FAMILY
    )
    options = subset.Options()
    options.layout_features = ["kern"]
    options.name_IDs = ["*"]
    options.hinting = False
    options.desubroutinize = False
    options.drop_tables += ["vhea", "vmtx", "VORG", "BASE", "DSIG"]
    options.recalc_timestamp = False
    options.font_number = number
    font = subset.load_font(str(SOURCE), options)
    chosen = subset.Subsetter(options)
    chosen.populate(unicodes=[one for first, last in KEPT for one in range(first, last + 1)])
    chosen.subset(font)
    subset.save_font(font, str(TARGET), options)


if __name__ == "__main__":
    main()
