"""What the administration shows of a person: it can only be read, and who read it is recorded."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse

from applicants.models import Applicant
from applicants.services import readings


class ReadOnlyAdmin(admin.ModelAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class PersonRecordAdmin(ReadOnlyAdmin):
    """Rows about people: each reading is in the audit trail, under the person whose row it is.

    ``person_path`` leads from a row to its applicant, in Django's lookup syntax.
    """

    person_path: ClassVar[str] = "application__applicant"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Fetch the way to the person with the rows: each listing goes it for every row."""
        return super().get_queryset(request).select_related(self.person_path)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        answer = super().changelist_view(request, extra_context)
        if changes := getattr(answer, "context_data", {}).get("cl"):
            readings.record_listing(
                changes.result_list,
                f"{self.person_path}_id",
                actor=request.user,
                action=readings.ADMIN_LISTED,
            )
        return answer

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Model | None:
        """Every page of one row asks here for it, so that none can show it unrecorded."""
        row = super().get_object(request, object_id, from_field)
        if row is not None and self.has_view_permission(request, row):
            self._record(request, row)
        return row

    def _record(self, request: HttpRequest, row: Model) -> None:
        person, record = _person_of(row, self.person_path), row._meta.label
        readings.record_reading("admin.viewed", actor=request.user, obj=person, record=record)


def _person_of(row: Any, path: str) -> Applicant:
    for name in path.split("__"):
        row = getattr(row, name)
    return row
