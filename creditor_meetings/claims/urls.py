"""Addresses of the claims room."""

from django.urls import path

from creditor_meetings.claims import views, views_import

app_name = "claims"

urlpatterns = [
    path("cases/<int:case_id>/claims/", views.table, name="table"),
    path("cases/<int:case_id>/claims/import/", views_import.upload, name="import"),
    path("cases/<int:case_id>/claims/import/<int:number>/", views_import.preview, name="preview"),
]
