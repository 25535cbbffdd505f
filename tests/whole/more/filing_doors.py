"""Addresses of filing and of its review."""

from typing import Any

from creditor_meetings.claims.filing import declaration, doors, drafting, submitting
from creditor_meetings.claims.models import Filing
from tests.claims.filing.conftest import FILLED, picture
from tests.support import world
from tests.whole.door import ADMINISTRATOR, CASE, STAFF, Common, Door, Stage, _same

AUTHOR = frozenset({"creditor"})
FILING = {**CASE, "filing_id": "filing"}
DRAFT = {**CASE, "filing_id": "filing_draft"}
EVIDENCE = {**FILING, "file_id": "filing_file"}


def furnish(stage: Stage) -> dict[str, Any]:
    """Put something behind these addresses; return the ids that they name."""
    cast = stage.cast
    administrator = world.viewer(cast.people["administrator"], cast.meeting)
    door = doors.set_door(cast.case, True, administrator)
    author = cast.people["creditor"]

    def filled() -> Filing:
        filing = drafting.start(door, author)
        drafting.save(filing, FILLED, author)
        return Filing.objects.get(pk=filing.pk)

    waiting = filled()
    evidence = drafting.add_file(waiting, picture(), author)
    waiting.refresh_from_db()
    submitted = submitting.submit(
        waiting,
        author,
        name=FILLED["contact_name"],
        agreed=True,
        sha256=declaration.sha256_of(submitting.text_to_sign(waiting)),
    )
    draft = filled()
    return {
        "filing_token": door.token,
        "filing": submitted.pk,
        "filing_version": submitted.version,
        "filing_file": evidence.pk,
        "filing_draft": draft.pk,
        "filing_draft_file": drafting.add_file(draft, picture("另一份.png"), author).pk,
        "filing_step": "who",
        "reviewed_claim": cast.creditors["own"].claims.get().pk,
    }


def _decided(stage: Stage, _role: str) -> dict[str, Any]:
    return {
        "action": "decide",
        "version": stage.ids["filing_version"],
        "nature": "ordinary",
        "conclusion": "confirmed",
        "principal": "100000",
        "interest": "3210.50",
    }


def _corrected(stage: Stage, _role: str) -> dict[str, Any]:
    return {
        "version": 0,
        "nature": "ordinary",
        "filed_fen": "1284350.00",
        "confirmed_fen": "1284350.00",
        "conclusion": "confirmed",
        "note": "核对无误",
        "why": "补记备注",
    }


DOORS: dict[str, Door] = {
    "claims:filing": Door(FILING, reads=AUTHOR, hidden=True),
    "claims:filing_receipt": Door(FILING, reads=STAFF | AUTHOR, hidden=True, page=False),
    "claims:filing_withdraw": Door(FILING, sends=AUTHOR, hidden=True),
    "claims:filing_file": Door(EVIDENCE, reads=STAFF | AUTHOR, hidden=True, page=False),
    "claims:filing_file_page": Door(
        {**EVIDENCE, "page": "one"}, reads=STAFF | AUTHOR, hidden=True, page=False
    ),
    "claims:filing_file_remove": Door(
        {**DRAFT, "file_id": "filing_draft_file"}, sends=AUTHOR, hidden=True
    ),
    "claims:filing_step": Door(
        {**DRAFT, "step": "filing_step"},
        reads=AUTHOR,
        sends=AUTHOR,
        data=lambda _s, _r: {"contact_name": "池建国", "go": "stay"},
        hidden=True,
    ),
    "claims:filing_door": Door(
        CASE, reads=STAFF, sends=ADMINISTRATOR, data=lambda _s, _r: {"open": "0"}
    ),
    "claims:filings": Door(CASE, reads=STAFF),
    "claims:next_filing": Door(CASE, sends=ADMINISTRATOR),
    "claims:review": Door(FILING, reads=STAFF, sends=ADMINISTRATOR, data=_decided),
    "claims:review_hold": Door(FILING, sends=ADMINISTRATOR, data=lambda _s, _r: {"action": "take"}),
    "claims:claim": Door(
        {**CASE, "claim_id": "reviewed_claim"}, reads=STAFF, sends=ADMINISTRATOR, data=_corrected
    ),
}

COMMON: dict[str, Common] = {
    "claims:file": Common(
        get=_same(200), post=(400, "/cases/", 403), names={"token": "filing_token"}
    ),
    "claims:file_code": Common(
        get=_same("/file/"), post=_same("/file/"), names={"token": "filing_token"}
    ),
}
