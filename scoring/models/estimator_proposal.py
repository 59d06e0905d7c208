"""The wish of one person to put an estimator in force; another person decides."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from scoring.models.model_version import ModelVersion


class EstimatorProposal(models.Model):
    """``version`` is what should decide from then on: a new one, or one that did before."""

    class State(models.TextChoices):
        OPEN = "open", _("Waiting for another person")
        APPROVED = "approved", _("Approved")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    version = models.ForeignKey(
        ModelVersion, on_delete=models.PROTECT, related_name="estimator_proposals"
    )
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    created_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["version"],
                condition=models.Q(state="open"),
                name="one_open_estimator_proposal",
            )
        ]

    def __str__(self) -> str:
        return f"{self.version}: {self.get_state_display()}"
