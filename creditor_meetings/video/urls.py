"""Addresses of the video room."""

from django.urls import path

from creditor_meetings.video import device_views, hls_views, replay_views, views

app_name = "video"

urlpatterns = [
    path("meetings/<slug:meeting>/video/", views.rehearsal, name="rehearsal"),
    path("meetings/<slug:meeting>/video/address/", hls_views.address, name="address"),
    path("meetings/<slug:meeting>/device/", device_views.device, name="device"),
    path("meetings/<slug:meeting>/device/upload/", device_views.upload, name="device_upload"),
    path("meetings/<slug:meeting>/device/download/", device_views.download, name="device_download"),
    path("meetings/<slug:meeting>/recordings/", replay_views.recording_list, name="recordings"),
    path(
        "meetings/<slug:meeting>/recordings/<int:recording>/",
        replay_views.original,
        name="recording",
    ),
    path(
        "meetings/<slug:meeting>/recordings/<int:recording>/copy/",
        replay_views.copy,
        name="recording_copy",
    ),
    path(
        "meetings/<slug:meeting>/recordings/<int:recording>/copy/again/",
        replay_views.copy_again,
        name="recording_copy_again",
    ),
    path("meetings/<slug:meeting>/replay/", replay_views.page, name="replay"),
    path("meetings/<slug:meeting>/replay/data/", replay_views.data, name="replay_data"),
    path("meetings/<slug:meeting>/replay/watched/", replay_views.watched, name="replay_watched"),
    path("meetings/<slug:meeting>/replay/<int:recording>/", replay_views.file, name="replay_file"),
    path(
        "meetings/<slug:meeting>/replay/<int:recording>/captions.vtt",
        replay_views.captions,
        name="replay_captions",
    ),
]
