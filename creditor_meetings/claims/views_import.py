"""Importing a claims table in the browser: upload, look at every problem, confirm."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from creditor_meetings.cases.access import Viewer, access_case
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Case, Role
from creditor_meetings.cases.requests import address_of
from creditor_meetings.claims import columns, reading, tables
from creditor_meetings.claims.importing import NoTable, Reading, Unreadable
from creditor_meetings.claims.importing.applying import Decisions, Otherwise, Outcome, update
from creditor_meetings.claims.importing.commit import (
    Source,
    commit,
    compare_case_number,
    says_nothing_new,
)
from creditor_meetings.claims.importing.comparing import compare
from creditor_meetings.claims.importing.difference import Difference
from creditor_meetings.claims.importing.grid import too_large
from creditor_meetings.claims.importing.meanings import Meanings
from creditor_meetings.claims.importing.present import of_table
from creditor_meetings.claims.models import ClaimsTable, Nature

FINDINGS_A_PAGE = 100
DIFFERENCES_A_PAGE = 50
SHOWN_ROWS = 10
ONE_BY_ONE = 300
"""Up to so many claims are decided on one by one; more only all together."""


@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest, case_id: int) -> HttpResponse:
    """Take a file and lead to its preview; say in one line why it cannot be read."""
    case, viewer = access_case(request.user, case_id, [Role.ADMINISTRATOR])
    error = ""
    if request.method == "POST":
        try:
            content, name = uploaded(request)
            _refuse_unreadable(content, name)
        except Unreadable as unreadable:
            error = str(unreadable)
        else:
            kept = tables.keep(case, content, name, viewer, address_of(request))
            if reading.understood(kept, content) is None:
                reading.start(kept)
            return redirect("claims:preview", case_id=case.pk, number=kept.pk)
    context = {
        "case": case,
        "error": error,
        "max_megabytes": settings.CLAIMS_TABLE_MAX_BYTES // 1024 // 1024,
        "claims": of_table(case).count(),
    }
    return render(request, "claims/import.html", context, status=400 if error else 200)


def _refuse_unreadable(content: bytes, name: str) -> None:
    """Raise `Unreadable` for a small file that is no table; a large one is read elsewhere."""
    if reading.is_small(content):
        found = reading.read_now(content, name, Meanings())
        if isinstance(found, Unreadable) and not (isinstance(found, NoTable) and found.tops):
            raise found


def uploaded(request: HttpRequest) -> tuple[bytes, str]:
    """Return the file that was sent, and its name. Raises `Unreadable`."""
    file = request.FILES.get("file")
    if file is None:
        raise Unreadable(_("请选择一个文件。"))
    if (file.size or 0) > settings.CLAIMS_TABLE_MAX_BYTES:
        raise too_large()
    return file.read(), file.name or ""


@require_http_methods(["GET", "POST"])
def preview(request: HttpRequest, case_id: int, number: int) -> HttpResponse:
    """Show what a table says and what is wrong with it; import it when that is confirmed."""
    case, viewer = access_case(request.user, case_id, [Role.ADMINISTRATOR])
    if tables.of_claims(case).filter(pk=number, imported_at__isnull=False).exists():
        messages.info(request, _("这份债权表已经导入。"))
        return redirect("claims:table", case_id=case.pk)
    table, content = tables.waiting(tables.of_claims(case), number, viewer)
    found = reading.understood(table, content)
    if found is None:
        return _still_reading(request, case, table)
    if not table.mapping and columns.are_asked_for(found, viewer.person):
        return redirect("claims:columns", case_id=case.pk, number=table.pk)
    if isinstance(found, Unreadable):
        context = {"case": case, "table": table, "unreadable": str(found)}
        return render(request, "claims/reading.html", context, status=400)
    compare_case_number(case.number, found)
    return _Preview(request, case, viewer, table, content, found).answer()


def _still_reading(request: HttpRequest, case: Case, table: ClaimsTable) -> HttpResponse:
    context = {"case": case, "table": table, "progress": reading.progress_of(table)}
    return render(request, "claims/reading.html", context)


@require_http_methods(["GET", "POST"])
def progress(request: HttpRequest, case_id: int, number: int) -> HttpResponse:
    """Say as JSON how far reading has come; a POST begins anew where it ended half-way."""
    case, viewer = access_case(request.user, case_id, [Role.ADMINISTRATOR])
    table, content = tables.waiting(tables.of_claims(case), number, viewer)
    ready = reading.understood(table, content) is not None
    if request.method == "POST":
        if not ready and reading.progress_of(table).stopped:
            reading.start(table)
        return redirect("claims:preview", case_id=case.pk, number=table.pk)
    far = reading.progress_of(table)
    return JsonResponse(
        {
            "ready": ready,
            "stopped": "" if ready else far.stopped,
            "percent": far.percent,
            "words": far.words,
            "done": far.done,
            "total": far.total,
        }
    )


class _Preview:
    """The page of a table that was read: problems, or what it brings, or what it changes."""

    def __init__(
        self,
        request: HttpRequest,
        case: Case,
        viewer: Viewer,
        table: ClaimsTable,
        content: bytes,
        found: Reading,
    ) -> None:
        self._request = request
        self._case = case
        self._table = table
        self._reading = found
        self._source = Source.of(content, table.name, by=viewer.person, address=address_of(request))

    def answer(self) -> HttpResponse:
        """Answer the request: show, or carry out what was confirmed."""
        confirmed = self._request.method == "POST" and "show" not in self._request.POST
        if self._reading.findings.problems:
            refusal = ""
            if confirmed:
                refusal = _("债权表有问题，未导入。")
            return self._page(refusal=refusal)
        if not of_table(self._case).exists():
            return self._import() if confirmed else self._page()
        if says_nothing_new(self._case, self._reading):
            if confirmed:
                messages.success(self._request, _("本案已有同样的债权表，没有变化。"))
                return redirect("claims:table", case_id=self._case.pk)
            return self._page(unchanged=True)
        return self._update() if confirmed else self._differences()

    def _import(self) -> HttpResponse:
        try:
            commit(self._case, self._reading, self._source, self._table)
        except Refused as refused:
            return self._page(refusal=refused.message)
        tables.forget_readings(self._table.sha256)
        text = _("已导入 %(creditors)s 个债权人、%(claims)s 笔债权。") % {
            "creditors": len(self._reading.creditors),
            "claims": len(self._reading.entries),
        }
        messages.success(self._request, text)
        return redirect("claims:table", case_id=self._case.pk)

    # --- where claims are there already -----------------------------------------------------

    def _update(self) -> HttpResponse:
        said = self._request.POST
        if "seen" not in said:
            return self._differences(refusal=_("请先核对以下差异，再确认更新。"))
        try:
            outcome = update(
                self._case,
                self._reading,
                self._source,
                self._decisions(compare(self._case, self._reading)),
                digest=said["seen"],
                waiting=self._table,
            )
        except Otherwise:
            return self._differences(
                refusal=_("核对期间本案的债权有了变化，尚未更新。请重新核对以下差异。")
            )
        except Refused as refused:
            return self._differences(refusal=refused.message)
        tables.forget_readings(self._table.sha256)
        messages.success(self._request, _outcome(outcome))
        return redirect("claims:table", case_id=self._case.pk)

    def _decisions(self, difference: Difference) -> Decisions:
        """Read what was decided, for each or for all; what cannot go is kept."""
        said = self._request.POST
        every = said.get("all_missing", "")
        drop, reject = set(), set()
        for one in difference.missing:
            pk = one.claim.pk
            wanted = every or said.get(f"missing-{pk}", "keep")
            if wanted == "drop" and (one.may_go or not every):
                drop.add(pk)
            elif wanted == "reject" and (one.may_be_rejected or not every):
                reject.add(pk)
        take = {
            one.claim.pk
            for one in difference.stale
            if said.get("all_stale") == "take" or said.get(f"take-{one.claim.pk}")
        }
        return Decisions(frozenset(take), frozenset(drop), frozenset(reject))

    def _differences(self, refusal: str = "") -> HttpResponse:
        difference = compare(self._case, self._reading)
        decided = self._decisions(difference)
        context = {
            "case": self._case,
            "table": self._table,
            "reading": self._reading,
            "difference": difference,
            "refusal": refusal,
            "digest": difference.digest,
            "lists": {
                name: self._list(name, found)
                for name, found in (
                    ("changed", difference.changed),
                    ("added", difference.added),
                    ("creditors", difference.creditors),
                )
            },
            "missing": [
                (one, _decided(one.claim.pk, decided)) for one in difference.missing[:ONE_BY_ONE]
            ],
            "more_missing": max(0, len(difference.missing) - ONE_BY_ONE),
            "all_missing": self._request.POST.get("all_missing", ""),
            "stale": [(one, one.claim.pk in decided.take) for one in difference.stale[:ONE_BY_ONE]],
            "more_stale": max(0, len(difference.stale) - ONE_BY_ONE),
            "warnings": self._reading.findings.warnings[:FINDINGS_A_PAGE],
        }
        status = 409 if refusal else 200
        return render(self._request, "claims/difference.html", context, status=status)

    def _list(self, name: str, found: list[Any]) -> Page[Any]:
        """Return the page of a list that is looked at; the others stay where they are."""
        asked = self._request.POST.get("show", "")
        number = self._request.POST.get(f"page-{name}", "1")
        if asked.startswith(f"{name}:"):
            number = asked.partition(":")[2]
        return Paginator(found, DIFFERENCES_A_PAGE).get_page(number)

    # --- where there is nothing yet, or something is wrong ----------------------------------

    def _page(self, *, refusal: str = "", unchanged: bool = False) -> HttpResponse:
        problems = self._reading.findings.problems
        page = self._request.GET.get("page")
        context = {
            "case": self._case,
            "table": self._table,
            "reading": self._reading,
            "problems": Paginator(problems, FINDINGS_A_PAGE).get_page(page),
            "warnings": self._reading.findings.warnings[:FINDINGS_A_PAGE],
            "natures": _by_nature(self._reading),
            "first": self._reading.entries[:SHOWN_ROWS],
            "refusal": refusal,
            "unchanged": unchanged,
            "importable": not problems and not refusal and not unchanged,
        }
        status = 409 if refusal else 200
        return render(self._request, "claims/preview.html", context, status=status)


def _decided(pk: int, decided: Decisions) -> str:
    if pk in decided.drop:
        return "drop"
    return "reject" if pk in decided.reject else "keep"


def _outcome(outcome: Outcome) -> str:
    counts: Mapping[str, int] = {
        _("%(n)s 笔修改"): outcome.changed,
        _("%(n)s 笔新增"): outcome.added,
        _("%(n)s 笔改为不予确认"): outcome.rejected,
        _("%(n)s 笔删除"): len(outcome.dropped),
        _("%(n)s 笔表中没有、已保留"): outcome.kept,
        _("债权人资料 %(n)s 处更新"): len(outcome.creditors),
    }
    said = [words % {"n": n} for words, n in counts.items() if n]
    return _("已按新的债权表更新：%(what)s。") % {"what": _("，").join(said) or _("没有变化")}


def _by_nature(found: Reading) -> list[dict[str, Any]]:
    sums: dict[str, list[int]] = {}
    for entry in found.entries:
        one = sums.setdefault(entry.nature, [0, 0, 0])
        one[0] += 1
        one[1] += entry.filed
        one[2] += entry.confirmed
    return [
        {"label": nature.label, "claims": n, "filed": filed, "confirmed": confirmed}
        for nature in Nature
        if nature in sums
        for n, filed, confirmed in [sums[nature]]
    ]
