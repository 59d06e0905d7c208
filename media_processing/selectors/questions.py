"""Reads of question lists, and of what was observed while each question was answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from applicants.models import Officer
from applicants.permissions import Capability, can
from applicants.selectors import branches_for
from media_processing.analysis.answers import (
    AnswerMark,
    AnswerMeans,
    Interval,
    answered,
    results_of,
)
from media_processing.analysis.types import Modality, Observation
from media_processing.models import LiveCapture, QuestionList, QuestionMark, Recording


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


@dataclass(frozen=True, slots=True)
class AnsweredQuestion:
    """One question of a recording: when it was answered, and what was observed meanwhile."""

    number: int
    text: str
    intervals: Sequence[Interval]
    means: Mapping[Modality, AnswerMeans]


def answered_questions(recording: Recording) -> list[AnsweredQuestion]:
    """Return the questions of a live recording in their order; of an upload there are none."""
    live = LiveCapture.objects.filter(recording=recording).first()
    questions = list(live.questions.all()) if live else []
    if live is None or not questions:
        return []
    answers = answered(_in_recording_time(live), recording.duration_s or 0.0)
    results = results_of(_observed(recording), answers) if answers else {}
    return [
        AnsweredQuestion(
            question.number,
            question.text,
            answers.get(question.number, []),
            results.get(question.number, {}),
        )
        for question in questions
    ]


def _in_recording_time(live: LiveCapture) -> list[AnswerMark]:
    """Return the marks in the time of the recording: its takes one after another."""
    offset_s, offsets_s = 0.0, {}
    for take in live.takes.order_by("number"):
        offsets_s[take.pk] = offset_s
        offset_s += take.duration_s
    marks = QuestionMark.objects.filter(question__live=live).select_related("question")
    return [
        AnswerMark(
            mark.question.number,
            mark.kind == QuestionMark.Kind.START,
            offsets_s[mark.take_id] + mark.t_s,
        )
        for mark in marks
    ]


def _observed(recording: Recording) -> dict[Modality, list[Observation]]:
    found: dict[Modality, list[Observation]] = {modality: [] for modality in Modality}
    rows = recording.observations.order_by("t_start_s", "id").values_list(
        "modality", "t_start_s", "t_end_s", "person", "probabilities", "valence", "arousal",
        "confidence", "quality",
    )  # fmt: skip
    for modality, start_s, end_s, person, probabilities, *figures in rows:
        observation = Observation(
            Modality(modality), start_s, end_s, person, tuple(probabilities), *figures
        )
        found[observation.modality].append(observation)
    return found
