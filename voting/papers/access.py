"""The guarded door to papers: who may have which.

The administrator and the court have all. Everybody of the meeting has the public certificates
of results, and once the meeting is closed the public minutes that somebody signed.
"""

from django.db.models import Exists, OuterRef, QuerySet

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import NotFound
from creditor_meetings.meetings.models import Meeting, MeetingState
from voting.models import Paper, PaperKind, PaperSignature
from voting.papers.minutes import PUBLIC


def papers_of(meeting: Meeting, viewer: Viewer) -> QuerySet[Paper]:
    """Return the papers of a meeting that the viewer may have."""
    found = Paper.objects.filter(meeting=meeting)
    if viewer.is_staff:
        return found
    public = found.filter(language=PUBLIC)
    certificates = public.filter(kind=PaperKind.CERTIFICATE)
    if meeting.state != MeetingState.CLOSED:
        return certificates
    signed = Exists(PaperSignature.objects.filter(paper=OuterRef("pk")))
    return certificates | public.filter(signed, kind=PaperKind.MINUTES)


def access_paper(meeting: Meeting, viewer: Viewer, paper_id: int) -> Paper:
    """Give a paper to one of those who may have it. Raises `NotFound`."""
    found = papers_of(meeting, viewer).select_related("resolution").filter(pk=paper_id).first()
    if found is None:
        raise NotFound
    return found
