import uuid

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import applicants.models.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("applicants", "0002_append_only_rows"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CaptureSession",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("data_key", models.BinaryField(blank=True, null=True)),
                ("shredded_at", models.DateTimeField(blank=True, null=True)),
                ("simulated", models.BooleanField(default=False)),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="capture_sessions",
                        to="applicants.application",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at"],
            },
        ),
        migrations.CreateModel(
            name="Recording",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("interview", "Interview"),
                            ("walk", "Walk"),
                            ("voice", "Voice answer"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("received", "Received"),
                            ("processing", "Being processed"),
                            ("done", "Done"),
                            ("partial", "Partly done"),
                            ("failed", "Failed"),
                            ("rejected", "Refused"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="received",
                        max_length=12,
                    ),
                ),
                (
                    "original_name",
                    applicants.models.fields.EncryptedTextField(blank=True, null=True),
                ),
                ("container", models.CharField(blank=True, max_length=20)),
                ("sha256", models.CharField(max_length=64)),
                ("size_bytes", models.PositiveBigIntegerField()),
                ("source_key", models.CharField(blank=True, max_length=80)),
                ("playback_key", models.CharField(blank=True, max_length=80)),
                ("audio_key", models.CharField(blank=True, max_length=80)),
                ("duration_s", models.FloatField(blank=True, null=True)),
                ("probe", models.JSONField(blank=True, default=dict)),
                ("quality", models.JSONField(blank=True, default=list)),
                ("summary", models.JSONField(blank=True, default=dict)),
                ("refusal_code", models.CharField(blank=True, max_length=40)),
                ("refusal_message", models.TextField(blank=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recordings",
                        to="media_processing.capturesession",
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["created_at"],
            },
        ),
        migrations.CreateModel(
            name="ProcessingJob",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Waiting for a worker"),
                            ("running", "Being processed"),
                            ("done", "Done"),
                            ("partial", "Partly done"),
                            ("failed", "Failed"),
                            ("rejected", "Refused"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="queued",
                        max_length=12,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "recording",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="job",
                        to="media_processing.recording",
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at"],
            },
        ),
        migrations.CreateModel(
            name="Observation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "modality",
                    models.CharField(
                        choices=[
                            ("face", "Face"),
                            ("voice", "Voice"),
                            ("gait", "Gait and posture"),
                        ],
                        max_length=6,
                    ),
                ),
                ("person", models.PositiveSmallIntegerField(default=0)),
                ("t_start_s", models.FloatField()),
                ("t_end_s", models.FloatField()),
                (
                    "probabilities",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.FloatField(), size=7
                    ),
                ),
                (
                    "valence",
                    models.FloatField(
                        validators=[
                            django.core.validators.MinValueValidator(-1),
                            django.core.validators.MaxValueValidator(1),
                        ]
                    ),
                ),
                (
                    "arousal",
                    models.FloatField(
                        validators=[
                            django.core.validators.MinValueValidator(-1),
                            django.core.validators.MaxValueValidator(1),
                        ]
                    ),
                ),
                (
                    "confidence",
                    models.FloatField(
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(1),
                        ]
                    ),
                ),
                (
                    "quality",
                    models.FloatField(
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(1),
                        ]
                    ),
                ),
                ("network_sha256", models.CharField(blank=True, max_length=64)),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="observations",
                        to="media_processing.capturesession",
                    ),
                ),
                (
                    "recording",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="observations",
                        to="media_processing.recording",
                    ),
                ),
            ],
            options={
                "ordering": ["t_start_s", "id"],
            },
        ),
        migrations.CreateModel(
            name="Series",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "modality",
                    models.CharField(
                        choices=[
                            ("face", "Face"),
                            ("voice", "Voice"),
                            ("gait", "Gait and posture"),
                        ],
                        max_length=6,
                    ),
                ),
                ("content", models.JSONField(default=dict)),
                (
                    "recording",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="series",
                        to="media_processing.recording",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "series",
            },
        ),
        migrations.CreateModel(
            name="Stage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        choices=[
                            ("canonicalise", "Prepare the recording"),
                            ("face", "Face"),
                            ("voice", "Voice"),
                            ("gait", "Gait and posture"),
                            ("handover", "Bring into the score"),
                        ],
                        max_length=12,
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting for an earlier step"),
                            ("queued", "Waiting for a worker"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("skipped", "Not applicable"),
                            ("failed", "Failed"),
                            ("dead", "Given up"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("attempt", models.PositiveSmallIntegerField(default=0)),
                ("fence", models.PositiveIntegerField(default=0)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("input_sha256", models.CharField(blank=True, max_length=64)),
                ("network_version", models.CharField(blank=True, max_length=60)),
                ("network_sha256", models.CharField(blank=True, max_length=64)),
                ("done", models.PositiveBigIntegerField(default=0)),
                ("total", models.PositiveBigIntegerField(default=0)),
                ("error_code", models.CharField(blank=True, max_length=40)),
                ("error_message", models.TextField(blank=True)),
                ("queued_at", models.DateTimeField(blank=True, null=True)),
                ("published_at", models.DateTimeField(blank=True, null=True)),
                ("available_at", models.DateTimeField(blank=True, null=True)),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("result", models.JSONField(blank=True, default=dict)),
                (
                    "job",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stages",
                        to="media_processing.processingjob",
                    ),
                ),
            ],
            options={
                "ordering": ["position"],
            },
        ),
        migrations.CreateModel(
            name="Upload",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("interview", "Interview"),
                            ("walk", "Walk"),
                            ("voice", "Voice answer"),
                        ],
                        max_length=12,
                    ),
                ),
                ("name", applicants.models.fields.EncryptedTextField(blank=True, null=True)),
                ("length", models.PositiveBigIntegerField()),
                ("offset", models.PositiveBigIntegerField(default=0)),
                (
                    "parts",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=80),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("data_key", models.BinaryField(blank=True, null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("receiving", "Arriving"),
                            ("received", "Received"),
                            ("refused", "Refused"),
                        ],
                        default="receiving",
                        max_length=12,
                    ),
                ),
                ("refusal", models.JSONField(blank=True, default=dict)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("expires_at", models.DateTimeField(db_index=True)),
                (
                    "officer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "recording",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to="media_processing.recording",
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="uploads",
                        to="media_processing.capturesession",
                    ),
                ),
            ],
            options={
                "ordering": ["created_at"],
            },
        ),
        migrations.AddIndex(
            model_name="capturesession",
            index=models.Index(
                fields=["application", "-created_at"], name="sessions_of_an_application"
            ),
        ),
        migrations.AddIndex(
            model_name="recording",
            index=models.Index(fields=["uploaded_by", "created_at"], name="uploads_of_an_officer"),
        ),
        migrations.AddConstraint(
            model_name="recording",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("state__in", ["failed", "rejected", "cancelled"]), _negated=True
                ),
                fields=("session", "sha256"),
                name="one_recording_per_file_and_session",
            ),
        ),
        migrations.AddIndex(
            model_name="observation",
            index=models.Index(
                fields=["session", "modality", "t_start_s"], name="timeline_of_a_session"
            ),
        ),
        migrations.AddIndex(
            model_name="observation",
            index=models.Index(
                fields=["recording", "modality"], name="observations_of_a_recording"
            ),
        ),
        migrations.AddConstraint(
            model_name="series",
            constraint=models.UniqueConstraint(
                fields=("recording", "modality"), name="one_series_row_per_modality"
            ),
        ),
        migrations.AddIndex(
            model_name="stage",
            index=models.Index(
                condition=models.Q(("state__in", ["queued", "running"])),
                fields=["state", "queued_at"],
                name="stages_to_sweep",
            ),
        ),
        migrations.AddConstraint(
            model_name="stage",
            constraint=models.UniqueConstraint(
                fields=("job", "name"), name="one_stage_per_job_and_name"
            ),
        ),
    ]
