"""Flags that open a review, what a second person decided, and the decision on the application."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applicants.models import Application
from scoring.models.revision import ScoreRevision


class ReviewFlag(models.Model):
    """What a high-risk rule saw. Open until a second person upholds or dismisses it.

    Where the evidence is erased the flag is emptied, and lapses if nobody has decided it.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        MORE_INFORMATION = "more_information", _("More information asked for")
        UPHELD = "upheld", _("Upheld")
        DISMISSED = "dismissed", _("Dismissed")
        LAPSED = "lapsed", _("Lapsed")

    class Priority(models.IntegerChoices):
        HIGH = 1, _("High")
        MEDIUM = 2, _("Medium")
        LOW = 3, _("Low")

    UNDECIDED_STATES = (State.OPEN, State.MORE_INFORMATION)
    ERASED = "erased"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="flags")
    revision = models.ForeignKey(ScoreRevision, on_delete=models.PROTECT, related_name="flags")
    rule_id = models.CharField(max_length=40)
    rule_version = models.CharField(max_length=10)
    title = models.CharField(max_length=120)
    text = models.TextField()
    observed = models.FloatField()
    threshold = models.FloatField()
    priority = models.PositiveSmallIntegerField(choices=Priority.choices)
    session_id = models.UUIDField(null=True, blank=True)
    modality = models.CharField(max_length=8, blank=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.OPEN)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="assigned_flags",
    )
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField()
    simulated = models.BooleanField(default=False)

    class Meta:
        ordering = ["priority", "due_at"]
        indexes = [models.Index(fields=["state", "priority", "due_at"], name="review_queue")]

    def __str__(self) -> str:
        return f"{self.title} ({self.application})"

    @property
    def is_undecided(self) -> bool:
        return self.state in self.UNDECIDED_STATES

    @property
    def is_erased(self) -> bool:
        """Whether what the rule saw is erased; rule, title and figures tell nothing any more."""
        return self.rule_id == self.ERASED

    @property
    def is_overdue(self) -> bool:
        return self.is_undecided and self.due_at < timezone.now()


class ReviewDecision(models.Model):
    """One decision of a second person about a flag. Append-only."""

    class Outcome(models.TextChoices):
        UPHOLD = "uphold", _("Uphold")
        DISMISS = "dismiss", _("Dismiss")
        MORE_INFORMATION = "more_information", _("Ask for more information")

    flag = models.ForeignKey(ReviewFlag, on_delete=models.PROTECT, related_name="decisions")
    officer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="review_decisions"
    )
    outcome = models.CharField(max_length=16, choices=Outcome.choices)
    reason = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)
    simulated = models.BooleanField(default=False)

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()}: {self.flag}"


class ApplicationDecision(models.Model):
    """A person's decision on an application, and the score that stood beside it. Append-only."""

    class Outcome(models.TextChoices):
        APPROVED = "approved", _("Approved")
        DECLINED = "declined", _("Declined")

    application = models.OneToOneField(
        Application, on_delete=models.PROTECT, related_name="decision"
    )
    revision = models.ForeignKey(ScoreRevision, on_delete=models.PROTECT, related_name="+")
    officer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="application_decisions"
    )
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    reason = models.TextField()
    is_override = models.BooleanField(
        default=False, help_text=_("Whether the outcome differs from what the cut-off suggests.")
    )
    created_at = models.DateTimeField(default=timezone.now)
    simulated = models.BooleanField(default=False)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.application}: {self.get_outcome_display()}"
