"""One interview or visit of one application."""

import uuid

from django.conf import settings
from django.db import models

from applicants.models import Application


class CaptureSession(models.Model):
    """``data_key`` seals every file of the session and is itself wrapped by the media key.

    Where it is null the files can no longer be read by anybody: the session was shredded.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, related_name="capture_sessions"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    data_key = models.BinaryField(null=True, blank=True)
    shredded_at = models.DateTimeField(null=True, blank=True)
    simulated = models.BooleanField(default=False)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["application", "-created_at"], name="sessions_of_an_application")
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def is_shredded(self) -> bool:
        return self.shredded_at is not None
