"""Addresses of this room; `<meeting>` is the slug or the number."""

from django.urls import path

from voting import (
    desk_views,
    election_views,
    group_views,
    paper_views,
    prepare_views,
    preview_views,
    result_views,
    views,
)

app_name = "voting"

_ALL = "meetings/<slug:meeting>/resolutions/"
_ONE = f"{_ALL}<int:resolution>/"
_DESK = "meetings/<slug:meeting>/desk/"
_ON_DESK = f"{_DESK}<int:resolution>/"
_PAPER = "meetings/<slug:meeting>/paper/"
_SHEET = f"{_PAPER}<int:sheet>/"
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
    path(_DESK, desk_views.page, name="desk"),
    path(f"{_DESK}verify/", desk_views.verify, name="desk_verify"),
    path(f"{_DESK}verification/", desk_views.verification, name="desk_verification"),
    path(f"{_ON_DESK}decide/", desk_views.decide, name="desk_decide"),
    path(f"{_ON_DESK}rule/", desk_views.rule, name="desk_rule"),
    path(f"{_ON_DESK}ruling.<slug:format>", desk_views.ruling, name="desk_ruling"),
    path(f"{_ON_DESK}application.<slug:format>", desk_views.application, name="desk_application"),
    path(_PAPER, paper_views.page, name="paper"),
    path(f"{_PAPER}table.xlsx", paper_views.download, name="paper_table"),
    path(f"{_PAPER}bulk/", paper_views.bulk, name="paper_bulk"),
    path(_SHEET, paper_views.sheet, name="paper_sheet"),
    path(f"{_SHEET}scan/", paper_views.scan, name="paper_scan"),
    path(f"{_SHEET}pages/<int:number>.webp", paper_views.picture, name="paper_page"),
]
