"""Sockets of the video room."""

websocket_urlpatterns: list = []
