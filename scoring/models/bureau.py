"""Enquiries at a credit bureau, and its reports: append-only, each with the profile it led to."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from applicants.models import Application, Consent, FinancialProfile
from scoring.models.background import BackgroundWork


class BureauRecord(models.Model):
    """``sha256`` is that of the report's content, so that the same report is stored once."""

    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, related_name="bureau_records"
    )
    source = models.CharField(max_length=60)
    reported_on = models.DateField()
    factors = models.JSONField()
    sha256 = models.CharField(max_length=64)
    # Empty where the report came by file, under the bank's own agreement with the bureau.
    consent_given_on = models.DateField(null=True, blank=True)
    profile = models.ForeignKey(FinancialProfile, on_delete=models.PROTECT, related_name="+")
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-received_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "sha256"], name="one_record_per_bureau_report"
            )
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.reported_on}: {self.application}"


class BureauEnquiry(BackgroundWork):
    """A question to the bureau that a worker asks; ``error`` is what the officer reads.

    ``consent`` stood when it was asked for, and is looked at again before the bureau is called.
    """

    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, related_name="bureau_enquiries"
    )
    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, related_name="+")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    record = models.ForeignKey(
        BureauRecord, on_delete=models.PROTECT, null=True, blank=True, related_name="enquiries"
    )

    class Meta:
        verbose_name_plural = "bureau enquiries"
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["application"],
                condition=models.Q(state__in=("queued", "running")),
                name="one_open_bureau_enquiry",
            )
        ]

    def __str__(self) -> str:
        return f"{self.application}: {self.get_state_display()}"
