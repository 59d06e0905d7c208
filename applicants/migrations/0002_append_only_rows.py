"""Guard the append-only tables in the database itself, and number the applications."""

from django.db import migrations

GUARD = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% rows are only ever added', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON applicants_auditevent
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON applicants_financialprofile
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE SEQUENCE application_number;
"""

UNGUARD = """
DROP SEQUENCE application_number;
DROP TRIGGER append_only ON applicants_financialprofile;
DROP TRIGGER append_only ON applicants_auditevent;
DROP FUNCTION refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("applicants", "0001_people_and_applications")]

    operations = [migrations.RunSQL(GUARD, UNGUARD)]
