"""A file of many applicants that is scored at once, and the pieces in which workers score it.

The rows are the queue: what a piece holds lies sealed in the store, and what is left to do follows
from these rows alone. A batch gives financial scores; it opens no application and decides nothing.
"""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from applicants.models import Branch
from scoring.models.policy import Policy


class Claimed(models.Model):
    """Work that one worker at a time holds, by a lease and a fence; see ``batch_claims``."""

    attempt = models.PositiveSmallIntegerField(default=0)
    fence = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    rung_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


class BatchJob(Claimed):
    """One file, who sent it, and by which policy and estimators its rows are scored."""

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        READING = "reading", _("Reading the file")
        SCORING = "scoring", _("Scoring")
        WRITING = "writing", _("Writing the result")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    class Format(models.TextChoices):
        CSV = "csv", _("CSV")
        CSV_GZ = "csv.gz", _("CSV, gzip")
        PARQUET = "parquet", _("Parquet")

    OPEN_STATES = (State.RECEIVED, State.READING, State.SCORING, State.WRITING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    branch = models.ForeignKey(
        Branch, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    name = models.CharField(max_length=200)
    format = models.CharField(max_length=10, choices=Format.choices)
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    # Without the wrapped key nobody can read the files of the batch any more.
    data_key = models.BinaryField(null=True)
    language = models.CharField(max_length=10)

    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVED)
    error = models.TextField(blank=True)
    warnings = models.JSONField(default=list)
    columns = models.JSONField(default=list)
    delimiter = models.CharField(max_length=1, default=",")
    rows = models.PositiveIntegerField(default=0)
    good = models.PositiveIntegerField(default=0)
    bad = models.PositiveIntegerField(default=0)

    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="+")
    models_used = models.JSONField(default=list)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["state"], name="batch_by_state")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN_STATES

    @property
    def is_done(self) -> bool:
        return self.state == self.State.DONE

    @property
    def has_files(self) -> bool:
        return self.removed_at is None

    @property
    def progress(self) -> float:
        """Return the share (0…1) of the rows that were scored or refused."""
        if self.is_done:
            return 1.0
        return min(1.0, (self.good + self.bad) / self.rows) if self.rows else 0.0


class BatchChunk(Claimed):
    """Some thousand rows of a batch, scored by one worker in one go."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")

    job = models.ForeignKey(BatchJob, on_delete=models.CASCADE, related_name="chunks")
    position = models.PositiveIntegerField()
    # As a spreadsheet counts: the header is row 1, the first applicant row 2.
    first_row = models.PositiveIntegerField()
    rows = models.PositiveIntegerField()
    good = models.PositiveIntegerField(default=0)
    bad = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["job", "position"], name="one_chunk_per_position")
        ]

    def __str__(self) -> str:
        return f"{self.job} rows {self.first_row} to {self.first_row + self.rows - 1}"
