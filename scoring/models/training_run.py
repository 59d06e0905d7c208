"""One training on a table: what was chosen, how far it is, and what came out."""

import uuid

from django.conf import settings
from django.db import models

from scoring.models.background import BackgroundWork
from scoring.models.credit_table import CreditTable


class TrainingRun(BackgroundWork):
    """``choice`` holds the fields of a ``TrainingChoice``; ``figures`` what the training compared.

    The files that it wrote lie in a folder of the installation, named by ``id``.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    table = models.ForeignKey(CreditTable, on_delete=models.PROTECT, related_name="runs")
    choice = models.JSONField()
    figures = models.JSONField(default=dict)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.table}, {self.created_at:%Y-%m-%d %H:%M}"
