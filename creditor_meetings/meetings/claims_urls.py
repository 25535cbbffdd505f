"""Addresses of what a meeting opens of the case's claims, beside the table itself."""

from django.urls import path

from creditor_meetings.meetings import claims_views

_CLAIMS = "meetings/<slug:meeting>/claims/"

urlpatterns = [
    path(f"{_CLAIMS}table.<slug:format>", claims_views.export, name="claims_export"),
    path(f"{_CLAIMS}chart.svg", claims_views.chart, name="claims_chart"),
]
