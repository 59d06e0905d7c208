"""Reads of question lists, and of the marks that say when a question was answered."""

from typing import Any

from django.db.models import Q, QuerySet

from applicants.models import Officer
from applicants.permissions import Capability, can
from applicants.selectors import branches_for
from media_processing.models import LiveCapture, QuestionList, QuestionMark


def question_lists_for(officer: Officer) -> QuerySet[QuestionList]:
    if not can(officer, Capability.UPLOAD_MEDIA):
        return QuestionList.objects.none()
    seen = Q(branch__isnull=True) | Q(branch__in=branches_for(officer))
    return QuestionList.objects.filter(seen).select_related("branch", "created_by")


def marks_of(live: LiveCapture) -> list[dict[str, Any]]:
    """Return the marks in order of time, as the page and the API write them."""
    marks = QuestionMark.objects.filter(question__live=live).select_related("question", "take")
    return [
        {
            "id": str(mark.pk),
            "question": mark.question.number,
            "take": mark.take.number,
            "t_ms": round(1000 * mark.t_s),
            "kind": mark.kind,
        }
        for mark in marks.order_by("take__number", "t_s", "kind")
    ]
