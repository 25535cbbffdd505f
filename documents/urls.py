"""Addresses of documents; none of them leads past the guarded door."""

from django.urls import path

from documents import views

app_name = "documents"

_ONE = "meetings/<slug:meeting>/documents/<int:document>/"

urlpatterns = [
    path("meetings/<slug:meeting>/documents/", views.documents, name="documents"),
    path("meetings/<slug:meeting>/documents/hand-out/", views.hand_out_all, name="hand_out_all"),
    path(_ONE, views.document, name="document"),
    path(f"{_ONE}hand-out/", views.hand_out, name="hand_out"),
    path(f"{_ONE}edit/", views.edit, name="edit"),
    path(f"{_ONE}remove/", views.remove, name="remove"),
    path(f"{_ONE}readings/", views.readings, name="readings"),
    path(f"{_ONE}pages/<int:number>.webp", views.page, name="page"),
    path(f"{_ONE}file/", views.file, name="file"),
    path(f"{_ONE}download/", views.download, name="download"),
]
