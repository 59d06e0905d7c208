"""Causes of the rights of people, and the road of an erasure through the append-only tables."""

from django.db import migrations, models

ROAD = """
CREATE OR REPLACE FUNCTION refuse_revision_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    emptied scoring_scorerevision%ROWTYPE;
BEGIN
    IF current_setting('creditweb.erasure', true) = 'on' THEN
        IF TG_OP = 'DELETE' THEN
            IF is_erased(OLD.application_id) THEN
                RETURN OLD;
            END IF;
        ELSE
            emptied := OLD;
            emptied.behaviour := NEW.behaviour;
            emptied.mapped_total := NEW.mapped_total;
            emptied.evidence_ids := NEW.evidence_ids;
            emptied.erased_at := NEW.erased_at;
            IF NEW = emptied AND NEW.erased_at IS NOT NULL THEN
                RETURN NEW;
            END IF;
        END IF;
    END IF;
    RAISE EXCEPTION 'scoring_scorerevision rows are only ever added'
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE FUNCTION refuse_review_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was jsonb := to_jsonb(OLD);
    of_application uuid;
BEGIN
    IF current_setting('creditweb.erasure', true) = 'on' THEN
        SELECT application_id INTO of_application FROM scoring_reviewflag WHERE id = OLD.flag_id;
        IF is_erased(of_application) THEN
            IF TG_OP = 'DELETE' THEN
                RETURN OLD;
            ELSIF to_jsonb(NEW) = was || '{"reason": ""}' THEN
                RETURN NEW;
            END IF;
        END IF;
    END IF;
    RAISE EXCEPTION '% rows are only ever added', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
DROP TRIGGER append_only ON scoring_reviewdecision;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON scoring_reviewdecision
    FOR EACH ROW EXECUTE FUNCTION refuse_review_change();
DROP TRIGGER append_only ON scoring_applicationdecision;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON scoring_applicationdecision
    FOR EACH ROW EXECUTE FUNCTION refuse_change_unless_erased();
DROP TRIGGER append_only ON scoring_loanoutcome;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON scoring_loanoutcome
    FOR EACH ROW EXECUTE FUNCTION refuse_change_unless_erased();
DROP TRIGGER append_only ON scoring_bureaurecord;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON scoring_bureaurecord
    FOR EACH ROW EXECUTE FUNCTION refuse_change_unless_erased();
"""

NO_ROAD = """
DROP TRIGGER append_only ON scoring_bureaurecord;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON scoring_bureaurecord
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP TRIGGER append_only ON scoring_loanoutcome;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON scoring_loanoutcome
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP TRIGGER append_only ON scoring_applicationdecision;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON scoring_applicationdecision
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP TRIGGER append_only ON scoring_reviewdecision;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON scoring_reviewdecision
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP FUNCTION refuse_review_change();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("applicants", "0004_subject_requests"),
        ("scoring", "0011_estimators_of_a_training"),
    ]

    operations = [
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
                    ("objected", "Objection to the behavioural part"),
                    ("rectified", "Corrected at the person's request"),
                    ("restriction_lifted", "Restriction ended"),
                ],
                max_length=24,
            ),
        ),
        migrations.RunSQL(ROAD, NO_ROAD),
    ]
