"""One uploaded file of a session, and what became of it."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from applicants.models.fields import EncryptedTextField
from media_processing.models.session import CaptureSession

SHA256_DIGITS = 64
KEY_CHARACTERS = 80


class Kind(models.TextChoices):
    """What the applicant does in a recording; decides which analyses apply."""

    INTERVIEW = "interview", _("Interview")
    WALK = "walk", _("Walk")
    VOICE = "voice", _("Voice answer")


class Recording(models.Model):
    """The three keys name sealed files of the storage; each is empty until its file exists.

    A live recording has no ``sha256`` until it is closed, and its size grows.
    """

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        PROCESSING = "processing", _("Being processed")
        DONE = "done", _("Done")
        PARTIAL = "partial", _("Partly done")
        FAILED = "failed", _("Failed")
        REJECTED = "rejected", _("Refused")
        CANCELLED = "cancelled", _("Cancelled")

    # A file of one of these states may be uploaded once more.
    REPEATABLE_STATES = (State.FAILED, State.REJECTED, State.CANCELLED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(CaptureSession, on_delete=models.PROTECT, related_name="recordings")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    state = models.CharField(max_length=12, choices=State.choices, default=State.RECEIVED)
    original_name = EncryptedTextField(null=True, blank=True)
    container = models.CharField(max_length=20, blank=True)
    sha256 = models.CharField(max_length=SHA256_DIGITS, blank=True)
    size_bytes = models.PositiveBigIntegerField()
    source_key = models.CharField(max_length=KEY_CHARACTERS, blank=True)
    playback_key = models.CharField(max_length=KEY_CHARACTERS, blank=True)
    audio_key = models.CharField(max_length=KEY_CHARACTERS, blank=True)
    duration_s = models.FloatField(null=True, blank=True)
    probe = models.JSONField(default=dict, blank=True)
    quality = models.JSONField(default=list, blank=True)
    summary = models.JSONField(default=dict, blank=True)
    refusal_code = models.CharField(max_length=40, blank=True)
    refusal_message = models.TextField(blank=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created_at"]
        indexes = [models.Index(fields=["uploaded_by", "created_at"], name="uploads_of_an_officer")]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "sha256"],
                condition=~models.Q(state__in=["failed", "rejected", "cancelled"])
                & ~models.Q(sha256=""),
                name="one_recording_per_file_and_session",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.id}"

    @property
    def has_media(self) -> bool:
        return bool(self.playback_key or self.audio_key)
