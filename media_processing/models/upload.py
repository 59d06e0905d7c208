"""An upload that is still arriving, piece by piece (tus 1.0)."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from applicants.models.fields import EncryptedTextField
from media_processing.models.recording import KEY_CHARACTERS, Kind, Recording
from media_processing.models.session import CaptureSession


class Upload(models.Model):
    """Each piece is a sealed file of its own, named in ``parts``; ``data_key`` seals them.

    ``parts`` follow each other without a gap; their sizes add up to ``offset``.
    """

    class State(models.TextChoices):
        RECEIVING = "receiving", _("Arriving")
        RECEIVED = "received", _("Received")
        REFUSED = "refused", _("Refused")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    officer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    session = models.ForeignKey(CaptureSession, on_delete=models.CASCADE, related_name="uploads")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    name = EncryptedTextField(null=True, blank=True)
    length = models.PositiveBigIntegerField()
    offset = models.PositiveBigIntegerField(default=0)
    parts = ArrayField(models.CharField(max_length=KEY_CHARACTERS), default=list, blank=True)
    data_key = models.BinaryField(null=True, blank=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.RECEIVING)
    refusal = models.JSONField(default=dict, blank=True)
    recording = models.OneToOneField(Recording, on_delete=models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return f"{self.offset} of {self.length} bytes"

    @property
    def is_complete(self) -> bool:
        return self.offset == self.length
