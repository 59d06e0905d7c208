"""Evaluation keys that a client uploaded, with which its encrypted rows are computed on."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone


class EvaluationKeys(models.Model):
    """One file of keys. It computes and cannot decrypt; the secret key never comes here.

    The file lies sealed in the store until it expires or is replaced; the row stays.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)
    parameters = models.CharField(max_length=40)
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    # Without the wrapped key nobody can read the file any more.
    data_key = models.BinaryField(null=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name_plural = "evaluation keys"
        constraints = [
            models.UniqueConstraint(
                fields=["created_by", "parameters"],
                condition=models.Q(removed_at__isnull=True),
                name="one_set_of_evaluation_keys",
            )
        ]

    def __str__(self) -> str:
        return f"{self.parameters} {self.sha256[:12]}"

    @property
    def is_usable(self) -> bool:
        """Tell whether rows can be computed on with these keys now."""
        return self.removed_at is None and self.expires_at > timezone.now()
