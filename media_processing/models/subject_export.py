"""The copy of all data about one person, as a sealed file that can be fetched once."""

import uuid

from django.conf import settings
from django.db import models

from applicants.models import SubjectRequest
from media_processing.models.recording import SHA256_DIGITS
from scoring.models.background import BackgroundWork


class SubjectExport(BackgroundWork):
    """A worker makes it; ``data_key`` seals its only file and is destroyed when it was fetched."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.OneToOneField(SubjectRequest, on_delete=models.PROTECT, related_name="export")
    made_for = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    data_key = models.BinaryField(null=True, blank=True)
    size_bytes = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=SHA256_DIGITS, blank=True)
    files = models.PositiveIntegerField(default=0)
    expires_at = models.DateTimeField()
    fetched_at = models.DateTimeField(null=True, blank=True)
    fetched_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"Export {self.pk}"

    @property
    def file_key(self) -> str:
        """The name in the storage: work done twice writes over itself."""
        return f"{self.pk.hex}-export"

    @property
    def is_ready(self) -> bool:
        return self.state == self.State.DONE and self.data_key is not None
