"""Administration of branches and staff; the audit trail can only be read."""

from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from applicants.admin_reading import ReadOnlyAdmin
from applicants.models import ApiToken, AuditEvent, Branch, Officer
from applicants.permissions import Capability, can
from applicants.services import audit, tokens

# Rights follow from the role alone; groups would be a second way that nothing reads.
admin.site.unregister(Group)


@admin.register(Branch)
class BranchAdmin(admin.ModelAdmin):
    list_display = ["code", "name", "country", "live_display"]

    def save_model(self, request: HttpRequest, obj: Branch, form, change: bool) -> None:  # type: ignore[no-untyped-def]
        super().save_model(request, obj, form, change)
        audit.record(
            "branch.changed",
            actor=request.user,
            obj=obj,
            fields=form.changed_data,
            live_display=obj.live_display,
        )


@admin.register(Officer)
class OfficerAdmin(UserAdmin):
    list_display = [
        "username",
        "first_name",
        "last_name",
        "role",
        "branch",
        "is_active",
        "last_login",
    ]
    list_filter = ["role", "branch", "is_active"]
    fieldsets = (*UserAdmin.fieldsets, ("creditweb", {"fields": ["role", "branch", "time_zone"]}))
    add_fieldsets = (*UserAdmin.add_fieldsets, ("creditweb", {"fields": ["role", "branch"]}))

    def get_readonly_fields(self, request: HttpRequest, obj: Officer | None = None) -> list[str]:
        """Nobody raises their own role."""
        own = ["role", "is_superuser", "is_staff", "groups", "user_permissions"]
        return own if obj is not None and obj.pk == request.user.pk else []

    def has_delete_permission(self, request: HttpRequest, obj: Officer | None = None) -> bool:
        """Who leaves is made inactive; what they did keeps their name."""
        return False

    def log_change(self, request: HttpRequest, obj: Officer, message: object) -> LogEntry:
        """Audit what comes by another way than the form: a new password."""
        if (
            request.resolver_match
            and request.resolver_match.url_name == "auth_user_password_change"
        ):
            audit.record("officer.password_set", actor=request.user, obj=obj)
        return super().log_change(request, obj, message)

    def save_model(self, request: HttpRequest, obj: Officer, form, change: bool) -> None:  # type: ignore[no-untyped-def]
        super().save_model(request, obj, form, change)
        audit.record(
            "officer.changed", actor=request.user, obj=obj, fields=form.changed_data, role=obj.role
        )


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """Which tokens are out, and the way to end one; none can be read or made here."""

    list_display = ["prefix", "officer", "name", "last_used_at", "expires_at", "opens"]
    list_filter = ["officer"]
    list_select_related = ["officer"]
    fields = ["prefix", "officer", "name", "created_at", "last_used_at", "expires_at", "revoked_at"]
    actions = ["revoke"]

    @admin.display(boolean=True, description=_("valid"))
    def opens(self, token: ApiToken) -> bool:
        return token.is_valid

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return can(request.user, Capability.MANAGE_USERS)

    @admin.action(description=_("Revoke the chosen tokens"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, chosen: QuerySet[ApiToken]) -> None:
        for token in chosen:
            tokens.revoke(token, actor=request.user)
        messages.success(request, _("Revoked. What used these tokens is refused from now on."))


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ["at", "actor", "action", "object_type", "object_id"]
    list_filter = ["action"]
    search_fields = ["object_id", "action"]
