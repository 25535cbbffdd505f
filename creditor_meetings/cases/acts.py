"""Keeping what administrators, the court and operators do (操作记录), whatever they do it by.

Every command of the room is written down in its own transaction, every form or call that was
sent and taken after it was carried out: nobody who writes a new verb has to think of it.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext

from creditor_meetings.cases import clock
from creditor_meetings.cases.act_models import Act
from creditor_meetings.cases.models import STAFF_ROLES, CaseRole, Person
from creditor_meetings.cases.requests import address_of

log = logging.getLogger(__name__)

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
CASE = ("case_id", "case")
"""What addresses call their case."""
REASONS = ("reason", "reasons", "adjournment_reason")

_words: dict[str, str | Promise] = {}
_things: dict[str, str | Promise] = {}
_left_out: set[str] = set()
CaseOf = Callable[[Mapping[str, Any]], int | None]
_case_of: list[CaseOf] = []


def words(named: Mapping[str, str | Promise]) -> None:
    """Say what verbs (commands, names of addresses) are called for people."""
    _words.update(named)


def words_of(verb: str) -> str:
    """Return what a verb is called, its own name where nobody said."""
    return str(_words.get(verb, verb))


def things(named: Mapping[str, str | Promise]) -> None:
    """Say what the things that acts are done to are called for people."""
    _things.update(named)


def subject_words(subject: Mapping[str, Any]) -> list[str]:
    """Return what an act was done to, but its case, in words: those of one case have one list."""
    return [
        f"{_things.get(name, name)} {_value_words(value)}"
        for name, value in subject.items()
        if name not in CASE and value != ""
    ]


def nameless(subject: Mapping[str, Any]) -> set[str]:
    """Return the names in a subject that `subject_words` has no words for."""
    return set(subject) - set(CASE) - set(_things)


def _value_words(value: Any) -> str:
    if isinstance(value, bool):
        return gettext("是") if value else gettext("否")
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def leave_out(*names: str) -> None:
    """Name addresses whose use is no act: what a page reports by itself."""
    _left_out.update(names)


def is_left_out(verb: str) -> bool:
    """Whether a verb is no act."""
    return verb in _left_out


def cases_by(find: CaseOf) -> None:
    """Let `find` say which case an address's arguments belong to, or None."""
    _case_of.append(find)


def note(
    person: Person,
    verb: str,
    *,
    case_id: int | None,
    subject: Mapping[str, Any] | None = None,
    reason: str = "",
    address: str = "",
    device: str = "",
) -> None:
    """Write an act down."""
    Act.objects.create(
        case_id=case_id,
        person=person,
        at=clock.now(),
        verb=verb[:80],
        subject=named(subject or {}),
        reason=reason[:1000],
        address=address[:64],
        device=device[:300],
    )


def note_command(context: Any, verb: str, data: Mapping[str, Any]) -> None:
    """Write down a command of the room, if its sender is of the team or the court."""
    if not context.viewer.is_staff or verb in _left_out:
        return
    reason = next((str(data[name]) for name in REASONS if data.get(name)), "")
    note(
        context.person,
        verb,
        case_id=context.viewer.case_id,
        subject={"meeting": context.meeting.slug, **data},
        reason=reason,
        address=context.address,
        device=context.device,
    )


def named(values: Mapping[str, Any]) -> dict[str, Any]:
    """Leave what names things; what people wrote stands in the records of the rooms."""
    kept = {}
    for name, value in list(values.items())[:12]:
        short = isinstance(value, str) and len(value) <= 40 and value.isascii()
        if isinstance(value, int | bool) or (short and name not in REASONS):
            kept[name[:40]] = value
        elif isinstance(value, list) and all(isinstance(one, int) for one in value):
            kept[name[:40]] = value[:100]
    return kept


class ActsMiddleware:
    """Write down what was sent to an address of a case by its team, its court, or an operator."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        done = response.status_code < 400 and not _was_refused(request)
        if request.method not in SAFE and done:
            try:
                self._note(request)
            except Exception:
                # It was done, and is on the record of its room; that it is not in this list too
                # must be seen by whoever reads the log.
                log.exception("an act was not written down: %s", request.resolver_match)
        return response

    def _note(self, request: HttpRequest) -> None:
        match, person = request.resolver_match, request.user
        if match is None or not isinstance(person, Person) or person.pk is None:
            return
        verb = match.view_name or match.route
        if verb in _left_out:
            return
        case_id = next((found for one in _case_of if (found := one(match.kwargs))), None)
        if case_id is None:
            if not person.is_superuser:
                return
        elif not CaseRole.objects.filter(
            case_id=case_id, person=person, active=True, role__in=STAFF_ROLES
        ).exists():
            return
        reason = next((request.POST[name] for name in REASONS if request.POST.get(name)), "")
        note(
            person,
            verb,
            case_id=case_id,
            subject=match.kwargs,
            reason=reason,
            address=address_of(request),
            device=request.headers.get("User-Agent", ""),
        )


def _was_refused(request: HttpRequest) -> bool:
    """Whether the page that follows says that it was not done."""
    told = getattr(getattr(request, "_messages", None), "_queued_messages", [])
    levels = {one.level for one in told}
    return bool(levels) and levels <= {messages.ERROR}


def case_in(arguments: Mapping[str, Any]) -> int | None:
    """Find the case where the address names it."""
    for name in CASE:
        if isinstance(arguments.get(name), int):
            return int(arguments[name])
    return None
