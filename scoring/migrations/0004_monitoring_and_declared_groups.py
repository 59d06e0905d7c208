"""Reports and alarms of monitoring, its thresholds, and declared groups kept apart."""

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import applicants.models.fields

GUARD = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON scoring_monitoringsettings
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON scoring_monitoringreport
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""

UNGUARD = """
DROP TRIGGER append_only ON scoring_monitoringreport;
DROP TRIGGER append_only ON scoring_monitoringsettings;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("applicants", "0002_append_only_rows"),
        ("scoring", "0003_states_of_model_versions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="MonitoringSettings",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveIntegerField(unique=True)),
                (
                    "psi_warn",
                    models.FloatField(
                        default=0.1, validators=[django.core.validators.MinValueValidator(0.0)]
                    ),
                ),
                (
                    "psi_alarm",
                    models.FloatField(
                        default=0.2, validators=[django.core.validators.MinValueValidator(0.0)]
                    ),
                ),
                (
                    "calibration_alarm",
                    models.FloatField(
                        default=0.4,
                        help_text="Shift of the log-odds of default; 0.4 is half as many odds again.",
                        validators=[django.core.validators.MinValueValidator(0.0)],
                    ),
                ),
                (
                    "impact_warn",
                    models.FloatField(
                        default=0.9,
                        validators=[
                            django.core.validators.MinValueValidator(0.0),
                            django.core.validators.MaxValueValidator(1.0),
                        ],
                    ),
                ),
                (
                    "impact_alarm",
                    models.FloatField(
                        default=0.8,
                        validators=[
                            django.core.validators.MinValueValidator(0.0),
                            django.core.validators.MaxValueValidator(1.0),
                        ],
                    ),
                ),
                (
                    "min_rows",
                    models.PositiveIntegerField(
                        default=100,
                        help_text="A month with fewer scored applications raises no alarm of stability.",
                        validators=[django.core.validators.MinValueValidator(1)],
                    ),
                ),
                (
                    "min_cell_rows",
                    models.PositiveIntegerField(
                        default=30,
                        help_text="A group with fewer applicants is not compared; at least 30.",
                        validators=[django.core.validators.MinValueValidator(30)],
                    ),
                ),
                (
                    "reference_month",
                    models.DateField(
                        blank=True,
                        help_text="First day of the month to compare with; empty for the earliest full enough.",
                        null=True,
                    ),
                ),
                ("reason", models.TextField()),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "author",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "monitoring settings",
                "ordering": ["-version"],
            },
        ),
        migrations.CreateModel(
            name="MonitoringReport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("stability", "Stability"), ("fairness", "Fairness")],
                        max_length=10,
                    ),
                ),
                (
                    "month",
                    models.DateField(help_text="First day of the month that the report is about."),
                ),
                ("content", models.JSONField()),
                ("content_sha256", models.CharField(max_length=64)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "actor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "thresholds",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="scoring.monitoringsettings",
                    ),
                ),
            ],
            options={
                "ordering": ["-month", "-created_at"],
            },
        ),
        migrations.CreateModel(
            name="DeclaredGroup",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "attribute",
                    models.CharField(
                        choices=[
                            ("sex", "Sex"),
                            ("age_group", "Age group"),
                            ("disability", "Disability"),
                        ],
                        max_length=12,
                    ),
                ),
                ("value", applicants.models.fields.EncryptedTextField()),
                ("text_version", models.CharField(max_length=20)),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("signed", "Signed on paper"),
                            ("on_screen", "Given on screen"),
                            ("recorded", "Recorded statement"),
                            ("api", "Collected by another system"),
                        ],
                        max_length=12,
                    ),
                ),
                ("declared_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "applicant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="declared_groups",
                        to="applicants.applicant",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["attribute"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("applicant", "attribute"), name="one_declaration_per_attribute"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="MonitoringAlarm",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("month", models.DateField()),
                (
                    "figure",
                    models.CharField(
                        choices=[
                            ("score_stability", "Stability of the score"),
                            ("characteristic_stability", "Stability of a characteristic"),
                            ("calibration", "Calibration"),
                            ("adverse_impact", "Adverse impact ratio"),
                        ],
                        max_length=32,
                    ),
                ),
                ("subject", models.CharField(max_length=120)),
                (
                    "level",
                    models.CharField(
                        choices=[("warn", "Warning"), ("alarm", "Alarm")], max_length=5
                    ),
                ),
                ("value", models.FloatField()),
                ("threshold", models.FloatField()),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("acknowledged", "Acknowledged")],
                        default="open",
                        max_length=12,
                    ),
                ),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.TextField(blank=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "answered_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="alarms",
                        to="scoring.monitoringreport",
                    ),
                ),
            ],
            options={
                "ordering": ["state", "level", "-created_at"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("month", "figure", "subject", "level"),
                        name="one_alarm_per_month_and_level",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answered_by__isnull", True), ("state", "open")),
                            models.Q(("answered_by__isnull", False), ("state", "acknowledged")),
                            _connector="OR",
                        ),
                        name="an_answered_alarm_names_a_person",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="monitoringreport",
            index=models.Index(fields=["kind", "-month", "-id"], name="newest_report_of_a_month"),
        ),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
