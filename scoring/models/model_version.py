"""The inventory of estimators and networks: which file, under which licence, and in what state."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ModelVersion(models.Model):
    """One file. What came with the release begins as active; an installation's own as candidate.

    A candidate is looked at in shadow, becomes active by two people, and is retired by the next.
    """

    class State(models.TextChoices):
        CANDIDATE = "candidate", _("Candidate")
        SHADOW = "shadow", _("In shadow")
        ACTIVE = "active", _("In force")
        RETIRED = "retired", _("Retired")

    class Kind(models.TextChoices):
        ESTIMATOR = "estimator", _("Estimator")
        NETWORK = "network", _("Network")

    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField(max_length=60)
    version = models.CharField(max_length=40)
    role = models.CharField(max_length=20, blank=True)
    file = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    licence = models.CharField(max_length=200)
    commercial = models.BooleanField(default=False)
    trained_on = models.JSONField(default=list)
    # What each output means: as much decided with a file as its bytes.
    classes = models.JSONField(default=list)
    card = models.CharField(max_length=200)
    is_own = models.BooleanField(default=False)
    state = models.CharField(max_length=9, choices=State.choices, default=State.ACTIVE)
    registered_at = models.DateTimeField(auto_now_add=True)
    activated_at = models.DateTimeField(null=True, blank=True)
    training = models.ForeignKey(
        "scoring.TrainingRun",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="registered",
    )

    class Meta:
        ordering = ["kind", "name", "-registered_at"]
        constraints = [
            models.UniqueConstraint(fields=["name", "sha256"], name="one_model_version_per_file"),
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(state="active"), name="one_version_in_force"
            ),
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(state="shadow"), name="one_version_in_shadow"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    @property
    def synthetic_rows(self) -> int:
        """How many synthetic rows its training learnt from."""
        return int(self.training.figures.get("synthetic_rows", 0)) if self.training else 0
