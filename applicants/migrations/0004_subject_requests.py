"""Requests of people about their data, their rights on the applicant, and the road of an erasure.

Append-only rows of an applicant whose ``erased_at`` is set may be deleted, and a free reason may be
emptied, by a transaction that says ``SET LOCAL creditweb.erasure = 'on'``. The audit trail has no
such road.
"""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import applicants.models.fields
import applicants.models.subject_request

ROAD = """
CREATE FUNCTION is_erased(application uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT 1 FROM applicants_application a
          JOIN applicants_applicant p ON p.id = a.applicant_id
         WHERE a.id = application AND p.erased_at IS NOT NULL)
$$;
CREATE FUNCTION refuse_change_unless_erased() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was jsonb := to_jsonb(OLD);
BEGIN
    IF current_setting('creditweb.erasure', true) = 'on' AND is_erased(OLD.application_id) THEN
        IF TG_OP = 'DELETE' THEN
            RETURN OLD;
        ELSIF to_jsonb(NEW) = was || '{"reason": ""}' THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% rows are only ever added', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
DROP TRIGGER append_only ON applicants_financialprofile;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON applicants_financialprofile
    FOR EACH ROW EXECUTE FUNCTION refuse_change_unless_erased();
"""

NO_ROAD = """
DROP TRIGGER append_only ON applicants_financialprofile;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON applicants_financialprofile
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP FUNCTION refuse_change_unless_erased();
DROP FUNCTION is_erased(uuid);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("applicants", "0003_business_characteristics"),
    ]

    operations = [
        migrations.CreateModel(
            name="SubjectRequest",
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
                            ("export", "A copy of all data"),
                            ("rectify", "Correction"),
                            ("restrict", "Restriction of processing"),
                            ("lift", "End of the restriction"),
                            ("object", "Objection to the behavioural part"),
                            ("concede", "End of the objection"),
                            ("erase", "Erasure"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("done", "Done"), ("refused", "Refused")],
                        default="open",
                        max_length=8,
                    ),
                ),
                ("received_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "due_at",
                    models.DateTimeField(default=applicants.models.subject_request.due_time),
                ),
                ("note", applicants.models.fields.EncryptedTextField(blank=True, null=True)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                ("result", models.JSONField(blank=True, default=dict)),
            ],
            options={
                "ordering": ["-received_at"],
            },
        ),
        migrations.AddField(
            model_name="applicant",
            name="erased_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="applicant",
            name="objected_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="applicant",
            name="restricted_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="applicant",
            index=models.Index(
                condition=models.Q(("restricted_at__isnull", False)),
                fields=["restricted_at"],
                name="restricted_applicants",
            ),
        ),
        migrations.AddField(
            model_name="subjectrequest",
            name="applicant",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="subject_requests",
                to="applicants.applicant",
            ),
        ),
        migrations.AddField(
            model_name="subjectrequest",
            name="done_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="subjectrequest",
            name="recorded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="subjectrequest",
            index=models.Index(fields=["state", "due_at"], name="subject_requests_due"),
        ),
        migrations.RunSQL(ROAD, NO_ROAD),
    ]
