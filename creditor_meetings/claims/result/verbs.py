"""Making a list of claims without objection, and the court's decision on it.

The administrator makes it, the judge confirms it with the ruling's number and date, or returns
it with reasons. While one waits for the court there is no other; what a later one holds are the
claims that became undisputed since.
"""

from datetime import date

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.models import Case, Role
from creditor_meetings.claims import news as claims_news
from creditor_meetings.claims import standing, verification_clock
from creditor_meetings.claims.models import Claim, UndisputedEntry, UndisputedList, UndisputedState
from creditor_meetings.claims.result import files, keeping, news
from creditor_meetings.claims.result.content import (
    Selection,
    body_of,
    canonical,
    changed_since,
    select,
)

BATCH = 500
NAMED = 5
"""How many creditors a refusal names."""


def make_list(
    case: Case, viewer: Viewer, *, address: str = "", before_the_end: bool = False
) -> UndisputedList:
    """Make the next list and submit it to the court.

    `before_the_end`: although verification has not ended, which the administrator was told.
    Raises `Refused`.
    """
    viewer.require(Role.ADMINISTRATOR)
    refuse_to_make(case, before_the_end=before_the_end)
    revision = claims_news.revision(case.pk)
    found = select(case)
    if not found.listed:
        raise Refused("bad_request", _("没有可以列入的债权：没有新的、已确认且无异议的债权。"))
    number = (case.undisputed_lists.aggregate(last=Max("number"))["last"] or 0) + 1
    body = body_of(case, number, found, str(viewer.person))
    # Drawn before the lock is taken: the paper of a large case takes seconds.
    hashes = [keeping.keep(one) for one in (canonical(body), files.spreadsheet(body))]
    hashes.append(keeping.keep(files.paper(body)))
    return _submit(case, viewer, found, (number, revision), hashes, address)


@transaction.atomic
def _submit(
    case: Case,
    viewer: Viewer,
    found: Selection,
    seen: tuple[int, int],
    hashes: list[str],
    address: str,
) -> UndisputedList:
    _hold(case)
    _refuse_second(case)
    number, revision = seen
    if (
        claims_news.revision(case.pk) != revision
        or case.undisputed_lists.filter(number__gte=number).exists()
        or standing.standing_objections(case.pk)
        .filter(claim__in=[one.pk for one in found.listed])
        .exists()
    ):
        raise Refused("bad_request", _("编制期间债权或异议有变化，名单未提交，请核对后重新编制。"))
    made = UndisputedList.objects.create(
        case=case,
        number=number,
        claims=len(found.listed),
        creditors=found.creditors,
        confirmed_fen=found.confirmed_fen,
        disputed=len(found.disputed),
        content_sha256=hashes[0],
        xlsx_sha256=hashes[1],
        pdf_sha256=hashes[2],
        made_by=viewer.person,
        made_at=clock.now(),
    )
    UndisputedEntry.objects.bulk_create(
        [
            UndisputedEntry(
                undisputed_list=made,
                claim=claim,
                position=place,
                confirmed_fen=claim.confirmed_fen,
                version=claim.version,
            )
            for place, claim in enumerate(found.listed, start=1)
        ],
        batch_size=BATCH,
    )
    news.tell(news.MADE, made, address)
    return made


def refuse_to_make(case: Case, *, before_the_end: bool) -> None:
    """Raise `Refused` when no list can be made now."""
    _refuse_second(case)
    if not before_the_end and not verification_clock.is_over(case):
        raise Refused(
            "bad_request",
            _("债权核查尚未结束，之后仍可能有人提出异议；仍要现在编制的，请勾选确认。"),
        )


def _refuse_second(case: Case) -> None:
    waiting = case.undisputed_lists.filter(state=UndisputedState.SUBMITTED).first()
    if waiting is not None:
        raise Refused(
            "bad_request",
            _("第 %(n)s 号无异议债权表尚待法院裁定，裁定或退回后才能再编制。")
            % {"n": waiting.number},
        )


@transaction.atomic
def confirm_list(
    case: Case,
    number: int,
    viewer: Viewer,
    *,
    ruling_number: str,
    ruling_date: date,
    address: str = "",
) -> UndisputedList:
    """Record that the court confirmed a list by ruling; its claims are fixed from then on.

    Raises `Refused` when one of them changed or was objected to since the list was made.
    """
    viewer.require(Role.JUDGE)
    found = _waiting(case, number)
    ruling = " ".join(ruling_number.split())
    if not ruling:
        raise Refused("bad_request", _("请填写裁定书文号。"))
    if len(ruling) > 80:
        raise Refused("bad_request", _("裁定书文号最多 80 个字。"))
    if ruling_date > timezone.localdate(clock.now()):
        raise Refused("bad_request", _("裁定日期不能晚于今天。"))
    _refuse_changed(found)
    found.ruling_number, found.ruling_date = ruling, ruling_date
    return _decided(found, UndisputedState.CONFIRMED, viewer, news.CONFIRMED, address)


@transaction.atomic
def return_list(
    case: Case, number: int, viewer: Viewer, *, reason: str, address: str = ""
) -> UndisputedList:
    """Return a list with reasons, as the court; the administrator may take its own back so."""
    viewer.require(Role.JUDGE, Role.ADMINISTRATOR)
    found = _waiting(case, number)
    why = reason.strip()
    if not why:
        raise Refused("bad_request", _("请写明理由。"))
    if len(why) > 1000:
        raise Refused("bad_request", _("理由最多 1000 个字。"))
    found.reason = why
    return _decided(found, UndisputedState.RETURNED, viewer, news.RETURNED, address)


def _hold(case: Case) -> None:
    news.hold(case.pk)
    Case.objects.select_for_update().get(pk=case.pk)


def _waiting(case: Case, number: int) -> UndisputedList:
    _hold(case)
    found = UndisputedList.objects.filter(case=case, number=number).first()
    if found is None:
        raise NotFound
    if found.state != UndisputedState.SUBMITTED:
        raise Refused("bad_request", _("这份无异议债权表已经处理过了。"))
    return found


def _refuse_changed(found: UndisputedList) -> None:
    claims = list(Claim.objects.filter(listed__undisputed_list=found).select_related("creditor"))
    changed = changed_since(keeping.body(found), claims, standing.disputed(found.case_id))
    if changed:
        names = _("、").join(dict.fromkeys(changed[:NAMED]))
        raise Refused(
            "bad_request",
            _(
                "名单提交后有 %(n)s 笔债权被修改或被提出异议（%(who)s），不能按此裁定；"
                "请退回，由管理人重新编制。"
            )
            % {
                "n": len(changed),
                "who": names if len(changed) <= NAMED else _("%(names)s等") % {"names": names},
            },
        )


def _decided(
    found: UndisputedList, state: UndisputedState, viewer: Viewer, event: str, address: str
) -> UndisputedList:
    found.state, found.decided_by, found.decided_at = state, viewer.person, clock.now()
    found.save()
    # Rows of the claims table say by which ruling a claim is confirmed.
    claims_news.advance(found.case_id)
    news.tell(event, found, address)
    return found
