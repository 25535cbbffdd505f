"""Pages of property and account: lists, and a form a row."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Case
from creditor_meetings.cases.requests import address_of
from creditor_meetings.estate import record, rows
from creditor_meetings.estate.access import access_asset, access_entry, access_estate, plans_for
from creditor_meetings.estate.account import account_of, property_sums
from creditor_meetings.estate.forms import AssetForm, EntryForm
from creditor_meetings.estate.models import Asset, Entry, EstateChange
from creditor_meetings.estate.record import Author

PAGE = 50
HISTORY = 50


@require_GET
def overview(request: HttpRequest, case_id: int) -> HttpResponse:
    """Show what came in, went out and is there, and what the property came to."""
    case, viewer = access_estate(request.user, case_id)
    context = {
        "case": case,
        "viewer": viewer,
        "account": account_of(case),
        "property": property_sums(case),
        "plans": plans_for(case, viewer)[:5],
        "latest": EstateChange.objects.filter(case=case).select_related("by", "asset", "entry")[:1],
    }
    return render(request, "estate/overview.html", context)


@require_GET
def assets(request: HttpRequest, case_id: int) -> HttpResponse:
    """List the properties."""
    case, viewer = access_estate(request.user, case_id)
    found = Asset.objects.filter(case=case, removed_at__isnull=True)
    found = found.prefetch_related("liens__claim")
    return _list(request, case, viewer, found, "estate/assets.html")


@require_GET
def money(request: HttpRequest, case_id: int) -> HttpResponse:
    """List what came in and went out, the latest first."""
    case, viewer = access_estate(request.user, case_id)
    found = Entry.objects.filter(case=case, removed_at__isnull=True).order_by("-day", "-number")
    return _list(request, case, viewer, found, "estate/money.html")


def _list(
    request: HttpRequest, case: Case, viewer: Viewer, found: QuerySet[Any], template: str
) -> HttpResponse:
    context = {
        "case": case,
        "viewer": viewer,
        "page": Paginator(found, PAGE).get_page(request.GET.get("page")),
        "account": account_of(case),
        "property": property_sums(case),
        "q": "",
    }
    return render(request, template, context)


@require_http_methods(["GET", "POST"])
def new_asset(request: HttpRequest, case_id: int) -> HttpResponse:
    """Register a property."""
    case, viewer = access_estate(request.user, case_id, to_write=True)
    return _new(request, case, viewer, AssetForm, Asset, "estate:assets")


@require_http_methods(["GET", "POST"])
def new_entry(request: HttpRequest, case_id: int) -> HttpResponse:
    """Book a line of the account."""
    case, viewer = access_estate(request.user, case_id, to_write=True)
    return _new(request, case, viewer, EntryForm, Entry, "estate:money")


def _new(
    request: HttpRequest, case: Case, viewer: Viewer, form_class: Any, model: Any, back: str
) -> HttpResponse:
    form = form_class(case, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        made = rows.add(model, case, form.values(), Author(viewer, "", address_of(request)))
        messages.success(request, _("已登记，编号 %(n)s。") % {"n": made.number})
        return redirect(back, case_id=case.pk)
    context = {"case": case, "viewer": viewer, "form": form, "row": None, "back": back}
    context["at"] = "assets" if model is Asset else "money"
    return render(request, "estate/row.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def asset(request: HttpRequest, case_id: int, row_id: int) -> HttpResponse:
    """Show a property with its history; the administrator changes it."""
    writes = request.method == "POST"
    found, case, viewer = access_asset(request.user, case_id, row_id, to_write=writes)
    return _edit(request, found, case, viewer, AssetForm, "estate:assets")


@require_http_methods(["GET", "POST"])
def entry(request: HttpRequest, case_id: int, row_id: int) -> HttpResponse:
    """Show a line of the account with its history; the administrator changes it."""
    writes = request.method == "POST"
    found, case, viewer = access_entry(request.user, case_id, row_id, to_write=writes)
    return _edit(request, found, case, viewer, EntryForm, "estate:money")


def _edit(
    request: HttpRequest, found: Any, case: Case, viewer: Viewer, form_class: Any, back: str
) -> HttpResponse:
    form = form_class.of(found)
    status = 200
    if request.method == "POST":
        form = form_class(case, request.POST, changing=True)
        if form.is_valid():
            values = form.cleaned_data
            author = Author(viewer, values["reason"], address_of(request))
            try:
                changed = rows.change(found, form.values(), author, version=values["version"])
            except Refused as refused:
                form.add_error(None, refused.message)
            else:
                messages.success(request, _("已保存。") if changed else _("没有变化。"))
                return redirect(back, case_id=case.pk)
        status = 400
    if not viewer.is_administrator:
        for one in form.fields.values():
            one.disabled = True
        del form.fields["reason"]
    changes = found.changes.select_related("by")[:HISTORY]
    context = {
        "case": case,
        "viewer": viewer,
        "form": form,
        "row": found,
        "back": back,
        "history": record.history(changes, found),
        "at": "assets" if isinstance(found, Asset) else "money",
    }
    return render(request, "estate/row.html", context, status=status)


@require_POST
def remove_asset(request: HttpRequest, case_id: int, row_id: int) -> HttpResponse:
    """Take a property out of the list."""
    found, case, viewer = access_asset(request.user, case_id, row_id, to_write=True)
    return _remove(request, found, case, viewer, "estate:assets")


@require_POST
def remove_entry(request: HttpRequest, case_id: int, row_id: int) -> HttpResponse:
    """Take a line out of the account."""
    found, case, viewer = access_entry(request.user, case_id, row_id, to_write=True)
    return _remove(request, found, case, viewer, "estate:money")


def _remove(
    request: HttpRequest, found: Asset | Entry, case: Case, viewer: Viewer, back: str
) -> HttpResponse:
    reason = request.POST.get("reason", "").replace("\x00", "")[:1000]
    rows.remove(found, Author(viewer, reason, address_of(request)))
    messages.success(request, _("已删除，记录保留。"))
    return redirect(back, case_id=case.pk)
