"""Shapes of sessions, recordings, jobs and observations in the API."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from media_processing.analysis.types import EMOTIONS
from media_processing.models import Observation, ProcessingJob, Stage
from media_processing.models.recording import Kind

PROBABILITIES: dict[str, Any] = {
    "type": "object",
    "properties": {label: {"type": "number"} for label in EMOTIONS},
}


class SessionRequestSerializer(serializers.Serializer[dict[str, Any]]):
    application = serializers.UUIDField()


class SessionSerializer(serializers.Serializer[dict[str, Any]]):
    id = serializers.UUIDField()
    application = serializers.UUIDField(source="application_id")
    created_at = serializers.DateTimeField()


class RecordingRequestSerializer(serializers.Serializer[dict[str, Any]]):
    session = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=Kind.choices)
    # An empty file gets the intake's own sentence, not the parser's.
    file = serializers.FileField(allow_empty_file=True, max_length=None)


class RecordingAcceptedSerializer(serializers.Serializer[dict[str, Any]]):
    id = serializers.UUIDField()
    job = serializers.UUIDField()


class ErrorSerializer(serializers.Serializer[dict[str, Any]]):
    code = serializers.CharField()
    message = serializers.CharField()


class StageSerializer(serializers.Serializer[dict[str, Any]]):
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=Stage.State.choices)
    done = serializers.IntegerField()
    total = serializers.IntegerField()
    error = ErrorSerializer(allow_null=True)
    reason = serializers.CharField(help_text="Why a step was skipped or found nothing; else empty.")


class JobSerializer(serializers.Serializer[dict[str, Any]]):
    id = serializers.UUIDField()
    recording = serializers.UUIDField()
    status = serializers.ChoiceField(choices=ProcessingJob.State.choices)
    progress = serializers.FloatField(min_value=0, max_value=1)
    error = ErrorSerializer(allow_null=True)
    stages = StageSerializer(many=True)


class TimelineQuerySerializer(serializers.Serializer[dict[str, Any]]):
    modality = serializers.ChoiceField(choices=("face", "voice", "gait"), required=False)
    from_s = serializers.FloatField(required=False)
    to_s = serializers.FloatField(required=False)


class ObservationSerializer(serializers.ModelSerializer[Observation]):
    probabilities = serializers.SerializerMethodField()

    class Meta:
        model = Observation
        fields = [
            "modality", "t_start_s", "t_end_s", "person", "probabilities", "valence", "arousal",
            "confidence", "quality", "recording",
        ]  # fmt: skip

    @extend_schema_field(PROBABILITIES)
    def get_probabilities(self, row: Observation) -> dict[str, float]:
        return dict(zip(EMOTIONS, row.probabilities, strict=True))
