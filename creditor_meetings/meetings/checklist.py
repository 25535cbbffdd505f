"""What a meeting needs before it is convened, as the rooms above and below see it."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from creditor_meetings.cases.models import CREDITOR_ROLES, CaseRole, Creditor, Invitation
from creditor_meetings.claims.listing import claims_of, creditors_of
from creditor_meetings.meetings.attachments import attachments
from creditor_meetings.meetings.models import Meeting


@dataclass(frozen=True)
class Check:
    """A line of the checklist: what, how it stands, whether it is done, and where to go."""

    title: str
    text: str
    done: bool
    url: str = ""


CheckProvider = Callable[[Meeting], Check]
_brought: list[CheckProvider] = []


def bring(provider: CheckProvider) -> None:
    """Let a room above this one add a line."""
    _brought.append(provider)


def of(meeting: Meeting) -> list[Check]:
    """Return the checklist of a meeting, in the order in which people do these things."""
    lines = [_claims(meeting), _agenda(meeting), _documents(meeting)]
    return [*lines, *(provider(meeting) for provider in _brought), _invitations(meeting)]


def _claims(meeting: Meeting) -> Check:
    count = claims_of(meeting.case_id).count()
    creditors = creditors_of(meeting.case_id).count()
    text = (
        _("%(creditors)s 户债权人，%(claims)s 笔债权") % {"creditors": creditors, "claims": count}
        if count
        else _("尚未导入债权表")
    )
    return Check(_("债权表"), text, count > 0, f"/cases/{meeting.case_id}/claims/import/")


def _agenda(meeting: Meeting) -> Check:
    count = meeting.items.count()
    text = _("%(n)s 项议程") % {"n": count} if count else _("尚无议程")
    return Check(_("议程"), text, count > 0, "#agenda")


def _documents(meeting: Meeting) -> Check:
    found = attachments(meeting)
    waiting = sum(not one.handed_out for one in found)
    if not found:
        text = _("尚未上传会议文件")
    elif waiting:
        text = _("%(n)s 份文件，其中 %(waiting)s 份尚未发放") % {
            "n": len(found),
            "waiting": waiting,
        }
    else:
        text = _("%(n)s 份文件，均已发放") % {"n": len(found)}
    url = f"/meetings/{meeting.slug}/documents/"
    return Check(_("会议文件"), text, bool(found) and not waiting, url)


def _invitations(meeting: Meeting) -> Check:
    creditors = Creditor.objects.filter(case=meeting.case_id)
    # A proxy stands for its creditors as well as they would themselves.
    present = CaseRole.objects.filter(case=meeting.case_id, role__in=CREDITOR_ROLES, active=True)
    invited = Invitation.objects.filter(case=meeting.case_id, role__in=CREDITOR_ROLES)
    reached = creditors.filter(
        Q(pk__in=present.values("creditor"))
        | Q(pk__in=invited.values("creditor"))
        | Q(pk__in=invited.values("further_creditors"))
    )
    total, count = creditors.count(), reached.count()
    text = _("%(n)s / %(total)s 户债权人已邀请") % {"n": count, "total": total}
    url = f"/cases/{meeting.case_id}/invitations/"
    return Check(_("邀请"), text, 0 < total == count, url)
