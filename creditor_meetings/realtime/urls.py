"""Addresses of the room for whoever cannot have a socket; events are served beside Django."""

from django.urls import path

from creditor_meetings.realtime import views

app_name = "realtime"

urlpatterns = [
    path("meetings/<slug:meeting>/commands/", views.command, name="commands"),
]
