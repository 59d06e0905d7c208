"""``manage.py retention [--dry-run]`` deletes what is past its time, or says what it would."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from creditweb.subjects import retention


class Command(BaseCommand):
    help = "Delete recordings, observations, records and copies that are past their time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="say what is due, delete nothing"
        )

    def handle(self, *args: object, **options: bool) -> None:
        if options["dry_run"]:
            self.stdout.write(f"{'kind':<16}{'days':>6}{'kept':>8}{'due':>8}  next")
            for each in retention.report():
                when = each.next_at.date().isoformat() if each.next_at else "-"
                self.stdout.write(
                    f"{each.name:<16}{each.days:>6g}{each.kept:>8}{each.due:>8}  {when}"
                )
            return
        for name, count in retention.apply().items():
            self.stdout.write(f"{name}: {count} deleted")
