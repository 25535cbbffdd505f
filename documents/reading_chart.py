"""The chart of how creditors read the documents of a meeting: by their number, and by pages."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from creditor_meetings.cases.charting import Bar, Chart, Part
from documents.reading_summary import STATES, Figures

MOST_DOCUMENTS = 30
"""A taller chart is read by nobody; the table beside it has them all."""


def chart(figures: Sequence[Figures]) -> Chart:
    """Write down the chart of these documents' figures, in the reader's language."""
    shown = figures[:MOST_DOCUMENTS]
    left = len(figures) - len(shown)
    note = _("另有 %(n)s 个文件见表格。") % {"n": left} if left else ""
    return Chart(
        title=_("债权人查阅会议文件的情况"),
        legend=[str(name) for name in STATES.values()],
        groups=[
            (_("按债权人户数"), [_creditors(one) for one in shown]),
            (_("按已读页数（全体债权人合计）"), [_pages(one) for one in shown]),
        ],
        note=note,
    )


def _creditors(one: Figures) -> Bar:
    return Bar(
        name=one.document.title,
        parts=[
            Part(style, thousandths(number, one.creditors), str(number) if number else "")
            for style, number in enumerate(one.states.values())
        ],
        end=_("已打开 %(n)s / %(all)s 户") % {"n": one.opened, "all": one.creditors},
    )


def _pages(one: Figures) -> Bar:
    width = thousandths(one.pages, one.pages_all)
    share = f"{width // 10}.{width % 10}%"
    return Bar(
        name=one.document.title,
        parts=[Part(0, width, share if width else "")],
        end=_("%(n)s / %(all)s 页") % {"n": one.pages, "all": one.pages_all},
    )


def thousandths(number: int, of: int) -> int:
    """Return a share in thousandths, cut: nothing looks as if it were whole that is not.

    >>> thousandths(2, 3)
    666
    """
    return number * 1000 // of if of else 0
