"""What applicants declare about themselves for the fairness report, and for nothing else."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applicants.models import Applicant, Consent
from applicants.models.fields import EncryptedTextField


class DeclaredGroup(models.Model):
    """One answer of one applicant, encrypted. No page shows it again and no score reads it.

    Only ``scoring.services.fairness`` reads ``value``, for the fairness report and the proof of
    value, and only as counts of a group. Taking the answer back deletes the row.
    """

    class Attribute(models.TextChoices):
        SEX = "sex", _("Sex")
        AGE_GROUP = "age_group", _("Age group")
        DISABILITY = "disability", _("Disability")

    VALUES = {
        Attribute.SEX.value: {"female": _("Female"), "male": _("Male"), "another": _("Another")},
        Attribute.AGE_GROUP.value: {
            "under_30": _("Under 30"),
            "30_to_60": _("30 to 60"),
            "over_60": _("Over 60"),
        },
        Attribute.DISABILITY.value: {"yes": _("Yes"), "no": _("No")},
    }

    applicant = models.ForeignKey(
        Applicant, on_delete=models.CASCADE, related_name="declared_groups"
    )
    attribute = models.CharField(max_length=12, choices=Attribute.choices)
    value = EncryptedTextField()
    text_version = models.CharField(max_length=20)
    channel = models.CharField(max_length=12, choices=Consent.Channel.choices)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    declared_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["attribute"]
        constraints = [
            models.UniqueConstraint(
                fields=["applicant", "attribute"], name="one_declaration_per_attribute"
            )
        ]

    def __str__(self) -> str:
        return str(self.get_attribute_display())
