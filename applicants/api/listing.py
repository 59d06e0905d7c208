"""Lists of people's records through the API: who was shown is recorded, page by page."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework import generics

from applicants.services.readings import record_listing


class RecordedListAPIView(generics.ListAPIView[Any]):
    """``person_path`` leads from a row to the key of its applicant, in Django's lookup syntax."""

    person_path: ClassVar[str] = "application__applicant_id"

    def paginate_queryset(self, queryset: QuerySet[Any] | Sequence[Any]) -> Sequence[Any] | None:
        rows = super().paginate_queryset(queryset)
        record_listing(rows or (), self.person_path, actor=self.request.user)
        return rows
