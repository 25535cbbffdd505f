"""The pages of whoever files: the steps, the evidence, the signature, the receipt, the result."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from creditor_meetings.cases import case_page
from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.files import scans, serving
from creditor_meetings.cases.files.content import BadFile
from creditor_meetings.cases.middleware import wants_json
from creditor_meetings.cases.models import Person
from creditor_meetings.cases.money import capitals, yuan_grouped
from creditor_meetings.cases.requests import address_of
from creditor_meetings.claims.filing import (
    declaration,
    drafting,
    identity,
    receipt,
    submitting,
)
from creditor_meetings.claims.filing.access import access_file, access_filing, access_own_filing
from creditor_meetings.claims.filing.doors import door_of
from creditor_meetings.claims.filing.forms import FORMS, SignForm, StepForm
from creditor_meetings.claims.models import Filing, FilingState


def _me(request: HttpRequest) -> Person:
    assert isinstance(request.user, Person)
    return request.user


def _step_labels() -> dict[str, str]:
    return {
        "who": _("申报人"),
        "amounts": _("金额"),
        "grounds": _("事实理由"),
        "evidence": _("证据"),
        "sign": _("核对签名"),
    }


def _steps(filing: Filing, at: str) -> list[dict[str, Any]]:
    lacking = {"sign", *(step for step, _name, _words in drafting.missing(filing))}
    if not drafting.files_of(filing):
        lacking.add("evidence")
    return [
        {
            "name": name,
            "label": label,
            "number": number,
            "here": name == at,
            "done": name not in lacking,
        }
        for number, (name, label) in enumerate(_step_labels().items(), start=1)
    ]


@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, case_id: int, filing_id: int, step: str) -> HttpResponse:
    """Show a step of the form, keep what was filled in, go on when the step is whole."""
    filing = access_own_filing(request.user, case_id, filing_id)
    if step not in drafting.STEPS:
        raise NotFound
    if filing.state not in drafting.open_states():
        if request.method == "POST" and step == "sign":
            return _sign(request, filing)
        return redirect("claims:filing", case_id, filing_id)
    if step == "sign":
        return _sign(request, filing)
    if step == "evidence":
        return _evidence(request, filing)
    return _form(request, filing, step)


def _form(request: HttpRequest, filing: Filing, step: str) -> HttpResponse:
    kind = FORMS[step]
    if request.method != "POST":
        form = kind(initial=kind.initial_of(filing))
        return _form_page(request, filing, step, form)
    form = kind(request.POST)
    form.is_valid()
    filing = drafting.save(filing, form.values(), _me(request), address=address_of(request))
    if wants_json(request):
        return _kept(filing, form)
    going = request.POST.get("go", "next")
    if going == "next":
        form.lacking(filing)
    if form.errors:
        return _form_page(request, filing, step, form, status=400)
    doubt = identity.doubt(filing.identity_number, filing.entity) if step == "who" else ""
    if doubt:
        messages.warning(request, _("证件号码：%(doubt)s") % {"doubt": doubt})
    if going == "next":
        return _go(filing, _after(step))
    messages.success(request, _("已暂存。您可以离开，以后从同一地址登录后继续填写。"))
    return _go(filing, step)


def _go(filing: Filing, step: str) -> HttpResponse:
    return redirect("claims:filing_step", filing.case_id, filing.pk, step)


def _after(step: str) -> str:
    return drafting.STEPS[drafting.STEPS.index(step) + 1]


def _kept(filing: Filing, form: StepForm) -> HttpResponse:
    """Answer a script that keeps a step while it is written."""
    return JsonResponse(
        {
            "ok": True,
            "saved": f"{timezone.localtime():%H:%M}",
            "errors": {name: errors[0] for name, errors in form.errors.items()},
            "doubt": identity.doubt(filing.identity_number, filing.entity),
            "total": yuan_grouped(filing.filed_fen),
            "capitals": capitals(filing.filed_fen),
        }
    )


def _form_page(
    request: HttpRequest, filing: Filing, step: str, form: StepForm, *, status: int = 200
) -> HttpResponse:
    context = {
        **_page(filing, step),
        "form": form,
        "total": filing.filed_fen,
        "capitals": capitals(filing.filed_fen),
        "doubt": identity.doubt(filing.identity_number, filing.entity),
    }
    return render(request, "claims/filing/step.html", context, status=status)


def _page(filing: Filing, step: str) -> dict[str, Any]:
    at = drafting.STEPS.index(step)
    return {
        "filing": filing,
        "case": filing.case,
        "step": step,
        "steps": _steps(filing, step),
        "heading": _step_labels()[step],
        "before": drafting.STEPS[at - 1] if at else "",
        "late": submitting.is_or_would_be_late(filing),
    }


def _evidence(request: HttpRequest, filing: Filing) -> HttpResponse:
    refused: list[tuple[str, str]] = []
    if request.method == "POST":
        uploads = request.FILES.getlist("files")
        for upload in uploads:
            try:
                drafting.add_file(filing, upload, _me(request), address=address_of(request))
            except BadFile as bad:
                refused.append((bad.name, bad.message))
            except Refused as refusal:
                refused.append((upload.name or "", refusal.message))
        if wants_json(request):
            return _uploaded(refused, bool(uploads))
        if not refused:
            going_on = request.POST.get("go") == "next"
            return _go(filing, _after("evidence") if going_on else "evidence")
    context = {
        **_page(filing, "evidence"),
        "files": drafting.files_of(filing),
        "refused": refused,
        "max_bytes": scans.MAX_BYTES,
        "max_megabytes": scans.MAX_BYTES // 1024 // 1024,
        "max_files": drafting.MAX_FILES,
        "accept": scans.EXTENSIONS,
    }
    return render(request, "claims/filing/evidence.html", context, status=400 if refused else 200)


def _uploaded(refused: list[tuple[str, str]], any_came: bool) -> HttpResponse:
    told = [{"name": name, "message": message} for name, message in refused]
    if not any_came:
        told = [{"name": "", "message": _("请选择要上传的文件。")}]
    return JsonResponse({"ok": not told, "refused": told}, status=400 if told else 201)


def _sign(request: HttpRequest, filing: Filing) -> HttpResponse:
    form, status = SignForm(), 200
    if request.method == "POST":
        form = SignForm(request.POST)
        form.is_valid()
        try:
            submitting.submit(
                filing,
                _me(request),
                name=form.cleaned_data.get("name", ""),
                agreed=form.cleaned_data.get("agreed", False),
                sha256=form.cleaned_data.get("sha256", ""),
                address=address_of(request),
            )
        except Refused as refusal:
            form.add_error(None, refusal.message)
            status = refusal.status
            if filing.state not in drafting.open_states():
                return redirect("claims:filing", filing.case_id, filing.pk)
        else:
            return redirect("claims:filing", filing.case_id, filing.pk)
    text = submitting.text_to_sign(filing)
    files = drafting.files_of(filing)
    labels = _step_labels()
    context = {
        **_page(filing, "sign"),
        "form": form,
        "title": text.split("\n", 1)[0],
        "lines": text.split("\n")[1:],
        "sha256": declaration.sha256_of(text),
        "files": files,
        "missing": [
            {"step": name, "label": labels[name], "words": words}
            for name, _field, words in drafting.missing(filing)
        ],
        "signers": submitting.signers(filing),
        "doubt": identity.doubt(filing.identity_number, filing.entity),
    }
    return render(request, "claims/filing/sign.html", context, status=status)


@require_safe
def filing(request: HttpRequest, case_id: int, filing_id: int) -> HttpResponse:
    """Show a filing to its author: where it stands, the receipt, the result and what follows."""
    found = access_own_filing(request.user, case_id, filing_id)
    if found.state == FilingState.DRAFT:
        lacking = drafting.missing(found)
        return _go(found, lacking[0][0] if lacking else "sign")
    claim = found.claim
    door = door_of(found.case)
    context = {
        "filing": found,
        "case": found.case,
        "files": drafting.files_of(found),
        "claim": claim,
        "capitals": capitals(found.filed_fen),
        "may_withdraw": found.state in (FilingState.SUBMITTED, FilingState.RETURNED),
        "meetings": case_page.meetings_of(_me(request), [found.case_id]),
        "door": door,
        "told": _history(found),
    }
    return render(request, "claims/filing/filing.html", context)


def _history(filing: Filing) -> list[dict[str, Any]]:
    """What happened to the filing, as its author may know it: states, not who held it."""
    states = filing.changes.filter(field="state").order_by("at", "pk")
    return [
        {
            "at": one.at,
            "label": FilingState(one.after).label if one.after in FilingState.values else one.after,
            "reason": one.reason if one.after == FilingState.RETURNED else "",
        }
        for one in states
    ]


@require_POST
def withdraw(request: HttpRequest, case_id: int, filing_id: int) -> HttpResponse:
    """Take a filing back, or throw a draft away."""
    found = access_own_filing(request.user, case_id, filing_id)
    drafting.withdraw(
        found,
        _me(request),
        reason=request.POST.get("reason", "").replace("\x00", "").strip()[:1000],
        address=address_of(request),
    )
    messages.success(request, _("申报已撤回。") if found.number else _("草稿已删除。"))
    if found.number:
        return redirect("claims:filing", case_id, filing_id)
    door = door_of(found.case)
    return redirect("claims:file", door.token) if door is not None else redirect("home")


@require_safe
def receipt_pdf(request: HttpRequest, case_id: int, filing_id: int) -> HttpResponse:
    """Give the receipt as PDF to the author, the team and the court."""
    seen = access_filing(request.user, case_id, filing_id)
    response = HttpResponse(receipt.pdf(seen.filing), content_type="application/pdf")
    name = f"{_('债权申报回执')}-{seen.filing.number}.pdf"
    response["Content-Disposition"] = serving.disposition("attachment", name)
    return response


@require_safe
def file(request: HttpRequest, case_id: int, filing_id: int, file_id: int) -> HttpResponseBase:
    """Give a file of evidence to the author, the team and the court."""
    seen = access_filing(request.user, case_id, filing_id)
    return scans.give(request, drafting.ROOM, _scan(access_file(seen, file_id)))


@require_safe
def file_page(
    request: HttpRequest, case_id: int, filing_id: int, file_id: int, page: int
) -> HttpResponseBase:
    """Give the picture of a page of evidence."""
    seen = access_filing(request.user, case_id, filing_id)
    return scans.give_picture(request, drafting.ROOM, _scan(access_file(seen, file_id)), page)


def _scan(found: Any) -> scans.Scan:
    return scans.Scan(found.name, found.content_type, found.size, found.sha256)


@require_POST
def remove_file(request: HttpRequest, case_id: int, filing_id: int, file_id: int) -> HttpResponse:
    """Take a file of evidence out again."""
    found = access_own_filing(request.user, case_id, filing_id)
    seen = access_filing(request.user, case_id, filing_id)
    drafting.remove_file(access_file(seen, file_id), _me(request), address=address_of(request))
    messages.success(request, _("文件已移除。"))
    return _go(found, "evidence")
