"""What monitoring saw: its thresholds, its reports and its alarms.

Settings and reports are only ever added. An alarm is answered once, by a person with a reason.
"""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class MonitoringSettings(models.Model):
    """One version of the thresholds. ``author`` is null for the one an installation starts with."""

    version = models.PositiveIntegerField(unique=True)
    psi_warn = models.FloatField(default=0.1, validators=[MinValueValidator(0.0)])
    psi_alarm = models.FloatField(default=0.2, validators=[MinValueValidator(0.0)])
    calibration_alarm = models.FloatField(
        default=0.4,
        validators=[MinValueValidator(0.0)],
        help_text=_("Shift of the log-odds of default; 0.4 is half as many odds again."),
    )
    impact_warn = models.FloatField(
        default=0.9, validators=[MinValueValidator(0.0), MaxValueValidator(1.0)]
    )
    impact_alarm = models.FloatField(
        default=0.8, validators=[MinValueValidator(0.0), MaxValueValidator(1.0)]
    )
    min_rows = models.PositiveIntegerField(
        default=100,
        validators=[MinValueValidator(1)],
        help_text=_("A month with fewer scored applications raises no alarm of stability."),
    )
    min_cell_rows = models.PositiveIntegerField(
        default=30,
        validators=[MinValueValidator(30)],
        help_text=_("A group with fewer applicants is not compared; at least 30."),
    )
    reference_month = models.DateField(
        null=True,
        blank=True,
        help_text=_("First day of the month to compare with; empty for the earliest full enough."),
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-version"]
        verbose_name_plural = "monitoring settings"

    def __str__(self) -> str:
        return f"Monitoring settings {self.version}"


class MonitoringReport(models.Model):
    """The figures of one month, as they stood when the report was made. Append-only."""

    class Kind(models.TextChoices):
        STABILITY = "stability", _("Stability")
        BUSINESSES = "businesses", _("Stability, businesses")
        FAIRNESS = "fairness", _("Fairness")

    kind = models.CharField(max_length=10, choices=Kind.choices)
    month = models.DateField(help_text=_("First day of the month that the report is about."))
    thresholds = models.ForeignKey(MonitoringSettings, on_delete=models.PROTECT, related_name="+")
    content = models.JSONField()
    content_sha256 = models.CharField(max_length=64)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-month", "-created_at"]
        indexes = [models.Index(fields=["kind", "-month", "-id"], name="newest_report_of_a_month")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.month:%Y-%m}"


class MonitoringAlarm(models.Model):
    """One figure beyond its threshold in one month; raised once, whatever the nightly reports."""

    class Level(models.TextChoices):
        WARN = "warn", _("Warning")
        ALARM = "alarm", _("Alarm")

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        ACKNOWLEDGED = "acknowledged", _("Acknowledged")

    class Figure(models.TextChoices):
        SCORE_STABILITY = "score_stability", _("Stability of the score")
        CHARACTERISTIC_STABILITY = "characteristic_stability", _("Stability of a characteristic")
        CALIBRATION = "calibration", _("Calibration")
        EXPRESSION_SHARES = "expression_shares", _("Shares of observed expressions")
        ADVERSE_IMPACT = "adverse_impact", _("Adverse impact ratio")

    report = models.ForeignKey(MonitoringReport, on_delete=models.PROTECT, related_name="alarms")
    month = models.DateField()
    figure = models.CharField(max_length=32, choices=Figure.choices)
    subject = models.CharField(max_length=120)
    level = models.CharField(max_length=5, choices=Level.choices)
    value = models.FloatField()
    threshold = models.FloatField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["state", "level", "-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["month", "figure", "subject", "level"], name="one_alarm_per_month_and_level"
            ),
            models.CheckConstraint(
                condition=models.Q(state="open", answered_by__isnull=True)
                | models.Q(state="acknowledged", answered_by__isnull=False),
                name="an_answered_alarm_names_a_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_figure_display()}, {self.subject} ({self.month:%Y-%m})"

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN
