"""Addresses of whoever keeps the system alive."""

from django.urls import path

from creditor_meetings.running import views

app_name = "running"

urlpatterns = [
    path("metrics", views.figures, name="metrics"),
    path("operator/", views.operator, name="operator"),
    path("operator/now/", views.operator_now, name="operator_now"),
]
