"""``manage.py install_network DIR``: take networks of one's own in as candidates."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from media_processing.inference.fitting import UnfitError
from media_processing.services import installing
from scoring.models import ModelVersion


class Command(BaseCommand):
    help = "Check the networks of a folder's manifest.toml and register them as candidates."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="manifest.toml, ONNX files, model cards")

    def handle(self, *args: object, **options: Path) -> None:
        try:
            versions = installing.install(options["folder"])
        except UnfitError as error:
            raise CommandError(str(error)) from error
        for version in versions:
            became = (
                "is a candidate now"
                if version.state == ModelVersion.State.CANDIDATE
                else f"has its files again; its state is: {version.get_state_display()}"
            )
            self.stdout.write(f"{version} {became}. Licence: {version.licence}.")
            if not version.commercial:
                self.stderr.write(f"{version} may not be used commercially.")
