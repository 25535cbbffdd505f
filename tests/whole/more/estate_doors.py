"""Addresses of estate."""

from datetime import date
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from creditor_meetings.cases.access import viewer_for
from creditor_meetings.estate import content, plans, rows, store
from creditor_meetings.estate.models import Asset, Entry, Plan
from creditor_meetings.estate.record import Author
from tests.whole.door import ADMINISTRATOR, CASE, MEMBERS, STAFF, Door, Stage

PLAN = {**CASE, "plan_id": "plan"}
HIDDEN_PLAN = {**CASE, "plan_id": "draft_plan"}
ASSET = {**CASE, "row_id": "asset"}
ENTRY = {**CASE, "row_id": "entry"}

_FACTS: dict[str, Any] = {
    "title": "分配方案", "free_fen": 100_000, "reserve_fen": 0, "pending": "temporary",
    "disputed": "set_aside", "costs": [], "manner": "", "open_to_all": True,
}  # fmt: skip
_ENTRY = {"day": "2026-03-01", "kind": "sale", "amount_fen": "5.00"}
_ASSET = {"kind": "land", "name": "土地", "state": "held"}
_PLAN = {
    "title": "第二份方案", "free_fen": "5.00", "pending": "filed", "disputed": "pay",
    "cost-TOTAL_FORMS": "0", "cost-INITIAL_FORMS": "0",
}  # fmt: skip


def furnish(stage: Stage) -> dict[str, Any]:
    """A property, a line of the account, a published plan and a draft."""
    case = stage.cast.case
    author = Author(viewer_for(stage.cast.people["administrator"], case), "", "192.0.2.7")
    entry = rows.add(
        Entry, case, {"day": date(2026, 3, 1), "kind": "taken_over", "amount_fen": 500}, author
    )
    asset = rows.add(Asset, case, {"kind": "building", "name": "厂房", "liens": []}, author)
    published = plans.draft(case, _FACTS, author)
    seen = store.keep(content.encode(plans.computed(published)))
    plans.publish(published, author, seen=seen)
    draft = plans.draft(case, {**_FACTS, "title": "草案"}, author)
    return {
        "asset": asset.pk,
        "entry": entry.pk,
        "plan": published.pk,
        "draft_plan": draft.pk,
        "pdf": "pdf",
    }


def _seen(stage: Stage, _role: str) -> dict[str, str]:
    plan = Plan.objects.get(pk=stage.ids["draft_plan"])
    return {"seen": store.keep(content.encode(plans.computed(plan)))}


def _table(kind: str) -> dict[str, Any]:
    texts = {
        "money": "日期,类别,金额（元）\n2026-03-02,利息收入,1.00\n",
        "assets": "类别,名称,状态\n车辆,货车,管理中\n",
    }
    return {"file": SimpleUploadedFile("表格.csv", texts[kind].encode())}


def _meeting(stage: Stage, _role: str) -> dict[str, str]:
    return {"meeting": stage.cast.meeting.slug}


DOORS: dict[str, Door] = {
    "estate:overview": Door(CASE, reads=STAFF),
    "estate:assets": Door(CASE, reads=STAFF),
    "estate:new_asset": Door(
        CASE, reads=ADMINISTRATOR, sends=ADMINISTRATOR, data=lambda _s, _r: _ASSET
    ),
    "estate:asset": Door(
        ASSET, reads=STAFF, sends=ADMINISTRATOR,
        data=lambda _s, _r: {**_ASSET, "reason": "更正", "version": "0"},
    ),
    "estate:remove_asset": Door(ASSET, sends=ADMINISTRATOR, data=lambda _s, _r: {"reason": "重复"}),
    "estate:money": Door(CASE, reads=STAFF),
    "estate:new_entry": Door(
        CASE, reads=ADMINISTRATOR, sends=ADMINISTRATOR, data=lambda _s, _r: _ENTRY
    ),
    "estate:entry": Door(
        ENTRY, reads=STAFF, sends=ADMINISTRATOR,
        data=lambda _s, _r: {**_ENTRY, "reason": "更正", "version": "0"},
    ),
    "estate:remove_entry": Door(ENTRY, sends=ADMINISTRATOR, data=lambda _s, _r: {"reason": "重复"}),
    "estate:mine": Door(CASE, reads=MEMBERS),
    "estate:plans": Door(CASE, reads=MEMBERS),
    "estate:new_plan": Door(
        CASE, reads=ADMINISTRATOR, sends=ADMINISTRATOR, data=lambda _s, _r: _PLAN
    ),
    "estate:plan": Door(PLAN, reads=MEMBERS),
    "estate:edit_plan": Door(
        HIDDEN_PLAN, reads=ADMINISTRATOR, sends=ADMINISTRATOR,
        data=lambda _s, _r: {**_PLAN, "version": "0"},
    ),
    "estate:publish_plan": Door(HIDDEN_PLAN, sends=ADMINISTRATOR, data=_seen),
    "estate:discard_plan": Door(HIDDEN_PLAN, sends=ADMINISTRATOR),
    "estate:execute_plan": Door(
        PLAN, sends=ADMINISTRATOR, data=lambda _s, _r: {"day": "2026-04-01", "ruling": "之二"}
    ),
    "estate:file_plan": Door(PLAN, sends=ADMINISTRATOR, data=_meeting),
    "estate:estimate": Door(PLAN, reads=MEMBERS, query="?sum=2000", page=False),
    "estate:plan_file": Door({**PLAN, "ending": "pdf"}, reads=MEMBERS, page=False),
    "estate:reports": Door(CASE, reads=STAFF),
}  # fmt: skip
for _kind in ("assets", "money"):
    DOORS |= {
        f"estate:import_{_kind}": Door(
            CASE, reads=ADMINISTRATOR, sends=ADMINISTRATOR,
            data=lambda _s, _r, kind=_kind: _table(kind),
        ),
        f"estate:export_{_kind}": Door(CASE, reads=STAFF, page=False),
        f"estate:template_{_kind}": Door(CASE, reads=ADMINISTRATOR, page=False),
    }  # fmt: skip
for _kind in ("work", "property"):
    DOORS |= {
        f"estate:{_kind}_report_docx": Door(CASE, reads=STAFF, page=False),
        f"estate:{_kind}_report_pdf": Door(CASE, reads=STAFF, page=False),
        f"estate:file_{_kind}_report": Door(CASE, sends=ADMINISTRATOR, data=_meeting),
    }
