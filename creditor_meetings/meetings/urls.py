"""Addresses of meetings; `<meeting>` is the slug or the number."""

from django.urls import path

from creditor_meetings.meetings import prepare_views, views

app_name = "meetings"

_PREPARE = "meetings/<slug:meeting>/prepare/"
_ITEM = f"{_PREPARE}agenda/<int:item>/"

urlpatterns = [
    path("cases/<int:case>/meetings/new/", prepare_views.new, name="new"),
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
    path("meetings/<slug:meeting>/attendance/", views.attendance, name="attendance"),
]
