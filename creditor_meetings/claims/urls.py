"""Addresses of the claims room."""

from django.urls import path

from creditor_meetings.claims import review_views, urls_import, views, views_investors
from creditor_meetings.claims.filing import views as filing_views
from creditor_meetings.claims.filing import views_door as filing_door
from creditor_meetings.claims.table_urls import urlpatterns as table_patterns

app_name = "claims"

urlpatterns = [
    path("cases/<int:case_id>/claims/", views.table, name="table"),
    *table_patterns,
    *urls_import.urlpatterns,
    path("cases/<int:case_id>/investors/import/", views_investors.upload, name="import_investors"),
    path(
        "cases/<int:case_id>/investors/import/<int:number>/",
        views_investors.preview,
        name="preview_investors",
    ),
    # Filing: the public door, then what lies behind it for whoever files.
    path("file/<str:token>/", filing_door.door, name="file"),
    path("file/<str:token>/code/", filing_door.code, name="file_code"),
    path("cases/<int:case_id>/filing/<int:filing_id>/", filing_views.filing, name="filing"),
    path(
        "cases/<int:case_id>/filing/<int:filing_id>/receipt.pdf",
        filing_views.receipt_pdf,
        name="filing_receipt",
    ),
    path(
        "cases/<int:case_id>/filing/<int:filing_id>/withdraw/",
        filing_views.withdraw,
        name="filing_withdraw",
    ),
    path(
        "cases/<int:case_id>/filing/<int:filing_id>/files/<int:file_id>/",
        filing_views.file,
        name="filing_file",
    ),
    path(
        "cases/<int:case_id>/filing/<int:filing_id>/files/<int:file_id>/pages/<int:page>/",
        filing_views.file_page,
        name="filing_file_page",
    ),
    path(
        "cases/<int:case_id>/filing/<int:filing_id>/files/<int:file_id>/remove/",
        filing_views.remove_file,
        name="filing_file_remove",
    ),
    path(
        "cases/<int:case_id>/filing/<int:filing_id>/<slug:step>/",
        filing_views.step,
        name="filing_step",
    ),
    # Review, by the administrator's team.
    path("cases/<int:case_id>/filing/", review_views.filing_door, name="filing_door"),
    path("cases/<int:case_id>/filings/", review_views.filings, name="filings"),
    path("cases/<int:case_id>/filings/next/", review_views.next_filing, name="next_filing"),
    path("cases/<int:case_id>/filings/<int:filing_id>/", review_views.review, name="review"),
    path(
        "cases/<int:case_id>/filings/<int:filing_id>/hold/", review_views.hold, name="review_hold"
    ),
    path("cases/<int:case_id>/claims/<int:claim_id>/", review_views.claim, name="claim"),
]
