"""Pages of distribution plans: the team's drafts, what everybody sees, and what if."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from creditor_meetings.cases.access import Viewer, access_case
from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.files import serving
from creditor_meetings.cases.models import Case
from creditor_meetings.cases.requests import address_of
from creditor_meetings.estate import content, filing, plan_files, record, store, wording
from creditor_meetings.estate import estimate as calculator
from creditor_meetings.estate import plans as verbs
from creditor_meetings.estate.access import access_estate, access_plan, plans_for, sees_all
from creditor_meetings.estate.plan_forms import CostForms, ExecuteForm, MeetingForm, PlanForm
from creditor_meetings.estate.plan_models import Disputed, Pending, Plan, PlanState
from creditor_meetings.estate.plan_table import rate
from creditor_meetings.estate.record import Author
from creditor_meetings.estate.views_tables import XLSX

PAGE = 50
FORMATS = {"pdf": ("pdf_sha256", "application/pdf"), "xlsx": ("xlsx_sha256", XLSX)}


@require_GET
def plans(request: HttpRequest, case_id: int) -> HttpResponse:
    """List the plans: creditors see what was published."""
    case, viewer = access_case(request.user, case_id)
    context = {"case": case, "viewer": viewer, "plans": plans_for(case, viewer)}
    return render(request, "estate/plans.html", context)


@require_GET
def mine(request: HttpRequest, case_id: int) -> HttpResponse:
    """Show what the newest plan gives to whom the viewer acts for."""
    case, viewer = access_case(request.user, case_id)
    newest = verbs.newest(case)
    if newest is None:
        context = {"case": case, "viewer": viewer, "plans": ()}
        return render(request, "estate/plans.html", context)
    return _show(request, newest, case, viewer)


@require_GET
def plan(request: HttpRequest, case_id: int, plan_id: int) -> HttpResponse:
    """Show a plan: the sums to everybody, own lines to creditors, all where it is open."""
    found, case, viewer = access_plan(request.user, case_id, plan_id)
    return _show(request, found, case, viewer)


def _show(request: HttpRequest, found: Plan, case: Case, viewer: Viewer) -> HttpResponse:
    context: dict[str, Any] = {"case": case, "viewer": viewer, "plan": found, "refusal": ""}
    try:
        data = verbs.computed(found)
    except Refused as refused:
        if found.is_published:
            raise
        context["refusal"] = refused.message
        return render(request, "estate/plan.html", context)
    own = calculator.own_lines(data, viewer)
    context |= {
        "data": data,
        "steps": calculator.steps(data["steps"]),
        "own": own,
        "own_receives": sum(one.receives_fen for one in own),
        "own_set_aside": sum(one.set_aside_fen for one in own),
        "rules": wording.rule_in_words(),
        "pending": Pending(data["basis"]["pending"]).label,
        "disputed": Disputed(data["basis"]["disputed"]).label,
        "costs": [{**one, "label": wording.rank(one["kind"])} for one in data["costs"]],
        "open": sees_all(found, viewer),
        "covers_expenses": _covers_expenses(data),
    }
    if found.is_published:
        if not found.pdf_sha256:
            plan_files.make_soon(found.pk)
        context |= _what_if(request, found, data, own)
    if context["open"]:
        context |= _table(request, data)
    if viewer.is_administrator:
        context |= {
            "seen": "" if found.is_published else _hash(data),
            "execute_form": ExecuteForm(),
            "meeting_form": MeetingForm(case),
        }
    if viewer.is_staff:
        changes = found.changes.select_related("by")[:PAGE]
        context["history"] = record.history(changes, found)
    return render(request, "estate/plan.html", context)


def _hash(data: Any) -> str:
    import hashlib

    return hashlib.sha256(content.encode(data)).hexdigest()


def _covers_expenses(data: Any) -> bool:
    step = next(one for one in data["steps"] if one["rank"] == "expenses")
    return bool(step["paid_fen"] == step["owed_fen"])


def _what_if(request: HttpRequest, found: Plan, data: Any, own: Any) -> dict[str, Any]:
    """What the calculator shows without a script: the answer to what the address asks."""
    asked = "sum" in request.GET
    question = calculator.Question.of(request.GET, data, own)
    return {
        "answer": calculator.answer(found, question, own) if asked else None,
        "typed_sum": request.GET.get("sum", "")[:60] if asked else "",
        "fields": [
            {
                "line": one,
                "name": f"claim-{one.number}",
                "typed": request.GET.get(f"claim-{one.number}", "")[:60],
                "error": question.errors.get(f"claim-{one.number}", ""),
            }
            for one in own[: calculator.MOST_CLAIMS]
        ],
        "sum_error": question.errors.get("sum", ""),
    }


def _table(request: HttpRequest, data: Any) -> dict[str, Any]:
    q = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    claims = data["claims"]
    if q:
        claims = [one for one in claims if q in one["name"] or q == str(one["number"])]
    page = Paginator(claims, PAGE).get_page(request.GET.get("page"))
    rows = [
        {
            **one,
            "label": wording.short_rank(one["rank"]),
            "rate": rate(one),
            "amount_fen": one["certain_fen"] + one["pending_fen"],
            "kept_fen": one["set_aside_fen"] + one["collateral_set_aside_fen"],
        }
        for one in page.object_list
    ]
    return {"page": page, "rows": rows, "q": q}


@require_GET
def estimate(request: HttpRequest, case_id: int, plan_id: int) -> HttpResponse:
    """Answer what if: another sum, other amounts of own claims; nothing is kept of it."""
    found, _case, viewer = access_plan(request.user, case_id, plan_id)
    if not found.is_published:
        raise NotFound
    data = content.load(found.content_sha256)
    own = calculator.own_lines(data, viewer)
    question = calculator.Question.of(request.GET, data, own)
    answer = calculator.answer(found, question, own)
    response = JsonResponse({"ok": not question.errors, "data": answer})
    response["Cache-Control"] = "private, no-store"
    return response


@require_GET
def download(request: HttpRequest, case_id: int, plan_id: int, ending: str) -> HttpResponseBase:
    """Give the table of a published plan, to whoever sees every line of it."""
    found, _case, viewer = access_plan(request.user, case_id, plan_id)
    if ending not in FORMATS or not found.is_published or not sees_all(found, viewer):
        raise NotFound
    field, media_type = FORMATS[ending]
    sha256 = getattr(found, field)
    if not sha256:
        plan_files.make_soon(found.pk)
        raise Refused("unavailable", _("方案文件正在生成，请一两分钟后再来。"))
    name = serving.disposition("attachment", f"{found.title}.{ending}")
    store.read(sha256)
    return serving.serve(request, store.path_of(sha256), media_type, sha256, name)


# --- The administrator's -------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, case_id: int) -> HttpResponse:
    """Begin a plan."""
    case, viewer = access_estate(request.user, case_id, to_write=True)
    first = not Plan.objects.filter(case=case, state=PlanState.EXECUTED).exists()
    title = _("破产财产分配方案") if first else _("破产财产追加分配方案")
    initial = {
        "title": title, "pending": Pending.TEMPORARY, "disputed": Disputed.SET_ASIDE,
        "open_to_all": True,
    }  # fmt: skip
    form, costs = PlanForm(initial=initial), CostForms(prefix="cost")
    if request.method == "POST":
        form, costs = PlanForm(request.POST), CostForms(request.POST, prefix="cost")
        if form.is_valid() and costs.is_valid():
            author = Author(viewer, "", address_of(request))
            made = verbs.draft(case, _values(form, costs), author)
            return redirect("estate:plan", case_id=case.pk, plan_id=made.pk)
    return _form(request, case, viewer, None, form, costs)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, case_id: int, plan_id: int) -> HttpResponse:
    """Change a draft."""
    found, case, viewer = access_plan(request.user, case_id, plan_id, to_write=True)
    if found.state != PlanState.DRAFT:
        raise Refused("bad_request", _("方案已经公布，不能再修改；需要变更的，请另做一份方案。"))
    form, costs = PlanForm.of(found), CostForms(prefix="cost", initial=found.costs)
    if request.method == "POST":
        form, costs = PlanForm(request.POST), CostForms(request.POST, prefix="cost")
        if form.is_valid() and costs.is_valid():
            author = Author(viewer, "", address_of(request))
            version = form.cleaned_data["version"]
            try:
                verbs.change(found, _values(form, costs), author, version=version)
            except Refused as refused:
                form.add_error(None, refused.message)
            else:
                return redirect("estate:plan", case_id=case.pk, plan_id=found.pk)
    return _form(request, case, viewer, found, form, costs)


def _values(form: PlanForm, costs: Any) -> dict[str, Any]:
    values = {name: value for name, value in form.cleaned_data.items() if name != "version"}
    return {**values, "costs": costs.costs()}


def _form(
    request: HttpRequest, case: Case, viewer: Viewer, found: Plan | None, form: PlanForm, costs: Any
) -> HttpResponse:
    wrong = form.is_bound and bool(form.errors or any(costs.errors) or costs.non_form_errors())
    context = {"case": case, "viewer": viewer, "plan": found, "form": form, "costs": costs}
    return render(request, "estate/plan_form.html", context, status=400 if wrong else 200)


@require_POST
def publish(request: HttpRequest, case_id: int, plan_id: int) -> HttpResponse:
    """Publish a draft for good, as its author saw it."""
    found, case, viewer = access_plan(request.user, case_id, plan_id, to_write=True)
    author = Author(viewer, "", address_of(request))
    try:
        verbs.publish(found, author, seen=request.POST.get("seen", ""))
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("方案已公布，内容不再改变。"))
    return redirect("estate:plan", case_id=case.pk, plan_id=found.pk)


@require_POST
def discard(request: HttpRequest, case_id: int, plan_id: int) -> HttpResponse:
    """Give a draft up."""
    found, case, viewer = access_plan(request.user, case_id, plan_id, to_write=True)
    verbs.discard(found, Author(viewer, "", address_of(request)))
    messages.success(request, _("草案已废弃，记录保留。"))
    return redirect("estate:plans", case_id=case.pk)


@require_POST
def execute(request: HttpRequest, case_id: int, plan_id: int) -> HttpResponse:
    """Put on record that a plan was carried out."""
    found, case, viewer = access_plan(request.user, case_id, plan_id, to_write=True)
    form = ExecuteForm(request.POST)
    if form.is_valid():
        values = form.cleaned_data
        author = Author(viewer, "", address_of(request))
        verbs.execute(found, author, day=values["day"], ruling=values["ruling"])
        messages.success(request, _("已登记执行，收支已记账。"))
    else:
        messages.error(request, " ".join(str(e) for one in form.errors.values() for e in one))
    return redirect("estate:plan", case_id=case.pk, plan_id=found.pk)


@require_POST
def to_meeting(request: HttpRequest, case_id: int, plan_id: int) -> HttpResponse:
    """Put the PDF among the documents of a meeting, to be handed out and voted on."""
    found, case, viewer = access_plan(request.user, case_id, plan_id, to_write=True)
    form = MeetingForm(case, request.POST)
    if not form.is_valid() or not found.is_published:
        raise Refused("bad_request", _("请选择本案的一次会议；方案应已公布。"))
    if not found.pdf_sha256:
        plan_files.make_soon(found.pk)
        raise Refused("unavailable", _("方案文件正在生成，请一两分钟后再来。"))
    meeting = form.cleaned_data["meeting"]
    author = Author(viewer, "", address_of(request))
    filing.file_into(meeting, case, store.read(found.pdf_sha256), found.title, author, found)
    messages.success(
        request, _("已放入“%(meeting)s”的文件，发放后全体可见。") % {"meeting": meeting.title}
    )
    return redirect("documents:documents", meeting=meeting.slug)
