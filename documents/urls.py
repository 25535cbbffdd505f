"""Addresses of documents; none of them leads past the guarded door."""

from django.urls import path

from documents import views_list, views_reading

app_name = "documents"

_ONE = "meetings/<slug:meeting>/documents/<int:document>/"

urlpatterns = [
    path("meetings/<slug:meeting>/documents/", views_list.documents, name="documents"),
    path(
        "meetings/<slug:meeting>/documents/hand-out/", views_list.hand_out_all, name="hand_out_all"
    ),
    path(_ONE, views_reading.document, name="document"),
    path(f"{_ONE}hand-out/", views_list.hand_out, name="hand_out"),
    path(f"{_ONE}edit/", views_list.edit, name="edit"),
    path(f"{_ONE}remove/", views_list.remove, name="remove"),
    path(f"{_ONE}readings/", views_list.readings, name="readings"),
    path(f"{_ONE}pages/<int:number>.webp", views_reading.page, name="page"),
    path(f"{_ONE}file/", views_reading.file, name="file"),
    path(f"{_ONE}download/", views_reading.download, name="download"),
]
