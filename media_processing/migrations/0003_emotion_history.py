import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("media_processing", "0002_own_networks_in_shadow"),
    ]

    operations = [
        migrations.CreateModel(
            name="EmotionHistory",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("method", models.CharField(max_length=24)),
                ("network_version", models.CharField(max_length=60)),
                ("network_sha256", models.CharField(max_length=64)),
                ("content", models.JSONField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "recording",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="history",
                        to="media_processing.recording",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "emotion histories",
            },
        ),
    ]
