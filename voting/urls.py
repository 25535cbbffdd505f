"""Addresses of this room; `<meeting>` is the slug or the number."""

from django.urls import path

from voting import prepare_views, result_views, views

app_name = "voting"

_ALL = "meetings/<slug:meeting>/resolutions/"
_ONE = f"{_ALL}<int:resolution>/"

urlpatterns = [
    path("meetings/<slug:meeting>/ballots/", views.ballots, name="ballots"),
    path(_ALL, prepare_views.resolutions, name="resolutions"),
    path(f"{_ALL}new/", prepare_views.new, name="new"),
    path(f"{_ONE}edit/", prepare_views.edit, name="edit"),
    path(f"{_ONE}delete/", prepare_views.delete, name="delete"),
    path(f"{_ONE}move/", prepare_views.move, name="move"),
    path(f"{_ONE}chart.svg", views.chart, name="chart"),
    path(f"{_ONE}result/", result_views.result, name="result"),
    path(f"{_ONE}evidence/", result_views.evidence, name="evidence"),
]
