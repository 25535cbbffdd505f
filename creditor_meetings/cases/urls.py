"""Addresses of cases, invitations and sign-in."""

urlpatterns: list = []
