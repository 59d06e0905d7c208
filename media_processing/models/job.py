"""The work on one recording. These rows are the truth; the queue only says that they changed."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from media_processing.models.recording import SHA256_DIGITS, Recording


class ProcessingJob(models.Model):
    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting for a worker")
        RUNNING = "running", _("Being processed")
        DONE = "done", _("Done")
        PARTIAL = "partial", _("Partly done")
        FAILED = "failed", _("Failed")
        REJECTED = "rejected", _("Refused")
        CANCELLED = "cancelled", _("Cancelled")

    OPEN_STATES = (State.QUEUED, State.RUNNING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recording = models.OneToOneField(Recording, on_delete=models.CASCADE, related_name="job")
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.recording}: {self.get_state_display()}"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN_STATES


class StageName(models.TextChoices):
    """The steps of a job, in the order in which a page shows them.

    Only the job of a live recording has the first one.
    """

    LIVE = "live", _("Watch and listen while it is recorded")
    CANONICALISE = "canonicalise", _("Prepare the recording")
    FACE = "face", _("Face")
    VOICE = "voice", _("Voice")
    GAIT = "gait", _("Gait and posture")
    HANDOVER = "handover", _("Bring into the score")


UPLOAD_STAGES = tuple(name for name in StageName if name != StageName.LIVE)
MODALITY_STAGES = (StageName.FACE, StageName.VOICE, StageName.GAIT)


class Stage(models.Model):
    """One step of a job.

    A worker holds the stage until ``lease_until``; ``fence`` grows with each claim, and a write
    that carries an older fence changes nothing. ``done`` of ``total`` is the progress in any unit.
    ``queued_at`` says since when a worker is wanted, ``published_at`` when the queue was last told,
    ``available_at`` before which time a retry must not start.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting for an earlier step")
        QUEUED = "queued", _("Waiting for a worker")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        SKIPPED = "skipped", _("Not applicable")
        FAILED = "failed", _("Failed")
        DEAD = "dead", _("Given up")
        CANCELLED = "cancelled", _("Cancelled")

    OPEN_STATES = (State.WAITING, State.QUEUED, State.RUNNING)
    RETRYABLE_STATES = (State.FAILED, State.DEAD)

    job = models.ForeignKey(ProcessingJob, on_delete=models.CASCADE, related_name="stages")
    name = models.CharField(max_length=12, choices=StageName.choices)
    position = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempt = models.PositiveSmallIntegerField(default=0)
    fence = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    input_sha256 = models.CharField(max_length=SHA256_DIGITS, blank=True)
    network_version = models.CharField(max_length=60, blank=True)
    network_sha256 = models.CharField(max_length=SHA256_DIGITS, blank=True)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    error_code = models.CharField(max_length=40, blank=True)
    error_message = models.TextField(blank=True)
    queued_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    available_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    result = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["job", "name"], name="one_stage_per_job_and_name")
        ]
        indexes = [
            models.Index(
                fields=["state", "queued_at"],
                condition=models.Q(state__in=["queued", "running"]),
                name="stages_to_sweep",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.state}"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN_STATES
