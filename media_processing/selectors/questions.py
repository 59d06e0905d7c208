"""Reads of question lists: the built-in ones, and those of the officer's own branches."""

from django.db.models import Q, QuerySet

from applicants.models import Officer
from applicants.permissions import Capability, can
from applicants.selectors import branches_for
from media_processing.models import QuestionList


def question_lists_for(officer: Officer) -> QuerySet[QuestionList]:
    if not can(officer, Capability.UPLOAD_MEDIA):
        return QuestionList.objects.none()
    seen = Q(branch__isnull=True) | Q(branch__in=branches_for(officer))
    return QuestionList.objects.filter(seen).select_related("branch", "created_by")
