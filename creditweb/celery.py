"""The Celery application. Postgres holds the truth; the broker only rings the bell."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creditweb.settings")

app = Celery("creditweb")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["scoring"], related_name="training_tasks")
app.autodiscover_tasks(["media_processing"], related_name="warm_up")
app.autodiscover_tasks(["media_processing"], related_name="stopping")
