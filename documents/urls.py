"""Addresses of documents; none of them leads past the guarded door."""

from django.urls import path

from documents import present_views, reading_views, views_list, views_reading, views_uploads

app_name = "documents"

_ONE = "meetings/<slug:meeting>/documents/<int:document>/"
_UPLOAD = "meetings/<slug:meeting>/documents/uploads/<slug:key>/"

urlpatterns = [
    path("meetings/<slug:meeting>/documents/", views_list.documents, name="documents"),
    path(
        "meetings/<slug:meeting>/documents/hand-out/", views_list.hand_out_all, name="hand_out_all"
    ),
    path("meetings/<slug:meeting>/documents/uploads/", views_uploads.uploads, name="uploads"),
    path(_UPLOAD, views_uploads.upload, name="upload"),
    path(f"{_UPLOAD}discard/", views_uploads.discard, name="discard"),
    path("meetings/<slug:meeting>/documents/readings/", reading_views.summary, name="summary"),
    path(
        "meetings/<slug:meeting>/documents/readings/chart.svg",
        reading_views.chart,
        name="reading_chart",
    ),
    path(
        "meetings/<slug:meeting>/documents/readings/table.csv",
        reading_views.export,
        name="reading_export",
    ),
    path(_ONE, views_reading.document, name="document"),
    path(f"{_ONE}hand-out/", views_list.hand_out, name="hand_out"),
    path(f"{_ONE}edit/", views_list.edit, name="edit"),
    path(f"{_ONE}remove/", views_list.remove, name="remove"),
    path(f"{_ONE}original/", views_list.original, name="original"),
    path(f"{_ONE}readings/", reading_views.readings, name="readings"),
    path(f"{_ONE}reading/", reading_views.reading, name="reading"),
    path(f"{_ONE}with-item/", present_views.with_item, name="with_item"),
    path(f"{_ONE}pages/<int:number>.webp", views_reading.page, name="page"),
    path(f"{_ONE}search/", views_reading.search, name="search"),
    path(f"{_ONE}file/", views_reading.file, name="file"),
    path(f"{_ONE}download/", views_reading.download, name="download"),
]
