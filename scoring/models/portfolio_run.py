"""One pass over the portfolio, scored again; its row says how far it came."""

from django.db import models
from django.utils import timezone


class PortfolioRun(models.Model):
    """``cursor`` is the key of the last application that was done; a run goes on behind it.

    ``appended`` counts new revisions: nothing is appended where no point moved.
    """

    started_at = models.DateTimeField(default=timezone.now)
    touched_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    is_finished = models.BooleanField(default=False)
    cursor = models.UUIDField(null=True, blank=True)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    appended = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-started_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_finished"],
                condition=models.Q(is_finished=False),
                name="one_portfolio_run_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"Portfolio run of {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def percent(self) -> int:
        return 100 if self.is_finished or not self.total else min(99, 100 * self.done // self.total)
