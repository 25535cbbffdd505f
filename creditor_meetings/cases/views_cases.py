"""The home page, the page of a case, its facts and its people."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from creditor_meetings.cases import case_page, invitations, people
from creditor_meetings.cases.access import Viewer, access_case
from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.forms import AddRoleForm, CaseForm, NewCaseForm
from creditor_meetings.cases.models import STAFF_ROLES, Case, CaseRole, Person, Role

PAGE = 100


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show a person's cases and meetings, each with the way in; strangers the sign-in."""
    person = request.user
    if not isinstance(person, Person):
        return render(request, "cases/welcome.html")
    held = CaseRole.objects.filter(person=person, active=True).select_related("case", "creditor")
    roles_of: dict[Case, list[CaseRole]] = {}
    for one in held.order_by("case_id", "role"):
        roles_of.setdefault(one.case, []).append(one)
    meetings = case_page.meetings_of(person, [case.pk for case in roles_of])
    mine = [
        {
            "case": case,
            "roles": roles,
            "staff": any(one.role in STAFF_ROLES for one in roles),
            "meetings": [line for line in meetings if line.case_id == case.pk],
            "links": case_page.links_of(case, _seen(person, case, roles)),
        }
        for case, roles in roles_of.items()
    ]
    context = {
        "mine": mine,
        "errands": case_page.errands_of(person),
        "may_add": person.has_perm("cases.add_case"),
    }
    return render(request, "cases/home.html", context)


def _seen(person: Person, case: Case, roles: list[CaseRole]) -> Viewer:
    """The case as the person sees it, by roles that were fetched already."""
    acts_for = {one.creditor_id: one.role for one in roles if one.creditor_id is not None}
    return Viewer(person, case.pk, frozenset(one.role for one in roles), acts_for)


@require_GET
def case(request: HttpRequest, case_id: int) -> HttpResponse:
    """Show a case to the administrator and the court: facts, meetings, claims, people."""
    found, viewer = access_case(request.user, case_id, STAFF_ROLES)
    roles = CaseRole.objects.filter(case=found, active=True)
    counts = [(label, roles.filter(role=role).count()) for role, label in Role.choices]
    context = {
        "case": found,
        "viewer": viewer,
        "cards": case_page.cards_of(found, viewer),
        "meetings": case_page.meetings_of(viewer.person, [found.pk]),
        "counts": [(label, number) for label, number in counts if number],
        "creditors": found.creditors.count(),
        "not_in": invitations.creditors_not_in(found).count(),
        "without_link": invitations.creditors_without_link(found).count(),
    }
    return render(request, "cases/case.html", context)


@require_http_methods(["GET", "POST"])
def edit_case(request: HttpRequest, case_id: int) -> HttpResponse:
    """Change the facts of a case."""
    found, _viewer = access_case(request.user, case_id, STAFF_ROLES)
    form = CaseForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("案件信息已保存。"))
        return redirect("case", case_id=found.pk)
    status = 400 if form.errors else 200
    # A form that failed has already written into its instance: the title shows what is kept.
    context = {"case": Case.objects.get(pk=found.pk), "form": form}
    return render(request, "cases/case_form.html", context, status=status)


@require_http_methods(["GET", "POST"])
def new_case(request: HttpRequest) -> HttpResponse:
    """Make a case with its first administrator and judge, for operators."""
    person = request.user
    if not isinstance(person, Person):
        raise NotFound
    if not person.has_perm("cases.add_case"):
        raise NotFound
    form = NewCaseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made, issued = _make_case(form, person)
        unsent = [one for one in issued if not invitations.send(one, "email")]
        context = {"case": made, "issued": issued, "unsent": unsent}
        return render(request, "cases/case_made.html", context)
    status = 400 if form.errors else 200
    return render(request, "cases/case_form.html", {"case": None, "form": form}, status=status)


@transaction.atomic
def _make_case(form: NewCaseForm, by: Person) -> tuple[Case, list[invitations.Issued]]:
    made = form.save()
    values = form.cleaned_data
    first = [
        (Role.ADMINISTRATOR, values["administrator_name"], values["administrator_email"]),
        (Role.JUDGE, values["judge_name"], values["judge_email"]),
    ]
    issued = [
        invitations.issue(made, role, name, email=email, by=by) for role, name, email in first
    ]
    return made, issued


@require_http_methods(["GET", "POST"])
def case_people(request: HttpRequest, case_id: int) -> HttpResponse:
    """Show everybody who has a role in the case; a POST gives one of them another role."""
    found, viewer = access_case(request.user, case_id, STAFF_ROLES)
    form = AddRoleForm(found, request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            people.grant_role(found, values["person"], values["role"], values["creditors"], viewer)
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("已增加%(person)s的角色。") % {"person": values["person"]})
            return redirect("case_people", case_id=found.pk)
    wanted = request.GET.get("q", "").strip()
    held = CaseRole.objects.filter(case=found).select_related("person", "creditor")
    if wanted:
        held = held.filter(Q(person__name__icontains=wanted) | Q(creditor__name__icontains=wanted))
    rows = held.order_by("-active", "role", "creditor__position", "id")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {"case": found, "viewer": viewer, "page": page, "q": wanted, "form": form}
    status = 400 if form.errors else 200
    return render(request, "cases/people.html", context, status=status)


@require_POST
def change_role(request: HttpRequest, case_id: int, role_id: int) -> HttpResponse:
    """Take a role away or give it back."""
    found, viewer = access_case(request.user, case_id, STAFF_ROLES)
    held = people.role_of(found, role_id)
    active = request.POST.get("active") == "1"
    people.set_role_active(held, active, viewer)
    words = _("已恢复%(person)s的角色。") if active else _("已停用%(person)s的角色。")
    messages.success(request, words % {"person": held.person})
    return redirect("case_people", case_id=found.pk)
