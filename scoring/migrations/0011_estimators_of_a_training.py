"""A training can give several estimators: each says which training it came from."""

from django.db import migrations, models
from django.db.models.deletion import PROTECT


def turn_round(apps, schema_editor):
    ModelVersion = apps.get_model("scoring", "ModelVersion")
    for run in apps.get_model("scoring", "TrainingRun").objects.exclude(registered=None):
        ModelVersion.objects.filter(pk=run.registered_id).update(training=run)


def turn_back(apps, schema_editor):
    TrainingRun = apps.get_model("scoring", "TrainingRun")
    for version in apps.get_model("scoring", "ModelVersion").objects.exclude(training=None):
        TrainingRun.objects.filter(pk=version.training_id).update(registered=version)


class Migration(migrations.Migration):
    dependencies = [("scoring", "0010_bureau_reports_and_portfolio_runs")]

    operations = [
        migrations.AddField(
            model_name="modelversion",
            name="training",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=PROTECT, related_name="+", to="scoring.trainingrun"
            ),
        ),
        migrations.RunPython(turn_round, turn_back),
        migrations.RemoveField(model_name="trainingrun", name="registered"),
        migrations.AlterField(
            model_name="modelversion",
            name="training",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=PROTECT, related_name="registered",
                to="scoring.trainingrun",
            ),
        ),
    ]  # fmt: skip
