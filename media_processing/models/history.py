"""The fused emotion history of one recording."""

from django.db import models

from media_processing.models.recording import SHA256_DIGITS, Recording


class EmotionHistory(models.Model):
    """What face, voice and gait show together over the time of a recording.

    For display and review: no score reads it. ``content`` is the object that
    ``media_processing.inference.fusion.history_json`` describes; it has a row for every moment in
    which something was observed. ``method``, version and sha256 say what made it.
    """

    recording = models.OneToOneField(Recording, on_delete=models.CASCADE, related_name="history")
    method = models.CharField(max_length=24)
    network_version = models.CharField(max_length=60)
    network_sha256 = models.CharField(max_length=SHA256_DIGITS)
    content = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "emotion histories"

    def __str__(self) -> str:
        return f"emotion history of {self.recording_id}"
