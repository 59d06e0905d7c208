from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("applicants", "0004_subject_requests")]

    operations = [
        migrations.AlterField(
            model_name="consent",
            name="scope",
            field=models.CharField(
                choices=[
                    ("recording", "Recording and keeping it for the decision"),
                    ("face", "Analysis of facial expression"),
                    ("voice", "Analysis of the voice"),
                    ("gait", "Analysis of gait and posture"),
                    ("bureau", "Enquiry at a credit bureau"),
                ],
                max_length=12,
            ),
        ),
    ]
