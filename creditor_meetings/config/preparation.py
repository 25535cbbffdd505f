"""What preparing a meeting means to rooms above it: resolutions on the checklist and in step."""

from django.utils.translation import gettext as _

from creditor_meetings.meetings import checklist, prepare
from creditor_meetings.meetings.attachments import attachments
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.meetings.publishing import News
from voting import describe
from voting.models import Resolution, ResolutionState


def connect() -> None:
    """Bring the line of the checklist, and what follows the meeting's facts."""
    checklist.bring(resolutions)
    prepare.on_facts_change(drafts_follow)


def resolutions(meeting: Meeting) -> checklist.Check:
    """Say how many resolutions are prepared, and how many lack their document."""
    found = Resolution.objects.filter(meeting=meeting)
    count, wanting = found.count(), _without_document(meeting)
    if not count:
        text = _("尚无表决事项")
    elif wanting:
        text = _("%(n)s 项表决事项，其中 %(waiting)s 项所附文件尚未发放，不能开始表决") % {
            "n": count,
            "waiting": wanting,
        }
    else:
        text = _("%(n)s 项表决事项") % {"n": count}
    url = f"/meetings/{meeting.slug}/resolutions/"
    return checklist.Check(_("表决事项"), text, count > 0 and not wanting, url)


def _without_document(meeting: Meeting) -> int:
    drafts = Resolution.objects.filter(
        meeting=meeting, state=ResolutionState.DRAFT, document__isnull=False
    )
    readable = [one.id for one in attachments(meeting) if one.handed_out]
    return drafts.exclude(document__in=readable).count()


def drafts_follow(meeting: Meeting) -> list[News]:
    """Tell resolutions not yet voted on anew: they show what the meeting's facts say."""
    drafts = Resolution.objects.filter(meeting=meeting, state=ResolutionState.DRAFT)
    told = {f"resolutions/{one.pk}": describe.resolution(one) for one in drafts}
    return [News("resolutions_changed", told)] if told else []
