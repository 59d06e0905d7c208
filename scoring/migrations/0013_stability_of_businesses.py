from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("scoring", "0012_subject_rights")]

    operations = [
        migrations.AlterField(
            model_name="monitoringreport",
            name="kind",
            field=models.CharField(
                choices=[
                    ("stability", "Stability"),
                    ("businesses", "Stability, businesses"),
                    ("fairness", "Fairness"),
                ],
                max_length=10,
            ),
        ),
    ]
