"""Addresses of the video room."""

from django.urls import path

from creditor_meetings.video import views

app_name = "video"

urlpatterns = [
    path("meetings/<slug:meeting>/video/", views.rehearsal, name="rehearsal"),
    path("meetings/<slug:meeting>/recordings/", views.recording_list, name="recordings"),
    path("meetings/<slug:meeting>/recordings/<int:recording>/", views.recording, name="recording"),
]
