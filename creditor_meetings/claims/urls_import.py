"""Addresses of importing a claims table."""

from django.urls import path

from creditor_meetings.claims import views_columns, views_import

_TABLE = "cases/<int:case_id>/claims/import/"

urlpatterns = [
    path(_TABLE, views_import.upload, name="import"),
    path(f"{_TABLE}<int:number>/", views_import.preview, name="preview"),
    path(f"{_TABLE}<int:number>/columns/", views_columns.choose, name="columns"),
    path(f"{_TABLE}<int:number>/progress/", views_import.progress, name="import_progress"),
]
