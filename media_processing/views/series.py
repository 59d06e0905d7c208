"""The numbers of a session as compact JSON: observations as columns, curves, the history."""

import uuid
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from applicants.permissions import Capability, requires
from media_processing.analysis.types import EMOTIONS
from media_processing.models import CaptureSession, EmotionHistory, Recording, Series
from media_processing.selectors import observations_of, sessions_for

COLUMNS = ("t_start_s", "t_end_s", "person", "valence", "arousal", "confidence", "quality")
DIGITS = 4


@require_safe
@requires(Capability.VIEW_MEDIA)
def session_series(request: HttpRequest, pk: uuid.UUID) -> JsonResponse:
    """Answer ``{"emotions", "recordings": [{"id", "kind", "duration_s", "modalities", …}]}``."""
    session = get_object_or_404(sessions_for(request.user), pk=pk)
    tables = _tables(session)
    curves = _curves(session)
    histories = dict(
        EmotionHistory.objects.filter(recording__session=session).values_list(
            "recording_id", "content"
        )
    )
    recordings = [
        {
            **_recording(recording, tables.get(recording.pk, {}), curves.get(recording.pk, {})),
            "history": histories.get(recording.pk),
        }
        for recording in session.recordings.all()
    ]
    return JsonResponse({"emotions": EMOTIONS, "recordings": recordings})


def _recording(recording: Recording, tables: Any, curves: Any) -> dict[str, Any]:
    return {
        "id": str(recording.pk),
        "kind": recording.kind,
        "state": recording.state,
        "duration_s": recording.duration_s,
        "modalities": tables,
        "series": curves,
    }


def _tables(session: CaptureSession) -> dict[uuid.UUID, dict[str, dict[str, list[Any]]]]:
    """Return columns by recording and modality."""
    found: dict[uuid.UUID, dict[str, dict[str, list[Any]]]] = {}
    fields = ("recording_id", "modality", "probabilities", *COLUMNS)
    for recording_id, modality, probabilities, *values in observations_of(session).values_list(
        *fields
    ):
        table = found.setdefault(recording_id, {}).setdefault(
            modality, {name: [] for name in (*COLUMNS, "probabilities")}
        )
        for name, value in zip(COLUMNS, values, strict=True):
            table[name].append(round(value, DIGITS))
        table["probabilities"].append([round(value, DIGITS) for value in probabilities])
    return found


def _curves(session: CaptureSession) -> dict[uuid.UUID, dict[str, Any]]:
    found: dict[uuid.UUID, dict[str, Any]] = {}
    for series in Series.objects.filter(recording__session=session):
        found.setdefault(series.recording_id, {})[series.modality] = series.content
    return found
