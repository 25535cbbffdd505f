"""The files of a published plan, spreadsheet and PDF: of many claims made aside, not in a request.

They are made of what was published and say nothing else; whoever comes before they are there is
told to wait, and a server that ended meanwhile begins again when somebody asks.
"""

import logging
import threading

from django.db import close_old_connections

from creditor_meetings.estate import content, store
from creditor_meetings.estate.plan_models import Plan
from creditor_meetings.estate.plan_paper import as_pdf
from creditor_meetings.estate.plan_table import as_xlsx

logger = logging.getLogger(__name__)
MANY = 1000
"""From how many claims on the files are made aside: a thousand take about a second."""
_at_work: set[int] = set()
_lock = threading.Lock()


def make(plan: Plan) -> None:
    """Make the files of a published plan that are not there."""
    assert plan.published_at is not None
    data = content.load(plan.content_sha256)
    made = {}
    if not plan.xlsx_sha256:
        made["xlsx_sha256"] = store.keep(as_xlsx(data))
    if not plan.pdf_sha256:
        made["pdf_sha256"] = store.keep(as_pdf(data, plan.published_at))
    if made:
        Plan.objects.filter(pk=plan.pk).update(**made)


def make_soon(plan_id: int) -> None:
    """Make the files of a plan in a thread of their own, unless somebody is at it."""
    with _lock:
        if plan_id in _at_work:
            return
        _at_work.add(plan_id)
    threading.Thread(target=_make_aside, args=(plan_id,), daemon=True).start()


def _make_aside(plan_id: int) -> None:
    try:
        close_old_connections()
        make(Plan.objects.get(pk=plan_id))
    except Exception:
        logger.exception("The files of distribution plan %s could not be made", plan_id)
    finally:
        close_old_connections()
        with _lock:
            _at_work.discard(plan_id)
