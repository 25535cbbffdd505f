"""Addresses of meetings."""

urlpatterns: list = []
