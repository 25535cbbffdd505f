"""Addresses of meetings; `<meeting>` is the slug or the number."""

from django.urls import path

from creditor_meetings.meetings import (
    mandate_views,
    notice_views,
    prepare_views,
    verification_views,
    views,
)
from creditor_meetings.meetings.claims_urls import urlpatterns as claims_patterns

app_name = "meetings"

_PREPARE = "meetings/<slug:meeting>/prepare/"
_ITEM = f"{_PREPARE}agenda/<int:item>/"
_NOTICES = "meetings/<slug:meeting>/notices/"
_NOTICE = f"{_NOTICES}<int:notice>/"
_MANDATES = "cases/<int:case>/mandates/"
_OBJECTION = "cases/<int:case>/objections/<int:objection>/files/"

urlpatterns = [
    path("cases/<int:case>/meetings/new/", prepare_views.new, name="new"),
    path(_MANDATES, mandate_views.page, name="mandates"),
    path(f"{_MANDATES}<int:mandate>/decide/", mandate_views.decide, name="mandate_decide"),
    path(f"{_MANDATES}<int:mandate>/file/", mandate_views.file, name="mandate_file"),
    path(_OBJECTION, verification_views.objection_files, name="objection_files"),
    path(f"{_OBJECTION}<int:file>/", verification_views.objection_file, name="objection_file"),
    path(
        "cases/<int:case>/waivers/<int:waiver>/scan/",
        verification_views.waiver_scan,
        name="waiver_scan",
    ),
    path(_PREPARE, prepare_views.page, name="prepare"),
    path(f"{_PREPARE}facts/", prepare_views.facts, name="prepare_facts"),
    path(f"{_PREPARE}practice/", prepare_views.settle_practice, name="prepare_practice"),
    path(f"{_PREPARE}convene/", prepare_views.convene, name="prepare_convene"),
    path(f"{_PREPARE}take-back/", prepare_views.take_back, name="prepare_take_back"),
    path(f"{_PREPARE}agenda/add/", prepare_views.add_item, name="prepare_add_item"),
    path(f"{_ITEM}edit/", prepare_views.edit_item, name="prepare_edit_item"),
    path(f"{_ITEM}move/", prepare_views.move_item, name="prepare_move_item"),
    path(f"{_ITEM}delete/", prepare_views.delete_item, name="prepare_delete_item"),
    path("meetings/<slug:meeting>/", views.room, name="room"),
    path("meetings/<slug:meeting>/screen/", views.screen, name="screen"),
    path("meetings/<slug:meeting>/claims/", views.claims, name="claims"),
    *claims_patterns,
    path("meetings/<slug:meeting>/attendance/", views.attendance, name="attendance"),
    path(_NOTICES, notice_views.page, name="notices"),
    path(_NOTICE, notice_views.notice, name="notice"),
    path(f"{_NOTICE}again/", notice_views.again, name="notice_again"),
    path(f"{_NOTICE}posted/", notice_views.posted, name="notice_posted"),
    path(f"{_NOTICE}unreached.<slug:format>", notice_views.unreached, name="notice_unreached"),
]
