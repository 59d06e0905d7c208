"""Score revisions: one append-only row per score, with everything that explains it."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applicants.models import Application, FinancialProfile
from scoring.models.policy import Policy


class CreditClass(models.TextChoices):
    GOOD = "good", _("Good")
    STANDARD = "standard", _("Standard")
    POOR = "poor", _("Poor")


class ScoreRevision(models.Model):
    """Points are whole; base points and contributions sum to ``financial_score``.

    The database refuses every change but one: after an erasure the behavioural detail is emptied
    and ``erased_at`` set, while the totals stay.
    """

    class Cause(models.TextChoices):
        APPLICATION_CREATED = "application_created", _("Application opened")
        PROFILE_CHANGED = "profile_changed", _("Finances changed")
        EVIDENCE_ARRIVED = "evidence_arrived", _("Session evidence arrived")
        CONSENT_WITHDRAWN = "consent_withdrawn", _("Consent withdrawn")
        POLICY_CHANGED = "policy_changed", _("Policy changed")
        MODEL_CHANGED = "model_changed", _("Model changed")
        EVIDENCE_AGED = "evidence_aged", _("Evidence aged")
        BUREAU_REFRESHED = "bureau_refreshed", _("Bureau refresh")
        REQUESTED = "requested", _("Asked for")
        OBJECTED = "objected", _("Objection to the behavioural part")
        RECTIFIED = "rectified", _("Corrected at the person's request")
        RESTRICTION_LIFTED = "restriction_lifted", _("Restriction ended")

    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, related_name="score_revisions"
    )
    sequence = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=timezone.now)
    cause = models.CharField(max_length=24, choices=Cause.choices)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    profile = models.ForeignKey(FinancialProfile, on_delete=models.PROTECT, related_name="+")
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="+")
    as_of = models.DateField()

    estimator = models.CharField(max_length=40)
    financial_score = models.PositiveSmallIntegerField()
    base_points = models.SmallIntegerField()
    contributions = models.JSONField()
    adjustment = models.SmallIntegerField()
    final_score = models.PositiveSmallIntegerField()
    financial_class = models.CharField(max_length=8, choices=CreditClass.choices)
    credit_class = models.CharField(max_length=8, choices=CreditClass.choices)
    is_class_protected = models.BooleanField(default=False)
    band = models.CharField(max_length=40)
    probability_of_default = models.FloatField()
    reasons = models.JSONField()
    strengths = models.JSONField()
    missing = models.JSONField()
    # {"low", "high", "is_wide", "missing", "covered_share"}; empty in revisions from before it.
    uncertainty = models.JSONField(default=dict)
    comparison = models.JSONField(null=True, blank=True)

    mode = models.CharField(max_length=8)
    cap_points = models.PositiveSmallIntegerField()
    computed_adjustment = models.SmallIntegerField()
    behaviour = models.JSONField(default=dict)
    mapped_total = models.JSONField(default=dict)
    evidence_ids = models.JSONField(default=list)

    models_used = models.JSONField(default=list)
    inputs_sha256 = models.CharField(max_length=64)
    erased_at = models.DateTimeField(null=True, blank=True)
    simulated = models.BooleanField(default=False)

    class Meta:
        ordering = ["application", "sequence"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "sequence"], name="one_revision_per_sequence"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    final_score=models.F("financial_score") + models.F("adjustment")
                ),
                name="final_score_is_the_sum",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application} #{self.sequence}: {self.final_score}"


class CurrentScore(models.Model):
    """The newest revision of an application, for lists that sort and filter by score."""

    application = models.OneToOneField(
        Application, on_delete=models.PROTECT, primary_key=True, related_name="current_score"
    )
    revision = models.ForeignKey(ScoreRevision, on_delete=models.PROTECT, related_name="current_of")
    final_score = models.PositiveSmallIntegerField(db_index=True)
    credit_class = models.CharField(max_length=8, choices=CreditClass.choices)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.application}: {self.final_score}"


class ChallengerScore(models.Model):
    """What another estimator gives for the same revision: shown beside it, never scored."""

    revision = models.ForeignKey(
        ScoreRevision, on_delete=models.PROTECT, related_name="challengers"
    )
    estimator = models.CharField(max_length=40)
    version = models.CharField(max_length=40)
    sha256 = models.CharField(max_length=64)
    probability_of_default = models.FloatField()
    # Shapley values in log-odds of good; null where they were not worked out.
    attributions = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["revision", "estimator"]
        constraints = [
            models.UniqueConstraint(
                fields=["revision", "estimator"], name="one_challenger_score_per_estimator"
            )
        ]

    def __str__(self) -> str:
        return f"{self.estimator} {self.probability_of_default:.3f}"
