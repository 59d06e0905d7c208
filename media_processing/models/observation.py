"""What the networks observed, over the time of a recording."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from media_processing.models.recording import SHA256_DIGITS, Recording
from media_processing.models.session import CaptureSession

EMOTION_COUNT = 7


class ModalityName(models.TextChoices):
    FACE = "face", _("Face")
    VOICE = "voice", _("Voice")
    GAIT = "gait", _("Gait and posture")


def _unit() -> models.FloatField:
    return models.FloatField(validators=[MinValueValidator(0), MaxValueValidator(1)])


def _signed_unit() -> models.FloatField:
    return models.FloatField(validators=[MinValueValidator(-1), MaxValueValidator(1)])


class Observation(models.Model):
    """``probabilities`` follow ``media_processing.analysis.types.EMOTIONS`` and sum to 1.

    The session stands beside the recording so that its timeline is one range of one index.
    """

    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="observations")
    session = models.ForeignKey(
        CaptureSession, on_delete=models.CASCADE, related_name="observations"
    )
    modality = models.CharField(max_length=6, choices=ModalityName.choices)
    person = models.PositiveSmallIntegerField(default=0)
    t_start_s = models.FloatField()
    t_end_s = models.FloatField()
    probabilities = ArrayField(models.FloatField(), size=EMOTION_COUNT)
    valence = _signed_unit()
    arousal = _signed_unit()
    confidence = _unit()
    quality = _unit()
    network_sha256 = models.CharField(max_length=SHA256_DIGITS, blank=True)

    class Meta:
        ordering = ["t_start_s", "id"]
        indexes = [
            models.Index(fields=["session", "modality", "t_start_s"], name="timeline_of_a_session"),
            models.Index(fields=["recording", "modality"], name="observations_of_a_recording"),
        ]

    def __str__(self) -> str:
        return f"{self.modality} {self.t_start_s:.2f}–{self.t_end_s:.2f} s"


class Series(models.Model):
    """The measured curves of one modality: ``content`` maps a name to rows that start with t_s."""

    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="series")
    modality = models.CharField(max_length=6, choices=ModalityName.choices)
    content = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "series"
        constraints = [
            models.UniqueConstraint(
                fields=["recording", "modality"], name="one_series_row_per_modality"
            )
        ]

    def __str__(self) -> str:
        return f"{self.modality} of {self.recording_id}"
