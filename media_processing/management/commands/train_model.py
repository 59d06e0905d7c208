"""`manage.py train_model face|voice|gait|scorecard|classifier`: train on a data directory."""

import importlib
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

TRAININGS = {
    "face": "media_processing.training.face_emotion",
    "voice": "media_processing.training.voice_emotion",
    "gait": "media_processing.training.gait_i3d",
    "scorecard": "scoring.training.scorecard",
    "classifier": "scoring.training.classifier",
}


class Command(BaseCommand):
    """Trains one network or estimator and writes weights and figures to a folder."""

    help = "Train a network or an estimator on a data directory."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help=", ".join(TRAININGS))
        parser.add_argument("--data", type=Path, required=True, help="data directory")
        parser.add_argument("--out", type=Path, required=True, help="folder for the results")
        parser.add_argument("--seed", type=int, default=0)

    def handle(self, *args: Any, **options: Any) -> None:
        train = _training(options["name"])
        if not options["data"].exists():
            raise CommandError(f"there is no data directory {options['data']}")
        options["out"].mkdir(parents=True, exist_ok=True)
        try:
            train(options["data"], options["out"], options["seed"])
        except (ValueError, FileNotFoundError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{options['name']}: results are in {options['out']}")


def _training(name: str) -> Any:
    if name not in TRAININGS:
        can = ", ".join(TRAININGS)
        raise CommandError(f"{name!r} cannot be trained in this version. It can train: {can}.")
    # Imported on use: training needs requirements that the site runs without.
    try:
        return importlib.import_module(TRAININGS[name]).main
    except ModuleNotFoundError as error:
        raise CommandError(
            f"{error.name} is missing: install the training tools with "
            "`pip install -r requirements-training.txt`."
        ) from error
