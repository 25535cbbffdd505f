"""The passage of a document that a question is about: page, quoted words, area on the page.

Documents stand in a room above this one; what a question may name of them is asked of the papers
that room lends (`meetings.attachments`).
"""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from creditor_meetings.cases.errors import Refused
from creditor_meetings.meetings.attachments import Attachment, attachment
from creditor_meetings.meetings.models import Meeting, Question

QUOTE_LENGTH = 500
THOUSANDTHS = 1000

Area = tuple[int, int, int, int]


@dataclass(frozen=True)
class Passage:
    """A place in a document.

    `area` is left, top, right, bottom in thousandths of the page's width and height; None for
    the whole page. `quote` are words of the page that the question is about, if any.
    """

    document: int
    page: int
    quote: str = ""
    area: Area | None = None


def check(meeting: Meeting, passage: Passage) -> Attachment:
    """Return the document that a passage is of; `Refused` where there is no such place.

    Only what is handed out: a question that all may read is about pages that all have.
    """
    found = attachment(meeting, passage.document)
    if found is None or not found.handed_out:
        raise Refused("bad_request", _("本次会议没有这个文件，或者尚未发放。"))
    if not 1 <= passage.page <= found.pages:
        raise Refused(
            "bad_request",
            _("文件“%(title)s”没有第 %(page)s 页，共 %(pages)s 页。")
            % {"title": found.title, "page": passage.page, "pages": found.pages},
        )
    if len(passage.quote) > QUOTE_LENGTH:
        raise Refused("bad_request", _("摘录的文字不超过 %(n)s 字。") % {"n": QUOTE_LENGTH})
    if passage.area is not None:
        left, top, right, bottom = passage.area
        inside = all(0 <= one <= THOUSANDTHS for one in passage.area)
        if not inside or left >= right or top >= bottom:
            raise Refused(
                "bad_request",
                _("划定的范围应为左、上、右、下四个千分数（0 至 1000），左小于右，上小于下。"),
            )
    return found


def of(asked: Question) -> dict[str, Any] | None:
    """Describe the passage that a question is about; None where it is about none."""
    if asked.document is None or asked.page is None:
        return None
    return {
        "document": asked.document,
        "page": asked.page,
        "quote": asked.quote,
        "area": list(asked.area) or None,
    }


def written(passage: Passage, document: Attachment) -> dict[str, Any]:
    """Say for the record what a question is about: the very file, by its hash."""
    return {
        "document": document.id,
        "title": document.title,
        "sha256": document.sha256,
        "page": passage.page,
        "quote": passage.quote,
        "area": list(passage.area) if passage.area is not None else [],
    }
