"""Pages of the lists of claims without objection: made, looked at, decided on, downloaded."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from creditor_meetings.cases.access import Viewer, access_case
from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.files.serving import disposition, serve
from creditor_meetings.cases.models import STAFF_ROLES, Case, Role
from creditor_meetings.cases.money import fen
from creditor_meetings.cases.requests import address_of
from creditor_meetings.claims import charts, verification_clock
from creditor_meetings.claims.exporting.files import XLSX
from creditor_meetings.claims.models import Conclusion, Nature, UndisputedList, UndisputedState
from creditor_meetings.claims.result import keeping, making, verbs
from creditor_meetings.claims.result.access import access_list
from creditor_meetings.claims.result.content import Body, outlook
from creditor_meetings.claims.result.forms import ConfirmForm, MakeForm, ReturnForm

ROWS = 100
"""How many claims of a list a page shows."""
FORMATS = {
    "xlsx": ("xlsx_sha256", XLSX, "attachment"),
    "pdf": ("pdf_sha256", "application/pdf", "inline"),
    "json": ("content_sha256", "application/json", "attachment"),
}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def lists(request: HttpRequest, case_id: int) -> HttpResponse:
    """Show the lists of a case and what a new one would hold; make it."""
    case, viewer = access_case(request.user, case_id, STAFF_ROLES)
    form = MakeForm(request.POST or None)
    status = 200
    if request.method == "POST":
        viewer.require(Role.ADMINISTRATOR)
        try:
            return _made(request, case, viewer, form)
        except Refused as refusal:
            form.add_error(None, refusal.message)
            status = 400
    made_before = list(case.undisputed_lists.select_related("made_by", "decided_by"))
    failure = making.failure(case.pk)
    if failure:
        messages.error(request, failure)
    context = {
        "case": case,
        "viewer": viewer,
        "form": form,
        "lists": made_before,
        "making": making.is_running(case.pk),
        "waiting": next((one for one in made_before if _waits(one)), None),
        "found": outlook(case),
        "is_over": verification_clock.is_over(case),
        "ends_at": verification_clock.ends_at(case),
    }
    response = render(request, "claims/undisputed.html", context, status=status)
    if context["making"]:
        response["Refresh"] = "3"
    return response


def _made(request: HttpRequest, case: Case, viewer: Viewer, form: MakeForm) -> HttpResponse:
    asked: dict[str, Any] = {
        "address": address_of(request),
        "before_the_end": form.is_valid() and form.cleaned_data["before_the_end"],
    }
    if outlook(case).listed >= making.LARGE:
        making.begin(case, viewer, **asked)
        return redirect("claims:undisputed", case.pk)
    made = verbs.make_list(case, viewer, **asked)
    messages.success(
        request, _("第 %(n)s 号无异议债权表已编制并提请法院裁定。") % {"n": made.number}
    )
    return redirect("claims:undisputed_list", case.pk, made.number)


def _waits(found: UndisputedList) -> bool:
    return found.state == UndisputedState.SUBMITTED


@never_cache
@require_safe
def one_list(request: HttpRequest, case_id: int, number: int) -> HttpResponse:
    """Show a list as it was made, with what stands beside it, and the forms to decide on it."""
    case, viewer, found = access_list(request.user, case_id, number)
    return _shown(request, case, viewer, found)


@never_cache
@require_POST
def decide(request: HttpRequest, case_id: int, number: int) -> HttpResponse:
    """Confirm a list by the court's ruling, or return it with reasons."""
    case, viewer, found = access_list(request.user, case_id, number)
    viewer.require(Role.JUDGE, Role.ADMINISTRATOR)
    confirms = request.POST.get("decision") == "confirm"
    form = (ConfirmForm if confirms else ReturnForm)(request.POST)
    if form.is_valid():
        values = {**form.cleaned_data, "address": address_of(request)}
        try:
            if confirms:
                verbs.confirm_list(case, number, viewer, **values)
                done = _("已记录法院对第 %(n)s 号无异议债权表的裁定。")
            else:
                verbs.return_list(case, number, viewer, **values)
                done = _("第 %(n)s 号无异议债权表已退回。")
        except Refused as refusal:
            if refusal.code == "not_allowed":
                raise
            form.add_error(None, refusal.message)
        else:
            messages.success(request, done % {"n": number})
            return redirect("claims:undisputed_list", case.pk, number)
    found.refresh_from_db()
    return _shown(request, case, viewer, found, form=form, status=400)


def _shown(
    request: HttpRequest,
    case: Case,
    viewer: Viewer,
    found: UndisputedList,
    *,
    form: ConfirmForm | ReturnForm | None = None,
    status: int = 200,
) -> HttpResponse:
    body = keeping.body(found)
    page = Paginator(body["entries"], ROWS).get_page(request.GET.get("page"))
    figures = charts.figures_in(body)
    context = {
        "case": case,
        "viewer": viewer,
        "list": found,
        "page": page,
        "entries": [_row(one) for one in page],
        "disputed": [_row(one) for one in body["disputed"][:ROWS]],
        "undetermined": [_row(one) for one in body["undetermined"][:ROWS]],
        "rejected": [_row(one) for one in body["rejected"][:ROWS]],
        "left": _left(body),
        "figures": figures,
        "totals": charts.totals(figures),
        "confirm": form if isinstance(form, ConfirmForm) else ConfirmForm(),
        "giving_back": form if isinstance(form, ReturnForm) else ReturnForm(),
        "may_decide": _waits(found) and bool(viewer.roles & {Role.JUDGE, Role.ADMINISTRATOR}),
    }
    return render(request, "claims/undisputed_list.html", context, status=status)


def _left(body: Body) -> dict[str, int]:
    """Count what stands beside the list, which pages show the beginning of."""
    return {name: len(body[name]) for name in ("disputed", "undetermined", "rejected")}


def _row(entry: Body) -> dict[str, Any]:
    amounts = {
        name: None if entry.get(name) is None else fen(entry[name])
        for name in ("filed", "confirmed", "temporary")
    }
    return {
        **entry,
        **amounts,
        "nature": Nature(entry["nature"]).label,
        "conclusion": Conclusion(entry["conclusion"]).label,
        "objections": [{**one, "state": _states()[one["state"]]} for one in _objections(entry)],
    }


def _objections(entry: Body) -> list[Body]:
    return list(entry.get("objections", ()))


def _states() -> dict[str, str]:
    return {
        "open": _("异议待答复"),
        "answered": _("管理人已答复"),
        "maintained": _("维持异议，存在争议"),
    }


@require_safe
def file(
    request: HttpRequest,
    case_id: int,
    number: int,
    format: str,  # noqa: A002
) -> HttpResponseBase:
    """Give a list as spreadsheet, as PDF, or as the content that its hash stands for."""
    case, _viewer, found = access_list(request.user, case_id, number)
    if format not in FORMATS:
        raise NotFound
    name, media_type, how = FORMATS[format]
    sha256 = getattr(found, name)
    path = keeping.path_of(sha256)
    if not sha256 or not path.is_file():
        raise NotFound
    shown = f"无异议债权表-{case.number}-第{number}号.{format}"
    return serve(request, path, media_type, sha256, disposition(how, shown))


@require_safe
def list_chart(request: HttpRequest, case_id: int, number: int) -> HttpResponse:
    """Draw the claims of a list by nature."""
    _case, _viewer, found = access_list(request.user, case_id, number)
    figures = charts.figures_in(keeping.body(found))
    return charts.chart_response(request, figures, _("无异议债权，按性质"))
