from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("media_processing", "0007_walk_while_recorded")]

    operations = [
        migrations.AlterField(
            model_name="questionlist",
            name="language",
            field=models.CharField(
                choices=[("en", "English"), ("zh", "Chinese"), ("und", "Another language")],
                max_length=3,
            ),
        ),
    ]
