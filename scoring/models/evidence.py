"""What a recording handed to the score: one row per recording, modality and hand-over."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from applicants.models import Application
from scoring.engine.evidence import EvidenceItem, summary_from_dict


class Evidence(models.Model):
    """Sessions, recordings and jobs live in a higher app, so their ids stand here without a key.

    A later hand-over of the same recording and modality has a higher ``sequence`` and replaces
    the earlier one in new scores; earlier rows stay, so that old revisions can be replayed.
    """

    class Modality(models.TextChoices):
        FACE = "face", _("Face")
        VOICE = "voice", _("Voice")
        GAIT = "gait", _("Gait")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="evidence")
    session_id = models.UUIDField()
    recording_id = models.UUIDField()
    job_id = models.UUIDField(null=True, blank=True)
    modality = models.CharField(max_length=8, choices=Modality.choices)
    sequence = models.PositiveIntegerField()
    summary = models.JSONField()
    measures = models.JSONField(default=dict)
    models_used = models.JSONField(default=list)
    recording_sha256 = models.CharField(max_length=64, blank=True)
    observed_at = models.DateTimeField()
    is_provisional = models.BooleanField(default=False)
    handed_in_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    simulated = models.BooleanField(default=False)

    class Meta:
        ordering = ["observed_at", "recording_id", "modality", "sequence"]
        verbose_name_plural = "evidence"
        indexes = [models.Index(fields=["recording_sha256"], name="evidence_of_a_file")]
        constraints = [
            models.UniqueConstraint(
                fields=["recording_id", "modality", "sequence"],
                name="one_evidence_per_hand_over",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_modality_display()} {self.observed_at:%Y-%m-%d}"

    def as_item(self, *, consented: bool) -> EvidenceItem:
        """Return the row as the engine reads it."""
        return EvidenceItem(
            evidence_id=str(self.pk),
            session_id=str(self.session_id),
            modality=self.modality,
            observed_on=self.observed_at.date(),
            summary=summary_from_dict(self.summary),
            consented=consented and self.withdrawn_at is None,
            measures=self.measures,
        )
