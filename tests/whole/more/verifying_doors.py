"""Addresses of verifying."""

from typing import Any

from creditor_meetings.claims.models import Claim, Objection, PriorityWaiver
from creditor_meetings.meetings import verification_files, waivers
from creditor_meetings.meetings.waivers_state import statement_for
from tests.support import world
from tests.whole import story
from tests.whole.door import STAFF, Door, Stage


def furnish(stage: Stage) -> dict[str, Any]:
    """Put an objection with a file, and a waiver with its scan, behind these addresses."""
    cast = stage.cast
    creditor = world.viewer(cast.people["creditor"], cast.meeting)
    bank = world.viewer(cast.people["bank"], cast.meeting)
    _done(
        cast, "creditor", "object_to_claim",
        claim=story.claim(cast, "proxied"), reasons="货款已经部分支付。",
    )  # fmt: skip
    objection = Objection.objects.filter(claim__case=cast.case).latest("pk")
    made = verification_files.attach_files(cast.case.pk, objection.pk, [story.paper(600)], creditor)
    found = Claim.objects.select_related("case", "creditor").get(pk=story.claim(cast, "bank"))
    _done(
        cast, "bank", "waive_priority",
        claim=found.pk, statement=statement_for(found), signed_name=found.creditor.name,
    )  # fmt: skip
    waiver = PriorityWaiver.objects.filter(claim=found).latest("pk")
    waivers.attach_scan(cast.case.pk, waiver.pk, story.paper(601), bank)
    return {"objection": objection.pk, "objection_file": made[0].pk, "waiver": waiver.pk}


def _done(cast: story.Cast, role: str, command: str, **data: Any) -> None:
    reply = cast.attempt(cast.people[role], command, data)
    assert reply["ok"], reply


OBJECTION = {"case": "case", "objection": "objection"}

DOORS: dict[str, Door] = {
    # The proxy acts for the creditor whose claim it is, and reads what is said of it.
    "meetings:objection_files": Door(
        OBJECTION,
        sends=frozenset({"creditor", "administrator"}),
        hidden=True,
        page=False,
        data=lambda _s, role: {"file": story.paper(602 if role == "creditor" else 603)},
    ),
    "meetings:objection_file": Door(
        {**OBJECTION, "file": "objection_file"},
        reads=STAFF | {"creditor", "proxy"},
        hidden=True,
        page=False,
    ),
    "meetings:waiver_scan": Door(
        {"case": "case", "waiver": "waiver"},
        reads=STAFF | {"bank"},
        sends=frozenset({"bank"}),
        hidden=True,
        page=False,
        data=lambda _s, _r: {"file": story.paper(604)},
    ),
}
