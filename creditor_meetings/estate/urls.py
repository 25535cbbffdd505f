"""Addresses of the estate."""

from django.urls import URLPattern

app_name = "estate"

urlpatterns: list[URLPattern] = []
