"""The versions of the scoring policy. A change is a new version with an author and a reason."""

from django.conf import settings
from django.db import models

from scoring.engine.policy import PolicyParameters, parse_policy


class Policy(models.Model):
    """``author`` is null where no person decided: at the start, and where the proof failed."""

    version = models.PositiveIntegerField(unique=True)
    parameters = models.JSONField()
    is_active = models.BooleanField(default=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    activated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-version"]
        verbose_name_plural = "policies"
        constraints = [
            models.UniqueConstraint(
                fields=["is_active"], condition=models.Q(is_active=True), name="one_active_policy"
            )
        ]

    def __str__(self) -> str:
        return f"Policy {self.version}"

    @property
    def parsed(self) -> PolicyParameters:
        """Return the validated parameters. Raises PolicyError for a row that was tampered with."""
        return parse_policy(self.parameters)
