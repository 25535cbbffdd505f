"""Every address of the system; each room brings its own."""

from django.contrib import admin
from django.urls import include, path
from django.views.i18n import JavaScriptCatalog

from creditor_meetings.config import health

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("admin/", admin.site.urls),
    path("account/", include("creditor_meetings.cases.account_urls")),
    path("jsi18n/", JavaScriptCatalog.as_view(domain="djangojs"), name="jsi18n"),
    path("", include("creditor_meetings.cases.urls")),
    path("", include("creditor_meetings.claims.urls")),
    path("", include("creditor_meetings.meetings.urls")),
    path("", include("creditor_meetings.realtime.urls")),
    path("", include("creditor_meetings.video.urls")),
    path("", include("documents.urls")),
    path("", include("voting.urls")),
    path("", include("voting.papers.urls")),
    path("", include("voting.evidence.urls")),
    path("", include("creditor_meetings.estate.urls")),
    path("", include("creditor_meetings.running.urls")),
]

handler500 = "creditor_meetings.cases.middleware.server_error"
