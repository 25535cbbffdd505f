"""Carries what happens to claims into the meetings of the case.

Told are all meetings, closed ones too, since their rooms can still be read; only what was
recorded of attendance stays as it was once a meeting is closed.
"""

from collections.abc import Collection, Iterable

from django.db.models import QuerySet

from creditor_meetings.cases.models import CREDITOR_ROLES, CaseRole
from creditor_meetings.claims import news as claims_news
from creditor_meetings.claims.models import Claim, Objection
from creditor_meetings.meetings import (
    attendance_sums,
    claims_state,
    describe,
    objections_state,
    prepare,
)
from creditor_meetings.meetings.models import Attendance, Meeting, MeetingState
from creditor_meetings.meetings.publishing import News, publish_all
from creditor_meetings.meetings.standing import NONE, standings


def connect() -> None:
    """Listen to the claims room, and to whom a meeting opens the table."""
    claims_news.on_change(claims_changed)
    prepare.on_facts_change(lambda meeting: [table_news(meeting)])


def meetings_of(case_id: int) -> QuerySet[Meeting]:
    """The meetings whose rooms show the case's claims."""
    return Meeting.objects.filter(case_id=case_id).select_related("case")


def claims_changed(case_id: int, creditors: Collection[int] | None = None) -> None:
    """Tell every meeting of the case that claims changed: of these creditors, or of all."""
    concerned = with_people(case_id, creditors)
    claims = Claim.objects.filter(case_id=case_id)
    if creditors is not None:
        claims = claims.filter(creditor__in=creditors)
    concerned_claims = list(claims.values_list("pk", flat=True))
    waiting = claims_state.undetermined_claims(case_id, concerned_claims)
    undetermined: dict[str, object] = {"undetermined": waiting}
    if creditors is not None:
        # A claim that is undetermined no more leaves the list.
        undetermined = _below("undetermined", {str(one): None for one in concerned_claims})
        undetermined |= _below("undetermined", waiting)
    objections = list(_objections_to(case_id, creditors))
    for meeting in meetings_of(case_id):
        publish_all(
            meeting,
            [
                table_news(meeting),
                News("undetermined", undetermined, audience="staff"),
                News(
                    "verification",
                    {"verification": claims_state.verification_counts(case_id)},
                    audience="staff",
                    coalesce="verification",
                ),
                *_weights(meeting, concerned),
                *own_claims_news(case_id, concerned),
                *objections,
            ],
        )
        if meeting.state != MeetingState.CLOSED:
            _weigh_attendance_anew(meeting, creditors)
        publish_all(meeting, _totals(meeting))


def _objections_to(case_id: int, creditors: Collection[int] | None) -> Iterable[News]:
    """Say objections again to claims that changed: they show what the table says of them."""
    found = Objection.objects.filter(claim__case=case_id)
    if creditors is not None:
        found = found.filter(claim__creditor__in=creditors)
    for one in found.select_related(*objections_state.RELATED).prefetch_related("files"):
        told = {f"objections/{one.pk}": objections_state.objection(one)}
        for audience in objections_state.objection_audiences(one):
            yield News("objection_changed", told, audience=audience)


def practice_changed(meeting: Meeting) -> list[News]:
    """Weigh everybody anew by the meeting's practice; return what its rooms are to be told."""
    _weigh_attendance_anew(meeting, None)
    return [*_weights(meeting, with_people(meeting.case_id, None)), *_totals(meeting)]


def _totals(meeting: Meeting) -> list[News]:
    return [
        News("attendance", _below("attendance", totals), coalesce=key)
        for key, totals in {
            "attendance": describe.attendance_totals(meeting),
            "case_totals": describe.case_totals(meeting),
        }.items()
    ]


def table_news(meeting: Meeting) -> News:
    """Tell all that the claims table is another one: open pages fetch it again."""
    return News("claims_changed", {"claims": claims_state.claims(meeting)}, coalesce="claims")


def own_claims_news(case_id: int, creditors: Collection[int]) -> list[News]:
    """Tell each of these creditors its own claims; nothing where it has none any more."""
    held = claims_state.claims_of(case_id, creditors)
    return [
        News(
            "my_claims",
            {f"my_claims/{creditor}": held.get(str(creditor))},
            audience=f"creditor:{creditor}",
        )
        for creditor in creditors
    ]


def _below(section: str, values: dict[str, object]) -> dict[str, object]:
    return {f"{section}/{name}": value for name, value in values.items()}


def with_people(case_id: int, creditors: Collection[int] | None) -> list[int]:
    """Return the creditors for whom somebody may be listening, of these or of all."""
    roles = CaseRole.objects.filter(case_id=case_id, active=True, role__in=CREDITOR_ROLES)
    if creditors is not None:
        roles = roles.filter(creditor__in=creditors)
    return sorted(set(roles.values_list("creditor_id", flat=True)))


def _weights(meeting: Meeting, creditors: Collection[int]) -> Iterable[News]:
    weighed = standings(meeting, creditors) if creditors else {}
    for creditor in creditors:
        told = _below(f"represented/{creditor}", describe.weight(weighed.get(creditor, NONE)))
        yield News("voting_amount", told, audience=f"creditor:{creditor}")


def _weigh_attendance_anew(meeting: Meeting, creditors: Collection[int] | None) -> None:
    present = Attendance.objects.filter(meeting=meeting)
    if creditors is not None:
        present = present.filter(creditor__in=creditors)
    rows = list(present)
    if not rows:
        return
    weighed = standings(meeting, [row.creditor_id for row in rows])
    for row in rows:
        row.amount_fen = weighed.get(row.creditor_id, NONE).amount_fen
    Attendance.objects.bulk_update(rows, ["amount_fen"], batch_size=500)
    attendance_sums.keep(meeting)
