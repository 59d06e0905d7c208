"""The versions of the scoring policy. A change is a new version with an author and a reason."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from django.conf import settings
from django.db import models

from scoring.engine.policy import PolicyParameters, parse_policy

# How many contents are kept parsed: the policy in force, and those that a page compares with it.
KEPT = 4


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
        return _parsed_once(self.parameters)


_parsed: list[tuple[Mapping[str, Any], PolicyParameters]] = []


def _parsed_once(content: Mapping[str, Any]) -> PolicyParameters:
    """Parse what the last few calls did not hold; equal content gives equal parameters.

    Content is compared, for a version's row may have been tampered with since it was read.
    """
    for known, parameters in _parsed:
        if known == content:
            return parameters
    own = deepcopy(content)
    parameters = parse_policy(own)
    _parsed[:] = [(own, parameters), *_parsed[: KEPT - 1]]
    return parameters
