"""A recording while it is being made: takes, their chunks, questions and marks, and progress."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from media_processing.models.recording import KEY_CHARACTERS, SHA256_DIGITS, Recording

QUESTION_CHARACTERS = 300


class LiveCapture(models.Model):
    """One recording that is made in a browser, a kiosk or an app, and watched meanwhile.

    ``subject`` says whose face and voice is the applicant's, as ``services.live.subject`` writes
    it; until it says so nobody's is observed. ``subject_version`` counts how often it was said.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Being recorded")
        CLOSED = "closed", _("Recorded")
        DISCARDED = "discarded", _("Discarded")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recording = models.OneToOneField(Recording, on_delete=models.CASCADE, related_name="live")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    subject = models.JSONField(default=dict, blank=True)
    subject_version = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField(auto_now_add=True)
    last_chunk_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-opened_at"]
        indexes = [
            models.Index(
                fields=["opened_at"], condition=models.Q(state="open"), name="open_live_captures"
            )
        ]

    def __str__(self) -> str:
        return f"live {self.recording_id} {self.state}"

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN


class LiveTake(models.Model):
    """One run of a recorder: one stream with a header of its own. A pause stays inside a take.

    ``client`` names the tab or device that records; ``duration_s`` is the length by the recorder's
    clock so far, and what was really decoded once the capture is closed. ``container`` is told by
    the bytes, ``media_type`` by the client.
    """

    live = models.ForeignKey(LiveCapture, on_delete=models.CASCADE, related_name="takes")
    number = models.PositiveSmallIntegerField()
    media_type = models.CharField(max_length=80, blank=True)
    container = models.CharField(max_length=20, blank=True)
    client = models.CharField(max_length=64, blank=True)
    duration_s = models.FloatField(default=0.0)
    size_bytes = models.PositiveBigIntegerField(default=0)
    started_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["live", "number"], name="one_take_per_number")
        ]

    def __str__(self) -> str:
        return f"take {self.number}"

    @property
    def offset_s(self) -> float:
        """Return the time of the recording at which this take starts."""
        earlier = LiveTake.objects.filter(live=self.live_id, number__lt=self.number)
        return float(earlier.aggregate(total=models.Sum("duration_s"))["total"] or 0.0)


class LiveChunk(models.Model):
    """The next bytes of a take, sealed under ``key`` until the capture is closed and joined."""

    take = models.ForeignKey(LiveTake, on_delete=models.CASCADE, related_name="chunks")
    sequence = models.PositiveIntegerField()
    key = models.CharField(max_length=KEY_CHARACTERS)
    size_bytes = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=SHA256_DIGITS)
    t_end_s = models.FloatField()
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["sequence"]
        constraints = [
            models.UniqueConstraint(fields=["take", "sequence"], name="one_chunk_per_sequence")
        ]

    def __str__(self) -> str:
        return f"chunk {self.sequence}"


class LiveQuestion(models.Model):
    """A question as it was asked: a copy, so that a later change of the list alters nothing."""

    live = models.ForeignKey(LiveCapture, on_delete=models.CASCADE, related_name="questions")
    number = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=QUESTION_CHARACTERS)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["live", "number"], name="one_question_per_number")
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.text}"


class QuestionMark(models.Model):
    """Where the answer to a question starts or ends, in the time of a take."""

    class Kind(models.TextChoices):
        START = "start", _("Answer starts")
        END = "end", _("Answer ends")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    question = models.ForeignKey(LiveQuestion, on_delete=models.CASCADE, related_name="marks")
    take = models.ForeignKey(LiveTake, on_delete=models.CASCADE, related_name="marks")
    t_s = models.FloatField()
    kind = models.CharField(max_length=5, choices=Kind.choices)

    class Meta:
        ordering = ["take__number", "t_s"]

    def __str__(self) -> str:
        return f"{self.kind} {self.t_s:.1f} s"


class LiveProgress(models.Model):
    """How far the live stage has come; written by its worker alone.

    ``horizons`` maps a modality to the second of the recording up to which it was analysed.
    ``faces`` are those of the newest picture: ``{"person", "box"}`` with x, y, width and height as
    shares of the picture; ``bodies`` the same of bodies, and ``measures`` those of the walk so far.
    ``subject_version`` is that of the newest word on the subject which the worker has heeded.
    """

    live = models.OneToOneField(LiveCapture, on_delete=models.CASCADE, related_name="progress")
    decoded_s = models.FloatField(default=0.0)
    horizons = models.JSONField(default=dict, blank=True)
    shed_frames = models.PositiveIntegerField(default=0)
    people = models.PositiveSmallIntegerField(default=0)
    faces = models.JSONField(default=list, blank=True)
    bodies = models.JSONField(default=list, blank=True)
    measures = models.JSONField(default=dict, blank=True)
    findings = models.JSONField(default=list, blank=True)
    subject_version = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "live progress"

    def __str__(self) -> str:
        return f"{self.decoded_s:.1f} s decoded"
