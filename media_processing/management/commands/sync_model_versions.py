"""``manage.py sync_model_versions``: bring the inventory in step with the files on disk."""

from django.core.management.base import BaseCommand

from media_processing.services import networks


class Command(BaseCommand):
    help = "Register the estimators and networks that the manifests name."

    def handle(self, *args: object, **options: object) -> None:
        count = networks.sync_inventory()
        if options["verbosity"]:
            self.stdout.write(f"{count} new files registered.")
