"""The project: settings, URLs, Celery and the private services of one machine."""

from creditweb.celery import app as celery_app

__all__ = ["celery_app"]
