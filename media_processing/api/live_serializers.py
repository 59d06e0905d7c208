"""Shapes of live captures in the API."""

from typing import Any

from rest_framework import serializers

from media_processing.models import LiveCapture, QuestionMark
from media_processing.models.recording import Kind

VOICE_MODES = ("all", "left", "right", "enrolled")
MAX_MS = 24 * 3600 * 1000


class LiveRequestSerializer(serializers.Serializer[dict[str, Any]]):
    session = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=Kind.choices)
    questions = serializers.ListField(
        child=serializers.CharField(max_length=300), required=False, max_length=30, default=list
    )


class QuestionSerializer(serializers.Serializer[dict[str, Any]]):
    number = serializers.IntegerField()
    text = serializers.CharField()


class LiveOpenedSerializer(serializers.Serializer[LiveCapture]):
    id = serializers.UUIDField()
    session = serializers.UUIDField(source="recording.session_id")
    recording = serializers.UUIDField(source="recording_id")
    job = serializers.UUIDField(source="recording.job.pk")
    kind = serializers.CharField(source="recording.kind")
    questions = QuestionSerializer(many=True, source="questions.all")
    chunk_ms = serializers.IntegerField()
    max_s = serializers.IntegerField()


class TakeRequestSerializer(serializers.Serializer[dict[str, Any]]):
    media_type = serializers.CharField(max_length=80, allow_blank=True, default="")
    client = serializers.CharField(max_length=64)
    take_over = serializers.BooleanField(default=False)


class TakeSerializer(serializers.Serializer[dict[str, Any]]):
    number = serializers.IntegerField()


class DiscardSerializer(serializers.Serializer[dict[str, Any]]):
    last_take = serializers.IntegerField(
        min_value=0, max_value=32767, allow_null=True, default=None,
        help_text="The newest take that is meant: refused where a later one was begun meanwhile.",
    )  # fmt: skip


class ChunkQuerySerializer(serializers.Serializer[dict[str, Any]]):
    t_end_ms = serializers.IntegerField(min_value=0, max_value=MAX_MS)


class ChunkSerializer(serializers.Serializer[dict[str, Any]]):
    next = serializers.IntegerField()


class MarkSerializer(serializers.Serializer[dict[str, Any]]):
    id = serializers.UUIDField()
    question = serializers.IntegerField(min_value=1, max_value=32767)
    take = serializers.IntegerField(min_value=1, max_value=32767)
    t_ms = serializers.IntegerField(min_value=0, max_value=MAX_MS)
    kind = serializers.ChoiceField(choices=QuestionMark.Kind.choices)


class FaceSerializer(serializers.Serializer[dict[str, Any]]):
    take = serializers.IntegerField(min_value=1, max_value=32767)
    t_ms = serializers.IntegerField(min_value=0, max_value=MAX_MS)
    box = serializers.ListField(
        child=serializers.FloatField(min_value=-1, max_value=2), min_length=4, max_length=4,
        help_text="x, y, width and height as shares of the picture",
    )  # fmt: skip


class SpanSerializer(serializers.Serializer[dict[str, Any]]):
    take = serializers.IntegerField(min_value=1, max_value=32767)
    from_ms = serializers.IntegerField(min_value=0, max_value=MAX_MS)
    to_ms = serializers.IntegerField(min_value=0, max_value=MAX_MS)

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        if values["to_ms"] <= values["from_ms"]:
            raise serializers.ValidationError("to_ms must lie after from_ms")
        return values


class VoiceSerializer(serializers.Serializer[dict[str, Any]]):
    mode = serializers.ChoiceField(choices=VOICE_MODES)
    take = serializers.IntegerField(min_value=1, max_value=32767, required=False)
    from_ms = serializers.IntegerField(min_value=0, max_value=MAX_MS, required=False)
    to_ms = serializers.IntegerField(min_value=0, max_value=MAX_MS, required=False)
    others = SpanSerializer(
        many=True, required=False, max_length=10,
        help_text="for enrolled: where somebody else speaks, the officer for one",
    )  # fmt: skip

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        if values["mode"] != "enrolled":
            return {"mode": values["mode"]}
        if not {"take", "from_ms", "to_ms"} <= set(values):
            raise serializers.ValidationError("enrolled needs take, from_ms and to_ms")
        if values["to_ms"] <= values["from_ms"]:
            raise serializers.ValidationError("to_ms must lie after from_ms")
        return values


class SubjectSerializer(serializers.Serializer[dict[str, Any]]):
    face = FaceSerializer(required=False, allow_null=True)
    body = FaceSerializer(
        required=False, allow_null=True, help_text="the walker's whole body, for a walk"
    )
    voice = VoiceSerializer(required=False, allow_null=True)


class StateQuerySerializer(serializers.Serializer[dict[str, Any]]):
    since = serializers.IntegerField(min_value=0, max_value=2**62, default=0)


class TakeStateSerializer(serializers.Serializer[dict[str, Any]]):
    number = serializers.IntegerField()
    next = serializers.IntegerField(help_text="The sequence of the chunk that is wanted next.")
    duration_s = serializers.FloatField()


class LiveScoreSerializer(serializers.Serializer[dict[str, Any]]):
    """The newest score; ``financial_score`` is the score without behaviour."""

    sequence = serializers.IntegerField()
    financial_score = serializers.IntegerField()
    adjustment = serializers.IntegerField()
    final_score = serializers.IntegerField()
    low = serializers.IntegerField(help_text="The lower end of the band of uncertainty, in points.")
    high = serializers.IntegerField()
    financial_class = serializers.CharField()
    credit_class = serializers.CharField()
    is_class_protected = serializers.BooleanField()
    mode = serializers.CharField()
    cap_points = serializers.IntegerField()


class LiveAlertSerializer(serializers.Serializer[dict[str, Any]]):
    """What a high-risk rule saw; ``so_far`` while it has raised no flag and may still change."""

    id = serializers.CharField()
    rule = serializers.CharField()
    modality = serializers.CharField()
    text = serializers.CharField()
    seen = serializers.CharField()
    so_far = serializers.BooleanField()
    url = serializers.CharField()


class LiveStateSerializer(serializers.Serializer[dict[str, Any]]):
    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=("open", "closed", "discarded", "withdrawn"))
    kind = serializers.CharField()
    recorded_s = serializers.FloatField()
    takes = TakeStateSerializer(many=True)
    progress = serializers.DictField()
    lag_s = serializers.FloatField(allow_null=True)
    subject = serializers.DictField()
    question = serializers.IntegerField(allow_null=True)
    cursor = serializers.IntegerField()
    observations = serializers.DictField()
    score = LiveScoreSerializer(allow_null=True)
    alerts = LiveAlertSerializer(many=True)
    hidden = serializers.BooleanField(
        help_text="Whether the branch keeps signals and score from everybody for now."
    )
