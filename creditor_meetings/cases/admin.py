"""/admin for the operator: cases, creditors, people, roles, invitations."""

from allauth.account.decorators import secure_admin_login
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import ReadOnlyPasswordHashField
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditor_meetings.cases import invitations
from creditor_meetings.cases.models import (
    Case,
    CaseRole,
    Creditor,
    Invitation,
    Person,
)
from creditor_meetings.cases.people import close_sessions, tell_role_change

# By the pages of sign-in, with their limits and the second factor, like everybody else.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.site_header = gettext_lazy("网络债权人会议 · 运维")
admin.site.site_title = gettext_lazy("运维")


class PersonForm(forms.ModelForm):
    """A person without a password to type: those are set by their owners."""

    password = ReadOnlyPasswordHashField(label=gettext_lazy("密码"))

    class Meta:
        model = Person
        fields = ["name", "email", "phone", "language", "password", "is_active", "is_staff"]


class RolesOfPerson(admin.TabularInline):
    """The roles of a person."""

    model = CaseRole
    extra = 0
    raw_id_fields = ["creditor", "case"]
    readonly_fields = ["since"]


@admin.register(Person)
class PersonAdmin(UserAdmin):
    """People; addresses decide who signs in as whom, so they are changed with care."""

    form = PersonForm
    add_form = forms.modelform_factory(Person, fields=["name", "email", "phone"])
    list_display = ["name", "email", "phone", "is_active", "is_staff", "last_login"]
    list_filter = ["is_active", "is_staff", "case_roles__role"]
    search_fields = ["name", "email", "phone"]
    ordering = ["-id"]
    readonly_fields = ["last_login", "date_joined"]
    inlines = [RolesOfPerson]
    actions = ["end_sessions"]
    fieldsets = [
        (None, {"fields": ["name", "email", "phone", "language", "password"]}),
        (
            gettext_lazy("权限"),
            {"fields": ["is_active", "is_staff", "is_superuser", "groups", "user_permissions"]},
        ),
        (gettext_lazy("时间"), {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [(None, {"fields": ["name", "email", "phone"]})]

    @admin.action(description=gettext_lazy("结束登录（所有设备）"))
    def end_sessions(self, request: HttpRequest, chosen: QuerySet[Person]) -> None:
        """End every session of these people, with the rooms that are open in them."""
        for person in chosen:
            ended = close_sessions(person)
            self.log_change(request, person, f"ended {ended} sessions")
            words = _("%(person)s已在 %(number)s 台设备上退出登录。")
            messages.success(request, words % {"person": person, "number": ended})

    def save_formset(
        self,
        request: HttpRequest,
        form: forms.ModelForm,
        formset: forms.BaseModelFormSet,
        change: bool,
    ) -> None:
        """Save the roles, and let open rooms follow."""
        super().save_formset(request, form, formset, change)
        for held in [*formset.new_objects, *(one for one, _fields in formset.changed_objects)]:
            if isinstance(held, CaseRole):
                tell_role_change(held.case_id, held.person_id)


@admin.register(Case)
class CaseAdmin(admin.ModelAdmin):
    """Cases; none is deleted, they are on record."""

    list_display = ["number", "debtor", "court", "procedure", "administrator_firm", "created_at"]
    list_filter = ["procedure", "court"]
    search_fields = ["number", "debtor", "court", "administrator_firm"]


@admin.register(Creditor)
class CreditorAdmin(admin.ModelAdmin):
    """Creditors and their contacts."""

    list_display = ["position", "name", "case", "contact_name", "phone", "email"]
    list_display_links = ["name"]
    list_filter = ["case"]
    search_fields = ["name", "identity_number", "contact_name", "phone", "email"]
    raw_id_fields = ["case"]


@admin.register(CaseRole)
class CaseRoleAdmin(admin.ModelAdmin):
    """Who is what in which case; taken away by making it inactive."""

    list_display = ["person", "role", "case", "creditor", "active", "since"]
    list_filter = ["role", "active", "case"]
    search_fields = ["person__name", "person__email", "person__phone", "creditor__name"]
    raw_id_fields = ["case", "person", "creditor"]

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Roles are part of the record."""
        return False

    def save_model(
        self, request: HttpRequest, obj: CaseRole, form: forms.ModelForm, change: bool
    ) -> None:
        """Save, and let open rooms of the person follow."""
        super().save_model(request, obj, form, change)
        tell_role_change(obj.case_id, obj.person_id)


@admin.register(Invitation)
class InvitationAdmin(admin.ModelAdmin):
    """Invitations: to be read, and issued anew. The hash of the token is nobody's business."""

    list_display = ["name", "role", "case", "creditor", "state", "expires_at", "used_at", "used_by"]
    list_filter = ["role", "case"]
    search_fields = ["name", "email", "phone", "creditor__name"]
    exclude = ["token_hash"]
    actions = ["send_anew"]

    @admin.display(description=gettext_lazy("状态"))
    def state(self, invitation: Invitation) -> str:
        """Say where the invitation stands."""
        return str(invitations.STATE_LABELS[invitations.state_of(invitation)])

    @admin.action(description=gettext_lazy("换新链接并发送"))
    def send_anew(self, request: HttpRequest, chosen: QuerySet[Invitation]) -> None:
        """Issue fresh links and send them."""
        by = request.user if isinstance(request.user, Person) else None
        for invitation in chosen.select_related("case", "creditor"):
            fresh = invitations.reissue(invitation, by=by)
            if not invitations.send(fresh):
                words = _("%(name)s的邀请未能发送，请检查联系方式。") % {"name": invitation.name}
                messages.warning(request, words)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Invitations are issued on the page of their case."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """What was issued is on record."""
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """What was issued is on record."""
        return False
