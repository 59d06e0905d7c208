"""``manage.py sync_question_lists``: bring the built-in question lists in step with the release."""

from django.core.management.base import BaseCommand

from media_processing.services import question_lists


class Command(BaseCommand):
    help = "Register the question lists of the release."

    def handle(self, *args: object, **options: object) -> None:
        count = question_lists.sync_built_in()
        if options["verbosity"]:
            self.stdout.write(f"{count} question lists changed.")
