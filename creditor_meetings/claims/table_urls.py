"""Addresses of what comes out of the claims table: downloads, chart, lists for the court."""

from django.urls import path

from creditor_meetings.claims import views_export

urlpatterns = [
    path("cases/<int:case_id>/claims/template.xlsx", views_export.template, name="template"),
    path("cases/<int:case_id>/claims/table.<slug:format>", views_export.export, name="export"),
]
