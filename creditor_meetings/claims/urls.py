"""Addresses of the claims room."""

from django.urls import path

from creditor_meetings.claims import views, views_import, views_investors
from creditor_meetings.claims.table_urls import urlpatterns as table_patterns

app_name = "claims"

urlpatterns = [
    path("cases/<int:case_id>/claims/", views.table, name="table"),
    *table_patterns,
    path("cases/<int:case_id>/claims/import/", views_import.upload, name="import"),
    path("cases/<int:case_id>/claims/import/<int:number>/", views_import.preview, name="preview"),
    path("cases/<int:case_id>/investors/import/", views_investors.upload, name="import_investors"),
    path(
        "cases/<int:case_id>/investors/import/<int:number>/",
        views_investors.preview,
        name="preview_investors",
    ),
]
