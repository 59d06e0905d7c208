"""`manage.py synthesis_report --data … --out DIR`: what synthetic rows are worth, what they risk.

The report is made part by part and goes on where it was cut off. With a trained synthesiser in the
same folder it is written beside it, named in the manifest, and told on the card.
"""

import logging
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from scoring.management.training_tools import load

PACKAGE = "scoring.training.synthesiser"


class Command(BaseCommand):
    """Measures the training of a synthesiser over seeds, shadows and epsilons."""

    help = "Measure usefulness, likeness and privacy of synthetic rows."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--data", type=Path, required=True, help="folder or table")
        parser.add_argument("--out", type=Path, required=True, help="folder for the results")
        parser.add_argument("--work", type=Path, help="folder of the parts; default: OUT")
        parser.add_argument("--target", metavar="COLUMN")
        parser.add_argument("--positive", metavar="VALUE")
        parser.add_argument("--drop", default="", metavar="A,B", help="columns to leave out")
        parser.add_argument(
            "--allow-synthetic", action="store_true",
            help="measure also on rows that are marked as synthetic",
        )  # fmt: skip
        parser.add_argument("--seeds", type=int, default=5, help="folds left out in turn, 2 to 5")
        parser.add_argument("--shadows", type=int, default=32, help="0: none; else at least 8")
        parser.add_argument("--epsilons", default="1,3,8", metavar="E,E", help="empty: none")

    def handle(self, *args: Any, **options: Any) -> None:
        logging.getLogger(PACKAGE).setLevel(logging.INFO)
        report, source, exporting, card = (
            load(f"{PACKAGE}.{name}") for name in ("report", "source", "exporting", "card")
        )
        try:
            read = source.read_source(
                options["data"],
                target=options["target"],
                positive=options["positive"],
                drop=[name.strip() for name in options["drop"].split(",") if name.strip()],
                allow_synthetic=options["allow_synthetic"],
            )
            out = options["out"]
            exporting.check_columns(read, out)
            plan = report.Plan(
                seeds=_between(options["seeds"], 2, 5, "--seeds"),
                shadows=options["shadows"],
                epsilons=[float(each) for each in options["epsilons"].split(",") if each],
            )
            out.mkdir(parents=True, exist_ok=True)
            content = report.make(read, out, plan, options["work"] or out)
        except ValueError as error:
            raise CommandError(str(error)) from error
        if (out / exporting.COLUMNS).is_file():
            card.write(out)
            exporting.register_report(read, out)
        self._tell(content, out)

    def _tell(self, content: dict[str, Any], out: Path) -> None:
        for bar in content["bars"]:
            word = "met" if bar["met"] else "MISSED"
            self.stdout.write(f"{bar['figure']}: {bar['value']:g} (limit {bar['limit']:g}) {word}")
        self.stdout.write(f"synthesis_report: the report is in {out}")


def _between(value: int, low: int, high: int, name: str) -> int:
    if not low <= value <= high:
        raise ValueError(f"{name} lies between {low} and {high}")
    return value
