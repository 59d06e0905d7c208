"""``manage.py verify_audit`` checks the seal of every audit row."""

from django.core.management.base import BaseCommand, CommandError

from applicants.models import AuditEvent
from applicants.services import audit


class Command(BaseCommand):
    help = "Check that no audit row was changed, removed or put in between."

    def handle(self, *args: object, **options: object) -> None:
        broken = audit.first_broken_event()
        if broken is not None:
            raise CommandError(
                f"The chain breaks at row {broken.pk} of {broken.at:%Y-%m-%d %H:%M}."
            )
        self.stdout.write(f"{AuditEvent.objects.count()} rows, unbroken.")
