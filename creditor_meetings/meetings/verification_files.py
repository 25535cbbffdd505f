"""Files with objections and their answers (异议附件): for exactly those who read the objection."""

from collections.abc import Sequence

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.files import scans
from creditor_meetings.claims.models import Objection, ObjectionFile
from creditor_meetings.meetings import objections_state, record, verification_acts

ROOM = "objections"
"""The folder below DATA_DIR in which the files lie."""
MOST_FILES = 10
"""How many files either side may add to an objection."""


def accessible(case_id: int, objection_id: int, viewer: Viewer) -> Objection:
    """Give an objection to those who may read it. Raises `NotFound`."""
    found = objections_state.objections_seen_by(viewer).select_related(*objections_state.RELATED)
    one = found.filter(claim__case=case_id, pk=objection_id).first()
    if one is None:
        raise NotFound
    return one


def attachable(case_id: int, objection_id: int, viewer: Viewer) -> Objection:
    """Give an objection to those who may add files to it. Raises `NotFound`, `Refused`."""
    one = accessible(case_id, objection_id, viewer)
    if not verification_acts.is_own(one, viewer) and not viewer.is_administrator:
        message = _("附件由提出异议的人或者管理人添加。")
        raise Refused("not_allowed", message) if viewer.is_staff else NotFound(message)
    return one


def file_of(case_id: int, objection_id: int, file_id: int, viewer: Viewer) -> ObjectionFile:
    """Give a file to those who may read its objection. Raises `NotFound`."""
    objection = accessible(case_id, objection_id, viewer)
    found = objection.files.filter(pk=file_id).first()
    if found is None:
        raise NotFound
    return found


def attach_files(
    case_id: int,
    objection_id: int,
    uploads: Sequence[File],
    viewer: Viewer,
    *,
    address: str = "",
) -> list[ObjectionFile]:
    """Add files, all or none: the objector's to the objection, the administrator's to the answer.

    PDF, JPEG or PNG, each of at most `scans.MAX_BYTES`. Raises `content.BadFile`, `Refused`,
    `NotFound`.
    """
    seen = attachable(case_id, objection_id, viewer)
    own = verification_acts.is_own(seen, viewer)
    _require_room(seen, uploads, with_answer=not own)
    # Opening the files may take seconds, and no lock is held meanwhile.
    kept = [scans.take(ROOM, one) for one in uploads]
    with transaction.atomic():
        found = verification_acts.held_objection(case_id, objection_id, viewer)
        if own:
            verification_acts.require_standing(found)
        elif found.withdrawn_at is not None:
            raise Refused("bad_request", _("该异议已经撤回。"))
        _require_room(found, uploads, with_answer=not own)
        known = set(found.files.filter(with_answer=not own).values_list("sha256", flat=True))
        new = list({one.sha256: one for one in kept if one.sha256 not in known}.values())
        made = ObjectionFile.objects.bulk_create(
            ObjectionFile(
                objection=found,
                with_answer=not own,
                name=one.name,
                content_type=one.content_type,
                size=one.size,
                sha256=one.sha256,
                at=clock.now(),
                by=viewer.person,
            )
            for one in new
        )
        if made:
            _write(found, made, viewer, address)
            verification_acts.tell_objection(found, "objection_file")
    return made


def _require_room(objection: Objection, uploads: Sequence[File], *, with_answer: bool) -> None:
    if not uploads:
        raise Refused("bad_request", _("没有选择文件；请选择 PDF 或者图片。"))
    if objection.files.filter(with_answer=with_answer).count() + len(uploads) > MOST_FILES:
        raise Refused(
            "bad_request", _("最多可以添加 %(n)s 个附件；请合并后再上传。") % {"n": MOST_FILES}
        )


def _write(
    objection: Objection, files: Sequence[ObjectionFile], viewer: Viewer, address: str
) -> None:
    for one in files:
        verification_acts.put_on_record(
            objection.claim, "objection_file", "", one.name, viewer, address=address
        )
    meeting = verification_acts.meeting_on_record(objection.claim.case_id)
    if meeting is None:
        return
    record.write(
        meeting,
        "objection_file",
        {
            **verification_acts.entry(objection.claim, viewer, address),
            **verification_acts.by_whom(objection),
            "with_answer": files[0].with_answer,
            "files": [{"name": one.name, "sha256": one.sha256} for one in files],
        },
    )
