"""The public check page (公开核对): no sign-in, nothing kept, nothing told without the code."""

import time
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.requests import address_of
from voting.papers import check as checking
from voting.papers import receipts

TRIES = 120
TRIES_SECONDS = 60
"""An address may ask this many times in so many seconds: a whole courtroom may sit behind it."""


@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """Take a receipt typed, scanned or pasted; say whether it is in the record and counts."""
    sent = request.POST if request.method == "POST" else request.GET
    context: dict[str, Any] = {
        "number": sent.get("n", "")[:60],
        "code": sent.get("c", "")[:80],
        "receipt": sent.get("receipt", "") if request.method == "POST" else "",
        "keys": sorted(checking.known_keys()),
    }
    status = 200
    try:
        if _asks(context):
            _within_allowance(request)
            context.update(_answer(context))
            status = 200 if context.get("found") else 404
    except Refused as refusal:
        context["refusal"], status = refusal, refusal.status
    answer = render(request, "voting/check.html", context, status=status)
    # The address of a scanned receipt holds its code.
    answer["Referrer-Policy"] = "no-referrer"
    return answer


def _asks(context: dict[str, Any]) -> bool:
    return bool(context["number"] or context["code"] or context["receipt"].strip())


def _answer(context: dict[str, Any]) -> dict[str, Any]:
    if context["receipt"].strip():
        pasted = checking.by_receipt(context["receipt"].strip())
        return {"asked": True, "pasted": pasted, **_shown(pasted.found)}
    return {"asked": True, **_shown(checking.by_code(context["number"], context["code"]))}


def _shown(found: checking.Found | None) -> dict[str, Any]:
    if found is None:
        return {"found": None}
    return {
        "found": found,
        "facts": receipts.told(found.ballot),
        "meeting": found.ballot.resolution.meeting,
        "number": found.ballot.number,
        "code": receipts.code_of(found.ballot.receipt),
        "signed_at": _signed_at(found),
        "batch": found.ballot.receipt["proof"]["batch"],
    }


def _signed_at(found: checking.Found) -> datetime | None:
    head = found.proof.get("head")
    return datetime.fromisoformat(head["statement"]["at"]) if head else None


def _within_allowance(request: HttpRequest) -> None:
    key = f"receipt-check:{address_of(request)}:{int(time.time()) // TRIES_SECONDS}"
    cache.add(key, 0, 2 * TRIES_SECONDS)
    try:
        asked = cache.incr(key)
    except ValueError:  # expired between the two
        return
    if asked > TRIES:
        raise Refused("too_many_requests", _("核对过于频繁，请一分钟后再试。"))


@require_safe
def proof(request: HttpRequest) -> HttpResponse:
    """Give the receipt with its proof as JSON, to be checked without this software."""
    try:
        _within_allowance(request)
        found = checking.by_code(request.GET.get("n", "")[:60], request.GET.get("c", "")[:80])
    except Refused as refusal:
        return _json({"error": refusal.message}, refusal.status)
    if found is None:
        return _json({"error": _("没有找到：票号或者校验码不正确。")}, 404)
    answer = _json({"receipt": found.ballot.receipt, "inclusion": found.proof or None}, 200)
    name = f"receipt-{found.ballot.number}.json"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _json(data: dict[str, Any], status: int) -> JsonResponse:
    answer = JsonResponse(data, status=status, json_dumps_params={"ensure_ascii": False})
    answer["Referrer-Policy"] = "no-referrer"
    return answer
