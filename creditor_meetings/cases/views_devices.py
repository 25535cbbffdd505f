"""Where a person is signed in: the own page, and the team's way to end somebody's sessions."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from creditor_meetings.cases import devices, people
from creditor_meetings.cases.access import access_case
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import STAFF_ROLES, Person


@login_required
@require_http_methods(["GET", "POST"])
def my_devices(request: HttpRequest) -> HttpResponse:
    """Show where the person is signed in; a POST ends one of these, or all but this one."""
    person = request.user
    assert isinstance(person, Person)
    here = devices.key_of(request)
    if request.method == "POST":
        _end(request, person, here)
        return redirect("my_devices")
    rows = [
        {"held": one, "words": devices.words_of(one.device), "here": one.session_id == here}
        for one in devices.of(person)
    ]
    rows.sort(key=lambda row: not row["here"])
    others = sum(not row["here"] for row in rows)
    return render(request, "cases/devices.html", {"rows": rows, "others": others})


def _end(request: HttpRequest, person: Person, here: str) -> None:
    asked = request.POST.get("device", "")
    if asked == "others":
        ended = people.close_sessions(person, but=here)
        words = ngettext(
            "已退出其他 %(number)s 台设备。", "已退出其他 %(number)s 台设备。", ended
        ) % {"number": ended}
    elif asked.isascii() and asked.isdigit() and len(asked) < 18:
        devices.end(person, int(asked))
        words = _("该设备已退出登录。")
    else:
        raise Refused("bad_request", _("请选择要退出的设备。"))
    messages.success(request, words)


@require_POST
def end_sessions(request: HttpRequest, case_id: int, role_id: int) -> HttpResponse:
    """End the sessions of one of the case's people, wherever that person is signed in."""
    found, viewer = access_case(request.user, case_id, STAFF_ROLES)
    held = people.role_of(found, role_id)
    ended = devices.end_of_member(held, viewer)
    words = ngettext(
        "%(person)s已在 %(number)s 台设备上退出登录。",
        "%(person)s已在 %(number)s 台设备上退出登录。",
        ended,
    )
    messages.success(request, words % {"person": held.person, "number": ended})
    if held.person == viewer.person:
        return redirect("signin")
    return redirect("case_people", case_id=found.pk)
