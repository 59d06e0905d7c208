"""The inventory of estimators and networks: which file, under which licence, with which card."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ModelVersion(models.Model):
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
    card = models.CharField(max_length=200)
    in_use = models.BooleanField(default=True)
    registered_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["kind", "name", "-registered_at"]
        constraints = [
            models.UniqueConstraint(fields=["name", "sha256"], name="one_model_version_per_file")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"
