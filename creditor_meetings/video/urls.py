"""Addresses of the video room."""

urlpatterns: list = []
