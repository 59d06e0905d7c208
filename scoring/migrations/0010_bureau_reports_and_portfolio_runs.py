"""Bureau reports as they came, runs over the portfolio, and how sure a score is."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

GUARD = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON scoring_bureaurecord
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""

UNGUARD = "DROP TRIGGER append_only ON scoring_bureaurecord;"


class Migration(migrations.Migration):
    dependencies = [
        ("applicants", "0003_business_characteristics"),
        ("scoring", "0009_batches"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="scorerevision",
            name="uncertainty",
            field=models.JSONField(default=dict),
        ),
        migrations.AlterField(
            model_name="scorerevision",
            name="cause",
            field=models.CharField(
                choices=[
                    ("application_created", "Application opened"),
                    ("profile_changed", "Finances changed"),
                    ("evidence_arrived", "Session evidence arrived"),
                    ("consent_withdrawn", "Consent withdrawn"),
                    ("policy_changed", "Policy changed"),
                    ("model_changed", "Model changed"),
                    ("evidence_aged", "Evidence aged"),
                    ("bureau_refreshed", "Bureau refresh"),
                    ("requested", "Asked for"),
                ],
                max_length=24,
            ),
        ),
        migrations.CreateModel(
            name="PortfolioRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("started_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("touched_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("is_finished", models.BooleanField(default=False)),
                ("cursor", models.UUIDField(blank=True, null=True)),
                ("total", models.PositiveIntegerField(default=0)),
                ("done", models.PositiveIntegerField(default=0)),
                ("appended", models.PositiveIntegerField(default=0)),
                ("failed", models.PositiveIntegerField(default=0)),
            ],
            options={
                "ordering": ["-started_at"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_finished", False)),
                        fields=("is_finished",),
                        name="one_portfolio_run_at_a_time",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="BureauRecord",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.CharField(max_length=60)),
                ("reported_on", models.DateField()),
                ("factors", models.JSONField()),
                ("sha256", models.CharField(max_length=64)),
                ("consent_given_on", models.DateField(blank=True, null=True)),
                ("received_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bureau_records",
                        to="applicants.application",
                    ),
                ),
                (
                    "profile",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="applicants.financialprofile",
                    ),
                ),
                (
                    "received_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-received_at"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("application", "sha256"), name="one_record_per_bureau_report"
                    )
                ],
            },
        ),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
