"""Staff and the branch that they work for."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class Branch(models.Model):
    """A branch. ``live_display`` says what its officers see while an applicant is recorded."""

    class LiveDisplay(models.TextChoices):
        SHOW = "show", _("Shown while it is recorded")
        HIDDEN = "hidden", _("Hidden until the recording has ended")

    code = models.CharField(max_length=12, unique=True)
    name = models.CharField(max_length=80)
    country = models.CharField(max_length=2, help_text=_("ISO 3166 code of two letters."))
    live_display = models.CharField(
        _("observed signals and running score"),
        max_length=6,
        choices=LiveDisplay.choices,
        default=LiveDisplay.SHOW,
        help_text=_(
            "Hidden: while a recording is being made, neither its signals nor their effect on the "
            "score reach anybody; both can be opened once it has ended."
        ),
    )

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "branches"

    def __str__(self) -> str:
        return self.name


class Officer(AbstractUser):
    """Someone who signs in. Without a branch an officer sees every branch (role permitting)."""

    class Role(models.TextChoices):
        OFFICER = "officer", _("Loan officer")
        SENIOR_OFFICER = "senior_officer", _("Senior officer")
        RISK_ANALYST = "risk_analyst", _("Risk analyst")
        DATA_OFFICER = "data_officer", _("Data officer")
        ADMIN = "admin", _("Administrator")
        AUDITOR = "auditor", _("Auditor")

    role = models.CharField(max_length=20, choices=Role.choices, default=Role.OFFICER)
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, null=True, blank=True)
    time_zone = models.CharField(max_length=40, default="UTC")

    class Meta:
        ordering = ["username"]
        constraints = [
            models.CheckConstraint(
                name="officer_of_a_branch",
                condition=~models.Q(role__in=["officer", "senior_officer"])
                | models.Q(branch__isnull=False)
                | models.Q(is_active=False),
                violation_error_message=_("A loan officer or senior officer needs a branch."),
            )
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.username
