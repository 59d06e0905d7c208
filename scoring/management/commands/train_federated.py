"""`manage.py train_federated --data TABLE --target COLUMN --out DIR`: branches that share sums.

One command starts a server and the branches as processes, trains scorecard and neural network
across them, stops all of them, and writes the report.
"""

import importlib
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

CHOSEN = (
    "target", "positive", "branches", "split_by", "split", "secure", "seed", "allow_synthetic",
)  # fmt: skip


class Command(BaseCommand):
    """Trains across branches on this machine and reports it beside training in one place."""

    help = "Train scorecard and network across branches; rows stay in their branch."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--data", type=Path, required=True, help="the table to deal out")
        parser.add_argument("--target", required=True, help="the column to predict")
        parser.add_argument("--out", type=Path, required=True, help="folder for the results")
        parser.add_argument("--positive", help="the target's value that counts as the event")
        parser.add_argument("--drop", default="", help="columns to leave out: A,B")
        parser.add_argument("--branches", type=int, default=3)
        parser.add_argument("--split-by", help="column by which rows are dealt out, in quantiles")
        parser.add_argument("--split", type=Path, help="CSV with row, split: train or test")
        parser.add_argument("--secure", action="store_true", help="the server sees masked sums")
        parser.add_argument("--epsilon", type=float, help="privacy budget of a row, at δ = 0.00001")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument(
            "--allow-synthetic", action="store_true",
            help="learn also from rows that are marked as synthetic",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        epsilon = options["epsilon"]
        if epsilon is not None and not 0 < epsilon < float("inf"):
            raise CommandError("--epsilon is a number above 0")
        try:
            # Imported on use: training needs requirements that the site runs without.
            run = importlib.import_module("scoring.training.federated.command")
        except ModuleNotFoundError as error:
            raise CommandError(
                f"{error.name} is missing: install the training tools with "
                "`pip install -r requirements-training.txt`."
            ) from error
        choice = {key: options[key] for key in CHOSEN}
        drop = [name.strip() for name in options["drop"].split(",") if name.strip()]
        try:
            told = run.main(
                options["data"],
                options["out"],
                self.stderr.write,
                **choice,
                drop=drop,
                epsilon=epsilon,
            )
        except run.FAILURES as error:
            raise CommandError(str(error)) from error
        self.stdout.write(told)
