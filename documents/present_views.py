"""What the team says of a document before the meeting: that it comes with its agenda item."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from documents import with_items
from documents.access import access_document


@require_POST
def with_item(request: HttpRequest, meeting: str, document: int) -> HttpResponse:
    """Let a document be handed out by itself with its agenda item, or (`waits=0`) no longer."""
    found, place, viewer = access_document(request.user, meeting, document)
    waits = request.POST.get("waits") != "0"
    with_items.wait_for_item(place, found.pk, viewer, waits=waits)
    said = _("“%(title)s”将随议程自动发放。") if waits else _("“%(title)s”不再随议程自动发放。")
    messages.success(request, said % {"title": found.title})
    return redirect("documents:documents", place.slug)
