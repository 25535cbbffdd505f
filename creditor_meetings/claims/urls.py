"""Addresses of the claims room."""

urlpatterns: list = []
