"""``manage.py sync_model_versions``: bring the inventory in step with the manifest on disk."""

from django.core.management.base import BaseCommand

from scoring.services import model_versions


class Command(BaseCommand):
    help = "Register the estimators that the manifest names."

    def handle(self, *args: object, **options: object) -> None:
        self.stdout.write(f"{model_versions.sync_from_manifest()} new estimators registered.")
