"""Addresses of what comes out of the claims table: downloads, chart, lists for the court."""

from django.urls import path

from creditor_meetings.claims import views_export, views_result

_CLAIMS = "cases/<int:case_id>/claims/"
_LISTS = f"{_CLAIMS}undisputed/"
_LIST = f"{_LISTS}<int:number>/"

urlpatterns = [
    path(f"{_CLAIMS}template.xlsx", views_export.template, name="template"),
    path(f"{_CLAIMS}table.<slug:format>", views_export.export, name="export"),
    path(f"{_CLAIMS}chart.svg", views_export.chart, name="chart"),
    path(_LISTS, views_result.lists, name="undisputed"),
    path(_LIST, views_result.one_list, name="undisputed_list"),
    path(f"{_LIST}decide/", views_result.decide, name="undisputed_decide"),
    path(f"{_LIST}chart.svg", views_result.list_chart, name="undisputed_chart"),
    path(f"{_LIST}list.<slug:format>", views_result.file, name="undisputed_file"),
]
