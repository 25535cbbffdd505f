"""Sockets of the room."""

websocket_urlpatterns: list = []
