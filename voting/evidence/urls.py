"""Addresses of the bundle of evidence."""

from django.urls import path

from voting.evidence import views

app_name = "evidence"

urlpatterns = [
    path("meetings/<slug:meeting>/evidence/", views.page, name="bundle"),
    path("meetings/<slug:meeting>/evidence.zip", views.download, name="bundle_file"),
]
