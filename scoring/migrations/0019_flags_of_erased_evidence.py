"""Flags may lapse; those whose evidence was erased before this was done are emptied now."""

from django.db import migrations, models
from django.db.models import Exists, OuterRef, Q

READING_BEHAVIOUR = (
    "gait_agitation", "gait_instability", "sustained_fear_anger", "voice_face_contradiction",
    "behaviour_changes_class",
)  # fmt: skip
UNDECIDED = ("open", "more_information")
EMPTY = {
    "rule_id": "erased", "title": "Erased with its evidence", "text": "", "observed": 0.0,
    "threshold": 0.0, "session_id": None, "modality": "",
}  # fmt: skip


def empty(apps, schema_editor):
    ReviewFlag = apps.get_model("scoring", "ReviewFlag")
    standing = apps.get_model("scoring", "Evidence").objects.filter(
        application=OuterRef("application"), withdrawn_at__isnull=True
    )
    of_session = standing.filter(session_id=OuterRef("session_id"))
    gone = Q(session_id__isnull=False) & ~Exists(of_session)
    gone |= Q(session_id__isnull=True) & ~Exists(standing)
    behavioural = ~Q(modality="") | Q(rule_id__in=READING_BEHAVIOUR)
    flags = ReviewFlag.objects.filter(gone, behavioural).exclude(rule_id="repeated_recording")
    keys = list(flags.values_list("pk", flat=True))
    rows = ReviewFlag.objects.filter(pk__in=keys)
    rows.filter(state__in=UNDECIDED).update(state="lapsed")
    rows.update(**EMPTY)


class Migration(migrations.Migration):
    dependencies = [
        ("scoring", "0018_token_access"),
    ]

    operations = [
        migrations.AlterField(
            model_name="reviewflag",
            name="state",
            field=models.CharField(
                choices=[
                    ("open", "Open"),
                    ("more_information", "More information asked for"),
                    ("upheld", "Upheld"),
                    ("dismissed", "Dismissed"),
                    ("lapsed", "Lapsed"),
                ],
                default="open",
                max_length=16,
            ),
        ),
        migrations.RunPython(empty, migrations.RunPython.noop),
    ]
