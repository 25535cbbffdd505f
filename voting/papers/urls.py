"""Addresses of papers, receipts and the public check."""

from django.urls import path

from voting.papers import check_views, receipt_views, views

app_name = "papers"

_PAPERS = "meetings/<slug:meeting>/papers/"
_RECEIPTS = "meetings/<slug:meeting>/receipts/"

urlpatterns = [
    path(_PAPERS, views.papers, name="papers"),
    path(f"{_PAPERS}minutes/", views.make_minutes, name="make_minutes"),
    path(f"{_PAPERS}certificate/", views.make_certificate, name="make_certificate"),
    path(f"{_PAPERS}<int:paper>.pdf", views.download, name="paper"),
    path(f"{_PAPERS}<int:paper>/sign/", views.sign, name="sign_paper"),
    path(_RECEIPTS, receipt_views.listed, name="receipts"),
    path(f"{_RECEIPTS}<str:number>.pdf", receipt_views.download, name="receipt"),
    path(f"{_RECEIPTS}<str:number>/email/", receipt_views.email, name="email_receipt"),
    path("check/", check_views.check, name="check"),
    path("check/proof.json", check_views.proof, name="check_proof"),
]
