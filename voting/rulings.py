"""The court's ruling (裁定) that follows a vote: only what the law gives, once, for good."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Role
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.meetings.publishing import publish
from voting import book, branches, database_clock, describe, desk_words
from voting.locks import locked
from voting.models import (
    Confirmation,
    Decision,
    Outcome,
    Resolution,
    ResolutionState,
    Ruling,
    RulingKind,
)

REASONS_LENGTH = 8_000


@transaction.atomic
def rule_on(
    meeting: Meeting,
    resolution_id: int,
    kind: str,
    granted: bool,
    reasons: str,
    viewer: Viewer,
    *,
    address: str = "",
) -> Ruling:
    """Record the judge's ruling on a confirmed outcome; refusing needs reasons."""
    viewer.require(Role.JUDGE)
    resolution = locked(meeting, resolution_id)
    outcome = Outcome.objects.filter(resolution=resolution).first()
    if outcome is None or resolution.state != ResolutionState.CLOSED:
        raise Refused("bad_request", _("表决尚未截止，还不能裁定。"))
    _check_confirmed(outcome)
    _check_kind(resolution, outcome, kind)
    if Ruling.objects.filter(resolution=resolution, kind=kind).exists():
        raise Refused("bad_request", _("对这项表决已经作出裁定，不能更改。"))
    if not granted and not reasons.strip():
        raise Refused("bad_request", _("不予准许的，请写明理由。"))
    ruling = Ruling.objects.create(
        resolution=resolution,
        kind=kind,
        granted=granted,
        reasons=reasons.strip(),
        judge=viewer.person,
        at=database_clock.now(),
        address=address,
    )
    book.write(meeting, [("ruling", _body(ruling))])
    made = resolution.rulings.select_related("judge")
    told: dict[str, Any] = {
        f"outcomes/{resolution.pk}/rulings": [describe.ruling(one) for one in made]
    }
    if branches.may_refuse_second(resolution, outcome.outcome):
        # A second vote could have been called until now.
        told[f"resolutions/{resolution.pk}/second_possible"] = False
    publish(
        meeting,
        "ruling",
        told,
        notice={
            "kind": "ruling",
            "resolution": resolution.pk,
            "ruling": ruling.kind,
            "granted": granted,
        },
    )
    return ruling


def _check_confirmed(outcome: Outcome) -> None:
    confirmation = Confirmation.objects.filter(outcome=outcome).first()
    if confirmation is None:
        raise Refused("bad_request", _("请先确认表决结果，再作出裁定。"))
    if confirmation.decision != Decision.CONFIRMED:
        raise Refused("bad_request", _("这项表决结果未予确认，不能据以裁定。"))


def kind_of(resolution: Resolution, outcome: Outcome) -> str | None:
    """Return the kind of ruling to which the law leads from an outcome, None where to none."""
    if branches.may_refuse_second(resolution, outcome.outcome):
        return str(RulingKind.PLAN)
    found = branches.branch(resolution, outcome.outcome)
    return desk_words.RULED_BY.get(found["code"]) if found is not None else None


def _check_kind(resolution: Resolution, outcome: Outcome, kind: str) -> None:
    right = kind_of(resolution, outcome)
    if right is None:
        raise Refused("bad_request", _("这项表决结果依法不需要人民法院裁定。"))
    if kind != right:
        raise Refused(
            "bad_request",
            _("这项表决结果只能作出“%(kind)s”。") % {"kind": RulingKind(right).label},
        )


def _body(ruling: Ruling) -> dict[str, Any]:
    return {
        "resolution": ruling.resolution_id,
        "kind": ruling.kind,
        "granted": ruling.granted,
        "reasons": ruling.reasons,
        "judge": ruling.judge_id,
        "judge_name": str(ruling.judge),
        "at": clock.rfc3339(ruling.at),
    }
