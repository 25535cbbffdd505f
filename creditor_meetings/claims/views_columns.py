"""The step between upload and preview: which column of the table is what."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from creditor_meetings.cases.access import access_case
from creditor_meetings.cases.models import Role
from creditor_meetings.claims import columns, reading, tables
from creditor_meetings.claims.importing.fields import FIELDS, LABELS, missing_fields
from creditor_meetings.claims.importing.meanings import Meanings


@require_http_methods(["GET", "POST"])
def choose(request: HttpRequest, case_id: int, number: int) -> HttpResponse:
    """Ask which column is what; keep the answers and have the table read by them."""
    case, viewer = access_case(request.user, case_id, [Role.ADMINISTRATOR])
    table, content = tables.waiting(tables.of_claims(case), number, viewer)
    found = reading.understood(table, content)
    if found is None or not columns.tops_of(found):
        return redirect("claims:preview", case_id=case.pk, number=table.pk)
    asked = columns.questions(found, Meanings.of_data(table.mapping), viewer.person)
    errors: dict[str, str] = {}
    if request.method == "POST":
        mapping = columns.answers(asked, request.POST)
        moved = any(mapping[one.sheet]["head"] != one.head for one in asked)
        if moved:
            # Another row is the head now: its columns are others, and asked about first.
            shown = {
                one.sheet: mapping[one.sheet]
                if mapping[one.sheet]["head"] == one.head
                else {"head": mapping[one.sheet]["head"]}
                for one in asked
            }
            asked = columns.questions(found, Meanings.of_data(shown), viewer.person)
        else:
            errors = _errors(mapping)
            asked = columns.questions(found, Meanings.of_data(mapping), viewer.person)
            if not errors:
                columns.remember(table, mapping, asked)
                if reading.understood(table, content) is None:
                    reading.start(table)
                return redirect("claims:preview", case_id=case.pk, number=table.pk)
    context = {
        "case": case,
        "table": table,
        "questions": [(one, errors.get(one.sheet, "")) for one in asked],
        "fields": [(name, label, name in LABELS) for name, label in FIELDS.items()],
        "error": errors.get("", "") or (_("请按提示修改后再继续。") if errors else ""),
    }
    return render(request, "claims/columns.html", context, status=400 if errors else 200)


def _errors(mapping: dict[str, dict[str, object]]) -> dict[str, str]:
    """Say by sheet what is wrong with the answers; "" for the table as a whole."""
    errors = {}
    used = {sheet: said for sheet, said in mapping.items() if said["head"]}
    if not used:
        return {"": _("至少要导入一个工作表：请选择表头所在的行。")}
    for sheet, said in used.items():
        chosen = [name for name in said["columns"].values() if name]  # type: ignore[attr-defined]
        twice = sorted({name for name in chosen if chosen.count(name) > 1})
        missing = missing_fields(chosen)
        if twice:
            errors[sheet] = _("“%(fields)s”只能有一列，请只保留一列。") % {
                "fields": _("、").join(str(FIELDS[name]) for name in twice)
            }
        elif missing:
            errors[sheet] = _("还没有指定这些内容所在的列：%(fields)s。") % {
                "fields": _("、").join(str(LABELS[name]) for name in missing)
            }
    return errors
