"""Addresses of the video room."""

from django.urls import path

from creditor_meetings.video import device_views, hls_views, views

app_name = "video"

urlpatterns = [
    path("meetings/<slug:meeting>/video/", views.rehearsal, name="rehearsal"),
    path("meetings/<slug:meeting>/video/address/", hls_views.address, name="address"),
    path("meetings/<slug:meeting>/device/", device_views.device, name="device"),
    path("meetings/<slug:meeting>/device/upload/", device_views.upload, name="device_upload"),
    path("meetings/<slug:meeting>/device/download/", device_views.download, name="device_download"),
    path("meetings/<slug:meeting>/recordings/", views.recording_list, name="recordings"),
    path("meetings/<slug:meeting>/recordings/<int:recording>/", views.recording, name="recording"),
]
