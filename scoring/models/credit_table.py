"""A lender's own table of past loans, kept sealed; a training reads it."""

import uuid

from django.conf import settings
from django.db import models

from scoring.models.background import BackgroundWork


class CreditTable(BackgroundWork):
    """The work of this row is reading the table into its ``profile``.

    Rows of the table are personal data: the file is sealed under a key of its own, and deleting
    the table destroys that key. What stays then is the name, size and digest of what a model was
    trained on.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    licence = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()
    rows = models.PositiveIntegerField(null=True, blank=True)
    profile = models.JSONField(default=dict)
    file_key = models.CharField(max_length=64, blank=True)
    data_key = models.BinaryField(null=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name

    @property
    def may_train(self) -> bool:
        """Whether the table was read and has no fault that forbids training."""
        return (
            self.state == self.State.DONE
            and self.deleted_at is None
            and not any(fault["severity"] == "error" for fault in self.profile.get("faults", []))
        )
