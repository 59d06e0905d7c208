"""The wish of one person to put an estimator in force; another person decides."""

from django.db import models

from scoring.models.model_version import ModelVersion
from scoring.models.proposal import Proposal


class EstimatorProposal(Proposal):
    """``version`` is what should decide from then on: a new one, or one that did before."""

    version = models.ForeignKey(
        ModelVersion, on_delete=models.PROTECT, related_name="estimator_proposals"
    )

    class Meta(Proposal.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["version"],
                condition=models.Q(state="open"),
                name="one_open_estimator_proposal",
            )
        ]
