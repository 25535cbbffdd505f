"""Text as it stands on a page, line by line, put together to paragraphs for reading large."""

import re
import unicodedata

_LIST = re.compile(
    r"^(?:[一二三四五六七八九十百]+[、．.]|[（(][一二三四五六七八九十\d]+[）)]|\d+[、．.)）]\s*\D"
    r"|第[一二三四五六七八九十百零〇\d]+[章节条款项编]|[•·●■◆*-]\s)"
)
_FULL = 0.82
"""A line that is this near to the longest of the page was broken by the margin."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u00ad\u200b\ufeff]")


def joined(text: str) -> list[str]:
    """Return the paragraphs of a page's text; empty where there is none.

    A line goes on in the next when it is nearly as long as the page's lines are and neither ends
    like a sentence that stands alone nor is followed by what begins a new entry.
    """
    lines = [_CONTROL.sub("", line).strip() for line in text.splitlines()]
    longest = max((_width(line) for line in lines), default=0)
    made: list[str] = []
    goes_on = False
    for line in lines:
        if not line:
            goes_on = False
            continue
        if goes_on and made and not _LIST.match(line):
            made[-1] += _between(made[-1], line) + line
        else:
            made.append(line)
        goes_on = _goes_on(line, longest)
    return made


def _goes_on(line: str, longest: int) -> bool:
    full = _width(line) >= _FULL * longest
    # Full to the margin and at a full stop: a paragraph may end there or not. Chinese pages
    # indent the next one, which is lost here; a break too many reads better than one too few.
    return full and not (line[-1] in "。！？；：" and _width(line) < 0.97 * longest)


def _width(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in line)


def _between(before: str, after: str) -> str:
    wide = any(unicodedata.east_asian_width(one) in "WF" for one in (before[-1], after[0]))
    return "" if wide else " "
