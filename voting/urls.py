"""Addresses of this room; `<meeting>` is the slug or the number."""

from django.urls import path

from voting import election_views, group_views, prepare_views, preview_views, result_views, views

app_name = "voting"

_ALL = "meetings/<slug:meeting>/resolutions/"
_ONE = f"{_ALL}<int:resolution>/"
_ELECTIONS = "meetings/<slug:meeting>/elections/"
_ELECTION = f"{_ELECTIONS}<int:election>/"

urlpatterns = [
    path("meetings/<slug:meeting>/ballots/", views.ballots, name="ballots"),
    path(_ALL, prepare_views.resolutions, name="resolutions"),
    path(f"{_ALL}new/", prepare_views.new, name="new"),
    path(f"{_ONE}edit/", prepare_views.edit, name="edit"),
    path(f"{_ONE}delete/", prepare_views.delete, name="delete"),
    path(f"{_ONE}move/", prepare_views.move, name="move"),
    path(f"{_ONE}register/", preview_views.register, name="register"),
    path(f"{_ONE}register.<slug:kind>", preview_views.table, name="register_table"),
    path(f"{_ONE}chart.svg", views.chart, name="chart"),
    path(f"{_ONE}result/", result_views.result, name="result"),
    path(f"{_ONE}evidence/", result_views.evidence, name="evidence"),
    path("meetings/<slug:meeting>/groups/", group_views.decisions, name="groups"),
    path(f"{_ELECTIONS}new/", election_views.new, name="new_election"),
    path(_ELECTION, election_views.election, name="election"),
    path(f"{_ELECTION}delete/", election_views.delete, name="delete_election"),
    path(f"{_ELECTION}candidates/", election_views.add_candidate, name="add_candidate"),
    path(
        f"{_ELECTION}candidates/<int:resolution>/delete/",
        election_views.remove_candidate,
        name="remove_candidate",
    ),
]
