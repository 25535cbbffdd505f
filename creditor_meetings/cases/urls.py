"""Addresses of cases, people, invitations and sign-in."""

from django.urls import path

from creditor_meetings.cases import (
    views_acts,
    views_cases,
    views_devices,
    views_invitations,
    views_invite,
    views_personal,
    views_signin,
)

urlpatterns = [
    path("", views_cases.home, name="home"),
    path("invite/<str:token>/", views_invite.invite, name="invite"),
    path("signin/", views_signin.signin, name="signin"),
    path("signin/code/", views_signin.code, name="signin_code"),
    path("signin/again/", views_signin.again, name="signin_again"),
    path("language/setlang/", views_signin.set_language, name="set_language"),
    path("me/devices/", views_devices.my_devices, name="my_devices"),
    path("me/data/", views_personal.my_data, name="my_data"),
    path("cases/new/", views_cases.new_case, name="new_case"),
    path("cases/<int:case_id>/", views_cases.case, name="case"),
    path("cases/<int:case_id>/edit/", views_cases.edit_case, name="edit_case"),
    path("cases/<int:case_id>/people/", views_cases.case_people, name="case_people"),
    path("cases/<int:case_id>/people/<int:role_id>/", views_cases.change_role, name="change_role"),
    path(
        "cases/<int:case_id>/people/<int:role_id>/sessions/",
        views_devices.end_sessions,
        name="end_sessions",
    ),
    path("cases/<int:case_id>/acts/", views_acts.acts_of_case, name="case_acts"),
    path("cases/<int:case_id>/erase/", views_personal.erase, name="erase_contacts"),
    path(
        "cases/<int:case_id>/invitations/",
        views_invitations.case_invitations,
        name="case_invitations",
    ),
    path(
        "cases/<int:case_id>/invitations.csv", views_invitations.export, name="export_invitations"
    ),
    path(
        "cases/<int:case_id>/invitations/send/",
        views_invitations.send_many,
        name="send_invitations",
    ),
    path(
        "cases/<int:case_id>/invitations/<int:invitation_id>/renew/",
        views_invitations.renew,
        name="renew_invitation",
    ),
    path(
        "cases/<int:case_id>/invitations/<int:invitation_id>/revoke/",
        views_invitations.revoke,
        name="revoke_invitation",
    ),
]
