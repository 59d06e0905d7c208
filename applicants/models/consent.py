"""What an applicant allowed, when, to whom, and under which text."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applicants.models.applicant import Applicant


class Consent(models.Model):
    class Scope(models.TextChoices):
        RECORDING = "recording", _("Recording and keeping it for the decision")
        FACE = "face", _("Analysis of facial expression")
        VOICE = "voice", _("Analysis of the voice")
        GAIT = "gait", _("Analysis of gait and posture")
        BUREAU = "bureau", _("Enquiry at a credit bureau")

    # What the notice of emotion recognition is about: without the recording none of it stands.
    RECORDED = (Scope.RECORDING, Scope.FACE, Scope.VOICE, Scope.GAIT)
    ANALYSES = (Scope.FACE, Scope.VOICE, Scope.GAIT)

    class Channel(models.TextChoices):
        SIGNED = "signed", _("Signed on paper")
        ON_SCREEN = "on_screen", _("Given on screen")
        RECORDED = "recorded", _("Recorded statement")
        API = "api", _("Collected by another system")

    applicant = models.ForeignKey(Applicant, on_delete=models.PROTECT, related_name="consents")
    scope = models.CharField(max_length=12, choices=Scope.choices)
    text_version = models.CharField(max_length=20)
    language = models.CharField(max_length=10, default="en")
    channel = models.CharField(max_length=12, choices=Channel.choices, default=Channel.ON_SCREEN)
    given_at = models.DateTimeField(default=timezone.now)
    given_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-given_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["applicant", "scope"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="one_standing_consent_per_scope",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_scope_display()} ({self.given_at:%Y-%m-%d})"
