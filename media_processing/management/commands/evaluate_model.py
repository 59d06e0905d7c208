"""`manage.py evaluate_model face|voice|gait|credit`: measure on labelled data, print JSON."""

import json
import tempfile
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from media_processing.inference.manifest import WeightsError, read_manifest
from media_processing.inference.overlay import Placed, overlay
from media_processing.selectors import WEIGHTS_DIR
from scoring.management.training_tools import load

EVALUATIONS = {
    "face": "media_processing.training.evaluate_face",
    "voice": "media_processing.training.evaluate_voice",
    "gait": "media_processing.training.evaluate_gait",
    "credit": "scoring.training.evaluate_credit",
}
SHARED = "media_processing.training.evaluation"


class Command(BaseCommand):
    """Measures one network, or the credit estimators, against labelled data."""

    help = "Measure a network or the credit estimators on labelled data."

    def add_arguments(self, parser: ArgumentParser) -> None:
        kinds = parser.add_subparsers(dest="kind", required=True, metavar="face|voice|gait|credit")
        for kind in ("face", "voice", "gait"):
            _add_network_options(kinds.add_parser(kind), kind)
        _add_credit_options(kinds.add_parser("credit"))

    def handle(self, *args: Any, **options: Any) -> None:
        evaluate = _evaluate_credit if options["kind"] == "credit" else _evaluate_network
        figures = evaluate(options)
        indent = None if options["json"] else 2
        self.stdout.write(json.dumps(figures, indent=indent))


def _add_network_options(parser: ArgumentParser, kind: str) -> None:
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--dataset", help="a known pack under --root")
    source.add_argument("--data", type=Path, help="CSV with file,label[,split]")
    source.add_argument("--layout", help="--root is laid out as this set is published")
    parser.add_argument("--root", type=Path, required=True, help="folder or zip with the files")
    parser.add_argument("--label-column", default="label")
    parser.add_argument("--split", help="use only these rows")
    parser.add_argument("--labels", choices=("native", "seven"), default="seven")
    parser.add_argument("--limit", type=_count, help="only N of the rows, evenly spaced")
    parser.add_argument("--among", default="", help="let only these labels, comma separated, count")
    parser.add_argument(
        "--weights", type=Path, help="folder with manifest.toml and weights of your own"
    )
    parser.add_argument("--json", action="store_true", help="one line of JSON")
    if kind == "face":
        parser.add_argument("--cropped", action="store_true", help="pictures are face crops")
    if kind == "gait":
        parser.add_argument("--estimator", choices=("i3d", "kinematics"), default="i3d")


def _add_credit_options(parser: ArgumentParser) -> None:
    parser.add_argument("--csv", type=Path, required=True)
    parser.add_argument("--target", required=True, help="column to predict")
    parser.add_argument("--positive", help="the value that counts as the event")
    parser.add_argument("--drop", default="", help="columns to leave out, comma separated")
    parser.add_argument("--protected", default="", help="protected columns, comma separated")
    parser.add_argument("--group", help="column whose groups stay in one fold")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--budget-s", type=float, default=900.0, help="seconds for the whole")
    parser.add_argument("--processes", type=_count, help="how many fits run at a time")
    parser.add_argument("--json", action="store_true", help="one line of JSON")


def _evaluate_network(options: dict[str, Any]) -> dict[str, Any]:
    shared = load(SHARED)
    request = shared.EvaluationRequest(
        root=options["root"],
        dataset=options["dataset"],
        table=options["data"],
        layout=options["layout"],
        label_column=options["label_column"],
        split=options["split"],
        labels=options["labels"],
        cropped=options.get("cropped", False),
        estimator=options.get("estimator"),
        limit=options["limit"],
        among=_names(options["among"]),
    )
    module = load(EVALUATIONS[options["kind"]])
    try:
        with _folder_with(options["weights"]) as weights_dir:
            figures: dict[str, Any] = module.evaluate(request, weights_dir)
    except (shared.EvaluationError, WeightsError) as error:
        raise CommandError(str(error)) from error
    return figures


@contextmanager
def _folder_with(own_dir: Path | None) -> Iterator[Path]:
    """Give the shipped weights, with those of a folder of one's own in their places."""
    own = [Placed(entry, own_dir) for entry in read_manifest(own_dir).values()] if own_dir else []
    with tempfile.TemporaryDirectory() as folder:
        yield overlay(WEIGHTS_DIR, own, Path(folder))


def _evaluate_credit(options: dict[str, Any]) -> dict[str, Any]:
    if not options["csv"].is_file():
        raise CommandError(f"there is no table {options['csv']}")
    module = load(EVALUATIONS["credit"])
    try:
        figures: dict[str, Any] = module.evaluate(
            options["csv"],
            target=options["target"],
            positive=options["positive"],
            drop=_names(options["drop"]),
            protected=_names(options["protected"]),
            group=options["group"],
            folds=options["folds"],
            repeats=options["repeats"],
            seed=options["seed"],
            budget_s=options["budget_s"],
            processes=options["processes"],
        )
    except ValueError as error:
        raise CommandError(str(error)) from error
    return figures


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())
