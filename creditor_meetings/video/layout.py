"""How the meeting's director lays the pictures out, for everybody (画面布局)."""

from django.db import transaction
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.meetings.publishing import publish
from creditor_meetings.meetings.verbs import locked, require_chair
from creditor_meetings.video import describe
from creditor_meetings.video.models import LayoutChange, LayoutMode


@transaction.atomic
def set_layout(meeting: Meeting, mode: str, main: int | None, viewer: Viewer) -> None:
    """Lay the pictures out: by themselves, one of them large (`main`), or all alike."""
    found = locked(meeting)
    require_chair(found, viewer)
    active = {one.pk for one in describe.active_broadcasts(found)}
    if mode != LayoutMode.MAIN and main is not None:
        raise Refused("bad_request", _("字段“main”只用于布局“main”。"))
    if mode == LayoutMode.MAIN and main not in active:
        raise Refused("bad_request", _("字段“main”不正确：应为一路正在进行的直播的编号。"))
    LayoutChange.objects.create(
        meeting=found, mode=mode, main_id=main, at=clock.now(), by=viewer.person
    )
    publish(found, "layout_changed", {"video/layout": describe.layout(found, active)})
