"""Addresses of meetings; `<meeting>` is the slug or the number."""

from django.urls import path

from creditor_meetings.meetings import views

app_name = "meetings"

urlpatterns = [
    path("meetings/<slug:meeting>/", views.room, name="room"),
    path("meetings/<slug:meeting>/screen/", views.screen, name="screen"),
    path("meetings/<slug:meeting>/claims/", views.claims, name="claims"),
    path("meetings/<slug:meeting>/attendance/", views.attendance, name="attendance"),
]
