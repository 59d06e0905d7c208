"""What became of loans: rows that are only ever added."""

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

GUARD = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON scoring_loanoutcome
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""

UNGUARD = "DROP TRIGGER append_only ON scoring_loanoutcome;"


class Migration(migrations.Migration):
    dependencies = [
        ("applicants", "0002_append_only_rows"),
        ("scoring", "0005_model_changed_and_estimator_proposals"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="LoanOutcome",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("observed_on", models.DateField()),
                ("is_bad", models.BooleanField(blank=True, null=True)),
                (
                    "days_past_due",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(9999)],
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("page", "Recorded on the page"),
                            ("file", "Imported from a file"),
                            ("api", "Through the API"),
                        ],
                        max_length=4,
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("simulated", models.BooleanField(default=False)),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="outcomes",
                        to="applicants.application",
                    ),
                ),
                (
                    "corrects",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrected_by",
                        to="scoring.loanoutcome",
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
                "ordering": ["-pk"],
                "indexes": [
                    models.Index(
                        fields=["application", "-observed_on", "-id"], name="latest_outcome"
                    )
                ],
            },
        ),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
