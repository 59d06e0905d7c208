"""A version is no longer in use or not: it is a candidate, in shadow, in force, or retired."""

from django.db import migrations, models


def to_states(apps, schema_editor):
    versions = apps.get_model("scoring", "ModelVersion").objects
    versions.filter(in_use=False).update(state="retired")
    # Two releases that registered at once could leave two in use: the newest is in force.
    for name in versions.values_list("name", flat=True).distinct():
        newest = versions.filter(name=name, in_use=True).order_by("-registered_at").first()
        if newest is not None:
            versions.filter(name=name, in_use=True).exclude(pk=newest.pk).update(state="retired")


def to_in_use(apps, schema_editor):
    versions = apps.get_model("scoring", "ModelVersion").objects
    versions.exclude(state="active").update(in_use=False)


class Migration(migrations.Migration):
    dependencies = [("scoring", "0002_append_only_revisions")]

    operations = [
        migrations.AddField("modelversion", "classes", models.JSONField(default=list)),
        migrations.AddField(
            "modelversion",
            "is_own",
            models.BooleanField(default=False),
        ),
        migrations.AddField(
            "modelversion",
            "state",
            models.CharField(
                choices=[
                    ("candidate", "Candidate"),
                    ("shadow", "In shadow"),
                    ("active", "In force"),
                    ("retired", "Retired"),
                ],
                default="active",
                max_length=9,
            ),
        ),
        migrations.AddField(
            "modelversion", "activated_at", models.DateTimeField(blank=True, null=True)
        ),
        migrations.RunPython(to_states, to_in_use),
        migrations.RemoveField("modelversion", "in_use"),
        migrations.AddConstraint(
            "modelversion",
            models.UniqueConstraint(
                condition=models.Q(("state", "active")),
                fields=("name",),
                name="one_version_in_force",
            ),
        ),
        migrations.AddConstraint(
            "modelversion",
            models.UniqueConstraint(
                condition=models.Q(("state", "shadow")),
                fields=("name",),
                name="one_version_in_shadow",
            ),
        ),
    ]
