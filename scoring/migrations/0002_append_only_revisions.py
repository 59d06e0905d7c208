"""Guard revisions and decisions in the database itself.

A revision's behavioural detail may be emptied after an erasure; its totals never change.
"""

from django.db import migrations

GUARD = """
CREATE FUNCTION refuse_revision_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    emptied scoring_scorerevision%ROWTYPE;
BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('creditweb.erasure', true) = 'on' THEN
        emptied := OLD;
        emptied.behaviour := NEW.behaviour;
        emptied.mapped_total := NEW.mapped_total;
        emptied.evidence_ids := NEW.evidence_ids;
        emptied.erased_at := NEW.erased_at;
        IF NEW = emptied AND NEW.erased_at IS NOT NULL THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'scoring_scorerevision rows are only ever added'
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON scoring_scorerevision
    FOR EACH ROW EXECUTE FUNCTION refuse_revision_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON scoring_reviewdecision
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON scoring_applicationdecision
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""

UNGUARD = """
DROP TRIGGER append_only ON scoring_applicationdecision;
DROP TRIGGER append_only ON scoring_reviewdecision;
DROP TRIGGER append_only ON scoring_scorerevision;
DROP FUNCTION refuse_revision_change();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("scoring", "0001_evidence_scores_and_reviews"),
        ("applicants", "0002_append_only_rows"),
    ]

    operations = [migrations.RunSQL(GUARD, UNGUARD)]
