"""How an installation's own networks come into force: seen in shadow, decided by two people."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from media_processing.models.observation import EMOTION_COUNT, ModalityName
from media_processing.models.recording import SHA256_DIGITS, Recording
from scoring.models import ModelVersion
from scoring.models.proposal import Proposal


class ShadowRun(models.Model):
    """What a network in shadow said about a recording beside the one in force; never scored.

    Only the comparison is kept. Label counts follow ``media_processing.analysis.types.EMOTIONS``.
    """

    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="shadow_runs")
    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="shadow_runs")
    modality = models.CharField(max_length=6, choices=ModalityName.choices)
    beside_sha256 = models.CharField(max_length=SHA256_DIGITS)
    compared = models.PositiveIntegerField(default=0)
    agreed = models.PositiveIntegerField(default=0)
    distance_sum = models.FloatField(default=0.0)
    labels_in_force = ArrayField(models.PositiveIntegerField(), size=EMOTION_COUNT)
    labels_in_shadow = ArrayField(models.PositiveIntegerField(), size=EMOTION_COUNT)
    error = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version", "recording"], name="one_shadow_run_per_recording"
            )
        ]

    def __str__(self) -> str:
        return f"{self.version} over {self.recording_id}"


class NetworkProposal(Proposal):
    """The wish of one person to put a version in force; another person decides."""

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="proposals")

    class Meta(Proposal.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["version"], condition=models.Q(state="open"), name="one_open_proposal"
            )
        ]
