"""Every address of the system: who may read it, who may send to it, and a case to try it on."""

import io
import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from openpyxl import load_workbook

from creditor_meetings.cases import clock, invitations
from creditor_meetings.cases.models import CaseRole, Person
from creditor_meetings.claims import tables
from creditor_meetings.meetings import mandates, notices
from creditor_meetings.meetings.models import Notice
from creditor_meetings.video.models import Broadcast, Recording
from creditor_meetings.video.recordings import file_of
from documents import uploads
from documents import verbs as document_verbs
from tests.claims.papers import investors_table, workbook
from tests.support import world
from tests.whole import more, story
from tests.whole.door import (
    _AFTER_PASSWORD,
    _AGAIN,
    _DURING_SIGN_IN,
    _FACTOR_PAGE,
    _NO_FACTOR_YET,
    _NOTHING,
    _OPEN_PAGE,
    _STAFF_PAGE,
    ADMINISTRATOR,
    CASE,
    CLOSED,
    CONVENED,
    COURT,
    DRAFT,
    ELECTION,
    FIRST_SIGN_IN,
    ITEM,
    MANDATE,
    MEETING,
    MEMBERS,
    NOTICE,
    PAPER,
    PREPARERS,
    READ,
    RECEIPT,
    RECORDING,
    RULED,
    SHEET,
    SIGN_IN,
    STAFF,
    VOTERS,
    WAITING,
    Common,
    Door,
    Stage,
    _same,
)
from voting import candidates, paper, paper_sheet
from voting.models import ChartImage, Paper, RegisterEntry
from voting.papers import store
from voting.rules import practice

__all__ = ["COMMON", "DOORS", "FIRST_SIGN_IN", "MEMBERS", "STAFF", "Door", "Stage"]


def furnish() -> Stage:
    """Take the story as far as it gives every address something to show."""
    cast = story.assemble()
    stage = Stage(cast)
    judge = cast.people["judge"]
    draft = world.make_resolution(cast.meeting, power=8, title="债务人财产管理方案")
    world.make_resolution(cast.meeting, power=5, title="是否继续营业")
    handed_out = story.upload(cast)
    document_verbs.hand_out_document(
        cast.meeting, handed_out.pk, world.viewer(cast.people["administrator"], cast.meeting)
    )
    waiting = story.upload(cast)
    _act(cast, "creditor", "sign_in")
    _act(cast, "judge", "open_meeting")
    _act(cast, "proxy", "ask_question", text="变价如何进行？")
    world.open_poll(cast.poll, judge)
    # Against, so that the outcome leads to a ruling of the court.
    receipt = world.cast(cast.people["creditor"], cast.poll, "against")
    world.close_poll(cast.poll, judge)
    world.open_poll(cast.second_poll, judge)
    picture = '<svg xmlns="http://www.w3.org/2000/svg"/>'
    ChartImage.objects.create(
        resolution=cast.poll, drawn_from="", drawn_at=clock.now(), final=True,
        svg_zh=picture, svg_en=picture,
    )  # fmt: skip
    sheet = paper.enter(
        cast.meeting, story.paper(),
        [paper.Entry(cast.second_poll.pk, cast.creditors["own"].pk, _said(cast, "own"))],
        world.viewer(cast.people["clerk"], cast.meeting),
    )  # fmt: skip
    mandate = mandates.submit_mandate(
        cast.case, story.paper(), world.viewer(cast.people["administrator"], cast.meeting),
        creditor_id=cast.creditors["undetermined"].pk, person_id=cast.people["proxy"].pk,
        meeting_id=cast.meeting.pk,
    )  # fmt: skip
    invitation = invitations.issue(
        cast.case, "creditor", "池建国", creditors=[cast.creditors["own"]], phone="16000000001"
    )
    table = tables.keep(
        cast.case, workbook(), "债权表.xlsx",
        world.viewer(cast.people["administrator"], cast.meeting), "192.0.2.7",
    )  # fmt: skip
    roster = tables.keep(
        cast.case, investors_table(), "出资人.csv",
        world.viewer(cast.people["administrator"], cast.meeting), "192.0.2.7",
        kind=tables.INVESTORS,
    )  # fmt: skip
    election, candidate = _elect(cast)
    convened = world.make_meeting(cast.case, state="convened", title="第二次债权人会议")
    stage.ids = {
        "case": cast.case.pk,
        "meeting": cast.meeting.slug,
        "convened": convened.slug,
        "draft_meeting": world.make_meeting(cast.case, state="draft").slug,
        "item": convened.items.get(position=2).pk,
        "handed_out": handed_out.pk,
        "waiting": waiting.pk,
        "closed": cast.poll.pk,
        "draft": draft.pk,
        "recording": _record(cast).pk,
        "given_up": _record(cast, "failed").pk,
        "token": invitation.token,
        "invitation": invitation.invitation.pk,
        "table": table.pk,
        "roster": roster.pk,
        "election": election,
        "candidate": candidate,
        "mandate": mandate.pk,
        "sheet": sheet.pk,
        "role": CaseRole.objects.get(person=cast.people["observer"]).pk,
        "paper": _paper_of(cast).pk,
        "receipt": receipt["number"],
        "one": 1,
        "csv": "csv",
        "docx": "docx",
        "notice": _notify(cast).pk,
        "letters": "never",
    }
    for room in more.modules("_doors"):
        stage.ids |= room.furnish(stage)
    return stage


def _paper_of(cast: story.Cast) -> Paper:
    """Keep a public certificate of the closed poll: a real PDF, though an empty one."""
    pdf = story.paper().read()
    return Paper.objects.create(
        meeting=cast.meeting, resolution=cast.poll, kind="certificate", version=1,
        ledger_size=1, sha256=store.keep(pdf), size=len(pdf),
        made_by=cast.people["judge"], made_at=clock.now(),
    )  # fmt: skip


def _elect(cast: story.Cast) -> tuple[int, int]:
    seen = world.viewer(cast.people["administrator"], cast.meeting)
    facts = candidates.Facts("选任债权人委员会成员", seats=3, employee_seat=True)
    election = candidates.create_election(cast.meeting, facts, seen)
    candidate = candidates.Candidate("云江油墨有限公司", creditor="云江油墨有限公司")
    made = candidates.add_candidate(cast.meeting, election.pk, candidate, seen)
    return election.pk, made.pk


def _notify(cast: story.Cast) -> Notice:
    """Send a notice that reached nobody: an address that failed, and creditors without any."""
    cast.creditors["own"].email = "own@example.cn"
    cast.creditors["own"].save()
    notice = notices.send(
        cast.meeting, "meeting", [one.pk for one in cast.creditors.values()], "通知", "内容",
        by=cast.people["administrator"],
    )  # fmt: skip
    notice.messages.update(state="failed")
    notice.deliveries.filter(state="queued").update(state="failed")
    return notice


def _said(cast: story.Cast, creditor: str) -> dict[str, str]:
    lines = RegisterEntry.objects.filter(
        resolution=cast.second_poll, creditor=cast.creditors[creditor], reason=""
    )
    return dict.fromkeys(lines.values_list("group", flat=True), "for")


def _act(cast: story.Cast, role: str, command: str, **data: Any) -> None:
    reply = cast.attempt(cast.people[role], command, data)
    assert reply["ok"], reply


def _record(cast: story.Cast, copy_state: str = "ready") -> Recording:
    ended = clock.now()
    broadcast = Broadcast.objects.create(
        meeting=cast.meeting, publisher=cast.people["administrator"], source="camera",
        mime="video/webm", state="ended", started_at=ended - timedelta(minutes=5),
        ended_at=ended, seen_at=ended,
    )  # fmt: skip
    path = f"{cast.meeting.slug}-{broadcast.pk}.webm"
    file_of(path).parent.mkdir(parents=True, exist_ok=True)
    file_of(path).write_bytes(b"\x1aE\xdf\xa3")
    file_of("copy.mp4").write_bytes(b"what plays")
    return Recording.objects.create(
        broadcast=broadcast, part=1, path=path, mime="video/webm", bytes=4, chunks=1,
        started_at=broadcast.started_at, ended_at=ended, copy_state=copy_state,
        copy_path="copy.mp4", copy_bytes=10, copy_sha256="ab" * 32, duration_ms=300_000,
    )  # fmt: skip


def session_of(person: Person) -> str:
    """Sign a person in and return the session's id."""
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.create()
    return str(session.session_key)


# --- The table ------------------------------------------------------------------------------


def _invite(stage: Stage, _role: str) -> dict[str, Any]:
    return {"role": "observer", "name": "周观察", "phone": "16000000009", "days": 7, "channel": ""}


def _person(stage: Stage, _role: str) -> dict[str, Any]:
    return {"person": stage.cast.people["debtor"].name, "role": "observer", "creditors": ""}


def _resolution(_stage: Stage, _role: str) -> dict[str, Any]:
    return {
        "title": "管理人报酬方案", "text": "同意。", "power": "8", "rule": "prc-ordinary",
        "agenda_item": "", "document": "",
    }  # fmt: skip


def _election(_stage: Stage, _role: str) -> dict[str, Any]:
    return {"title": "选任委员", "text": "", "seats": "5", "employee_seat": "on", "agenda_item": ""}


def _notice(stage: Stage, _role: str) -> dict[str, Any]:
    return {
        "draft": "meeting", "meeting-subject": "会议通知", "meeting-text": "请准时参加。",
        "meeting-after": str(stage.ids["notice"]),
    }  # fmt: skip


def _posted(stage: Stage, _role: str) -> dict[str, Any]:
    return {
        "day": f"{timezone.localdate(clock.now()):%Y-%m-%d}",
        "creditors": [stage.cast.creditors["bank"].pk],
    }


def _facts(_stage: Stage, _role: str) -> dict[str, Any]:
    return {
        "title": "再次债权人会议", "starts_at": "2026-12-24T09:30", "tally_shown": "at_close",
        "claims_open": "on", "delegated": "on", "questions_shown": "all", "floor_minutes": "5",
        "recording_rule": "session", "replay_rule": "polls",
    }  # fmt: skip


def _ballot(stage: Stage, role: str) -> str:
    data = {"resolution": stage.cast.second_poll.pk, "choice": "for"}
    if role == "proxy":
        data["creditor"] = stage.cast.creditors["proxied"].pk
    return json.dumps({"id": "walk-1", "type": "cast_ballot", "data": data})


def _paper(stage: Stage, _role: str) -> dict[str, Any]:
    return {uploads.FIELD: story.paper()}


def _table(_stage: Stage, _role: str) -> dict[str, Any]:
    return {"file": SimpleUploadedFile("债权表.xlsx", workbook())}


def _mandate(stage: Stage, _role: str) -> dict[str, Any]:
    proxy = stage.cast.people["proxy"].pk
    return {
        "pair": f"{stage.cast.creditors['undetermined'].pk}:{proxy}", "scope": "all",
        "meeting": "", "file": story.paper(),
    }  # fmt: skip


def _paper_ballot(stage: Stage, _role: str) -> dict[str, Any]:
    creditor = stage.cast.creditors["proxied"]
    line = RegisterEntry.objects.get(resolution=stage.cast.second_poll, creditor=creditor)
    return {
        "creditor": creditor.pk, f"choice-{line.resolution_id}-{line.pk}": "for",
        "scan": story.paper(),
    }  # fmt: skip


def _bulk(stage: Stage, _role: str) -> dict[str, Any]:
    table = load_workbook(io.BytesIO(paper_sheet.build(stage.cast.meeting)))
    rows = table.worksheets[0].iter_rows(min_row=4)
    row = next(one for one in rows if one[0].value == stage.cast.creditors["proxied"].pk)
    row[2].value = "同意"
    filled = io.BytesIO()
    table.save(filled)
    return {
        "table": SimpleUploadedFile("录入表.xlsx", filled.getvalue()), "scan": story.paper()
    }  # fmt: skip


def _item(_stage: Stage, _role: str) -> dict[str, Any]:
    return {"kind": "other", "title": "其他事项", "note": ""}


def _in(prefix: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{prefix}-{name}": value for name, value in values.items()}


DOORS: dict[str, Door] = {
    "case": Door(CASE, reads=STAFF),
    "edit_case": Door(
        CASE, reads=STAFF, sends=STAFF,
        data=lambda s, _r: {
            "number": s.cast.case.number, "court": "上海市第三中级人民法院",
            "debtor": "江南精密机械有限公司", "procedure": "composition",
        },
    ),
    "case_people": Door(CASE, reads=STAFF, sends=STAFF, data=_person),
    "change_role": Door(
        {**CASE, "role_id": "role"}, sends=STAFF, data=lambda _s, _r: {"active": "0"}
    ),
    "case_invitations": Door(CASE, reads=STAFF, sends=STAFF, data=_invite, answer=200),
    "export_invitations": Door(
        CASE, sends=STAFF, data=lambda _s, _r: {"days": 7, "whom": "not_in"}, answer=200
    ),
    "send_invitations": Door(CASE, sends=STAFF, data=lambda _s, _r: {"days": 7, "whom": "not_in"}),
    "renew_invitation": Door({**CASE, "invitation_id": "invitation"}, sends=STAFF, answer=200),
    "revoke_invitation": Door({**CASE, "invitation_id": "invitation"}, sends=STAFF),
    "claims:table": Door(CASE, reads=STAFF),
    "claims:import": Door(CASE, reads=ADMINISTRATOR, sends=ADMINISTRATOR, data=_table),
    # The case has claims already, whose table is another: 409, and they stay.
    "claims:preview": Door(
        {**CASE, "number": "table"}, reads=ADMINISTRATOR, sends=ADMINISTRATOR, answer=409
    ),
    "meetings:mandates": Door(
        {"case": "case"}, reads=STAFF | VOTERS | {"bank"}, sends=ADMINISTRATOR | {"proxy"},
        data=_mandate,
    ),
    "meetings:mandate_decide": Door(
        MANDATE, sends=ADMINISTRATOR, data=lambda _s, _r: {"action": "accept"}
    ),
    "meetings:mandate_file": Door(MANDATE, reads=STAFF | {"proxy"}),
    "meetings:new": Door({"case": "case"}, reads=PREPARERS, sends=PREPARERS, data=_facts),
    "meetings:prepare": Door(CONVENED, reads=PREPARERS),
    "meetings:prepare_facts": Door(CONVENED, sends=PREPARERS, data=_facts),
    "meetings:prepare_practice": Door(
        CONVENED, sends=PREPARERS, data=lambda _s, _r: {**practice.DEFAULTS, "tax": "none"}
    ),
    "meetings:prepare_convene": Door(
        {"meeting": "draft_meeting"}, sends=PREPARERS, hidden=True
    ),
    "meetings:prepare_take_back": Door(CONVENED, sends=PREPARERS),
    "meetings:prepare_add_item": Door(
        CONVENED, sends=PREPARERS, data=lambda s, r: _in("new", _item(s, r))
    ),
    "meetings:prepare_edit_item": Door(
        ITEM, sends=PREPARERS, data=lambda s, r: _in(f"item-{s.ids['item']}", _item(s, r))
    ),
    "meetings:prepare_move_item": Door(ITEM, sends=PREPARERS, data=lambda _s, _r: {"to": "up"}),
    "meetings:prepare_delete_item": Door(ITEM, sends=PREPARERS),
    "meetings:room": Door(MEETING, reads=MEMBERS),
    "meetings:screen": Door(MEETING, reads=MEMBERS),
    "meetings:claims": Door(MEETING, reads=MEMBERS),
    "meetings:attendance": Door(MEETING, reads=STAFF),
    "meetings:notices": Door(MEETING, reads=STAFF, sends=STAFF, data=_notice),
    "meetings:notice": Door(NOTICE, reads=STAFF),
    "meetings:notice_again": Door(NOTICE, sends=STAFF),
    "meetings:notice_posted": Door(NOTICE, sends=STAFF, data=_posted),
    "meetings:notice_unreached": Door({**NOTICE, "format": "csv"}, reads=STAFF),
    "video:address": Door(MEETING, reads=MEMBERS),
    "video:rehearsal": Door(MEETING, reads=PREPARERS),
    "video:device": Door(MEETING, reads=MEMBERS),
    # What measures the line is no form: it comes as bytes.
    "video:device_upload": Door(MEETING, sends=MEMBERS, answer=400),
    "video:device_download": Door(MEETING, reads=MEMBERS, query="?bytes=1"),
    "video:recordings": Door(MEETING, reads=STAFF),
    "video:recording": Door(RECORDING, reads=STAFF),
    "video:recording_copy": Door(RECORDING, reads=STAFF),
    "video:recording_copy_again": Door({**MEETING, "recording": "given_up"}, sends=STAFF),
    # A poll is open, hence everybody of the case may watch.
    "video:replay": Door(MEETING, reads=MEMBERS),
    "video:replay_data": Door(MEETING, reads=MEMBERS),
    "video:replay_file": Door(RECORDING, reads=MEMBERS),
    "video:replay_captions": Door(RECORDING, reads=MEMBERS),
    "video:replay_watched": Door(
        MEETING, sends=MEMBERS, answer=200, as_json=True,
        data=lambda s, _r: json.dumps(
            {"watched": [{"recording": s.ids["recording"], "ranges": [[0, 5]]}]}
        ),
    ),
    "documents:documents": Door(MEETING, reads=MEMBERS, sends=ADMINISTRATOR, data=_paper),
    "documents:hand_out_all": Door(MEETING, sends=PREPARERS),
    "documents:document": Door(READ, reads=MEMBERS, notes_reading=True),
    "documents:hand_out": Door(WAITING, sends=PREPARERS, hidden=True),
    "documents:edit": Door(
        READ, reads=ADMINISTRATOR, sends=ADMINISTRATOR, data=lambda _s, _r: {"title": "新标题"}
    ),
    "documents:remove": Door(WAITING, sends=ADMINISTRATOR, hidden=True),
    "documents:readings": Door(READ, reads=STAFF),
    "documents:page": Door({**READ, "number": "one"}, reads=MEMBERS, notes_reading=True),
    "documents:file": Door(READ, reads=MEMBERS, notes_reading=True),
    "documents:download": Door(READ, reads=MEMBERS, notes_reading=True),
    "evidence:bundle": Door(MEETING, reads=STAFF),
    "evidence:bundle_file": Door(MEETING, sends=STAFF, answer=200),
    "voting:ballots": Door(
        MEETING, sends=VOTERS, data=_ballot, answer=200, as_json=True
    ),
    "claims:import_investors": Door(
        CASE, reads=ADMINISTRATOR, sends=ADMINISTRATOR,
        data=lambda _s, _r: {"file": SimpleUploadedFile("出资人.csv", investors_table())},
    ),
    "claims:preview_investors": Door(
        {**CASE, "number": "roster"}, reads=ADMINISTRATOR, sends=ADMINISTRATOR
    ),
    "voting:groups": Door(
        MEETING, reads=PREPARERS, sends=COURT,
        data=lambda _s, _r: {"group": "small", "limit": "50000.00", "reasons": "户数众多。"},
    ),
    "voting:new_election": Door(MEETING, reads=PREPARERS, sends=PREPARERS, data=_election),
    "voting:election": Door(ELECTION, reads=PREPARERS, sends=PREPARERS, data=_election),
    "voting:delete_election": Door(ELECTION, sends=PREPARERS),
    "voting:add_candidate": Door(
        ELECTION, sends=PREPARERS,
        data=lambda _s, _r: _in("candidate", {"name": "职工代表", "seat": "employees"}),
    ),
    "voting:remove_candidate": Door({**ELECTION, "resolution": "candidate"}, sends=PREPARERS),
    "voting:paper": Door(MEETING, reads=STAFF, sends=STAFF, data=_paper_ballot),
    "voting:paper_table": Door(MEETING, reads=STAFF),
    "voting:paper_bulk": Door(MEETING, sends=STAFF, data=_bulk),
    # The clerk entered it, and therefore does not check it.
    "voting:paper_sheet": Door(
        SHEET, reads=STAFF, sends=PREPARERS, data=lambda _s, _r: {"action": "accept"}
    ),
    "voting:paper_scan": Door(SHEET, reads=STAFF),
    "voting:paper_page": Door({**SHEET, "number": "one"}, reads=STAFF),
    "voting:resolutions": Door(MEETING, reads=PREPARERS),
    "voting:new": Door(MEETING, reads=PREPARERS, sends=PREPARERS, data=_resolution),
    "voting:edit": Door(DRAFT, reads=PREPARERS, sends=PREPARERS, data=_resolution),
    "voting:delete": Door(DRAFT, sends=PREPARERS),
    "voting:move": Door(DRAFT, sends=PREPARERS, data=lambda _s, _r: {"to": "down"}),
    "voting:register": Door(DRAFT, reads=PREPARERS),
    "voting:register_table": Door({**DRAFT, "kind": "csv"}, reads=PREPARERS),
    "voting:chart": Door(CLOSED, reads=MEMBERS, query="?v=1"),
    "voting:result": Door(CLOSED, reads=MEMBERS),
    "voting:desk": Door(MEETING, reads=STAFF),
    # The verifier is given the record as it stands, with its head signed.
    "voting:desk_verify": Door(MEETING, sends=STAFF),
    "voting:desk_verification": Door(MEETING, reads=STAFF),
    "voting:desk_decide": Door(
        CLOSED, sends=COURT, data=lambda _s, _r: {"decision": "confirmed", "reasons": ""}
    ),
    # The outcome is not confirmed yet: nothing to rule on.
    "voting:desk_rule": Door(
        CLOSED, sends=COURT, answer=400, data=lambda _s, _r: {"kind": "65-1", "granted": "yes"}
    ),
    "voting:desk_ruling": Door(RULED, reads=frozenset({"judge", "clerk"})),
    "voting:desk_application": Door(RULED, reads=STAFF),
    "voting:evidence": Door(
        CLOSED, reads=STAFF, sends=COURT,
        data=lambda _s, _r: {"decision": "confirmed", "reasons": ""},
    ),
    "papers:papers": Door(MEETING, reads=MEMBERS),
    "papers:make_minutes": Door(
        MEETING, sends=STAFF, data=lambda _s, _r: {"additions": "补充。", "copy": "public"}
    ),
    "papers:make_certificate": Door(
        MEETING, sends=STAFF, data=lambda s, _r: {"resolution": s.cast.poll.pk, "copy": "court"}
    ),
    "papers:paper": Door(PAPER, reads=MEMBERS),
    "papers:sign_paper": Door(PAPER, sends=STAFF, data=lambda _s, role: {"role": role}),
    "papers:receipts": Door(MEETING, reads=MEMBERS),
    "papers:receipt": Door(RECEIPT, reads=STAFF | {"creditor"}, hidden=True),
    # The creditor on the stage has no address to send it to.
    "papers:email_receipt": Door(
        RECEIPT, sends=frozenset({"creditor"}), hidden=True, answer=400
    ),
}  # fmt: skip
"""The addresses of a case, which its people alone can tell from addresses never used."""

COMMON: dict[str, Common] = {
    "papers:check": Common(get=_same(200), post=_same(200)),
    "papers:check_proof": Common(get=_same(404), post=_same(405)),
    "healthz": _OPEN_PAGE,
    "readyz": _OPEN_PAGE,
    "jsi18n": _OPEN_PAGE,
    "home": _OPEN_PAGE,
    "invite": Common(get=_same(200), post=_same(200), names={"token": "token"}),
    "signin": Common(get=(200, "/", "/"), post=_same(200)),
    "signin_code": Common(get=_same(SIGN_IN), post=_same(SIGN_IN)),
    "signin_again": Common(get=_same(405), post=_same(SIGN_IN)),
    "set_language": Common(get=_same(405), post=_same("/")),
    "new_case": _NO_FACTOR_YET,  # for operators alone
    "account_login": Common(get=(200, "/", "/"), post=(200, "/", "/")),
    "account_logout": Common(get=(SIGN_IN, 200, 200), post=_same(SIGN_IN)),
    "account_inactive": _OPEN_PAGE,
    "account_reauthenticate": Common(get=(FIRST_SIGN_IN, 403, 200), post=(FIRST_SIGN_IN, 403, 200)),
    "account_change_password": _STAFF_PAGE,
    "account_set_password": Common(
        get=(FIRST_SIGN_IN, 404, "/account/password/change/"),
        post=(FIRST_SIGN_IN, 404, "/account/password/change/"),
    ),
    "account_reset_password": Common(get=_same(200), post=_same(200)),
    "account_reset_password_done": _OPEN_PAGE,
    "account_reset_password_from_key": Common(
        get=_same(200), post=_same(200), names={"uidb36": "letters", "key": "letters"}
    ),
    "account_reset_password_from_key_done": _OPEN_PAGE,
    "mfa_index": _FACTOR_PAGE,
    "mfa_authenticate": _DURING_SIGN_IN,
    "mfa_reauthenticate": _AGAIN,
    "mfa_activate_totp": _AFTER_PASSWORD,
    "mfa_deactivate_totp": _NO_FACTOR_YET,
    "mfa_view_recovery_codes": Common(
        get=(FIRST_SIGN_IN, 404, 404), post=(FIRST_SIGN_IN, 404, 405)
    ),
    "mfa_generate_recovery_codes": _AFTER_PASSWORD,
    "mfa_download_recovery_codes": _NO_FACTOR_YET,
    "mfa_list_webauthn": _FACTOR_PAGE,
    "mfa_add_webauthn": _AFTER_PASSWORD,
    "mfa_reauthenticate_webauthn": _AGAIN,
    "mfa_remove_webauthn": Common(_AFTER_PASSWORD.get, _AFTER_PASSWORD.post, {"pk": "one"}),
    "mfa_edit_webauthn": Common(_AFTER_PASSWORD.get, _AFTER_PASSWORD.post, {"pk": "one"}),
    "mfa_login_webauthn": _DURING_SIGN_IN,
    "account_signup": _NOTHING,
    "account_email": _NOTHING,
    "account_confirm_login_code": _NOTHING,
}
"""The addresses outside any case."""

for _room in more.modules("_doors"):
    DOORS |= _room.DOORS
    COMMON |= getattr(_room, "COMMON", {})


def every() -> Iterator[tuple[str, URLPattern]]:
    """Name every address of the system: by its name, or by its pattern where it has none."""
    yield from _within(get_resolver(), "", "")


def _within(resolver: Any, space: str, before: str) -> Iterator[tuple[str, URLPattern]]:
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            inner = f"{space}{one.namespace}:" if one.namespace else space
            yield from _within(one, inner, before + str(one.pattern))
        else:
            yield f"{space}{one.name or before + str(one.pattern)}", one
