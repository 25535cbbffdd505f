"""Addresses of the estate."""

from django.urls import path

from creditor_meetings.estate import views_plans, views_reports, views_rows, views_tables
from creditor_meetings.estate.report import KINDS
from creditor_meetings.estate.tables import TABLES

app_name = "estate"

_CASE = "cases/<int:case_id>/estate/"
_PLAN = f"{_CASE}plans/<int:plan_id>/"

urlpatterns = [
    path(_CASE, views_rows.overview, name="overview"),
    path(f"{_CASE}assets/", views_rows.assets, name="assets"),
    path(f"{_CASE}assets/new/", views_rows.new_asset, name="new_asset"),
    path(f"{_CASE}assets/<int:row_id>/", views_rows.asset, name="asset"),
    path(f"{_CASE}assets/<int:row_id>/remove/", views_rows.remove_asset, name="remove_asset"),
    path(f"{_CASE}money/", views_rows.money, name="money"),
    path(f"{_CASE}money/new/", views_rows.new_entry, name="new_entry"),
    path(f"{_CASE}money/<int:row_id>/", views_rows.entry, name="entry"),
    path(f"{_CASE}money/<int:row_id>/remove/", views_rows.remove_entry, name="remove_entry"),
    path(f"{_CASE}mine/", views_plans.mine, name="mine"),
    path(f"{_CASE}plans/", views_plans.plans, name="plans"),
    path(f"{_CASE}plans/new/", views_plans.new, name="new_plan"),
    path(_PLAN, views_plans.plan, name="plan"),
    path(f"{_PLAN}edit/", views_plans.edit, name="edit_plan"),
    path(f"{_PLAN}publish/", views_plans.publish, name="publish_plan"),
    path(f"{_PLAN}discard/", views_plans.discard, name="discard_plan"),
    path(f"{_PLAN}execute/", views_plans.execute, name="execute_plan"),
    path(f"{_PLAN}file/", views_plans.to_meeting, name="file_plan"),
    path(f"{_PLAN}estimate.json", views_plans.estimate, name="estimate"),
    path(f"{_PLAN}table.<str:ending>", views_plans.download, name="plan_file"),
    path(f"{_CASE}reports/", views_reports.reports, name="reports"),
]

# An address each, so that what is no table and no report is no address either.
for _kind in TABLES:
    _at, _which = f"{_CASE}{_kind}/", {"kind": _kind}
    urlpatterns += [
        path(f"{_at}import/", views_tables.take_in, _which, name=f"import_{_kind}"),
        path(f"{_at}export.xlsx", views_tables.give_out, _which, name=f"export_{_kind}"),
        path(f"{_at}template.xlsx", views_tables.template, _which, name=f"template_{_kind}"),
    ]
for _kind in KINDS:
    _at, _which = f"{_CASE}reports/{_kind}", {"kind": _kind}
    urlpatterns += [
        path(f"{_at}.docx", views_reports.as_docx, _which, name=f"{_kind}_report_docx"),
        path(f"{_at}.pdf", views_reports.as_pdf, _which, name=f"{_kind}_report_pdf"),
        path(f"{_at}/file/", views_reports.to_meeting, _which, name=f"file_{_kind}_report"),
    ]
