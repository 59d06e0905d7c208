"""`manage.py train_model NAME …`: face, voice, gait, fusion, scorecard, german, and more.

Each training is a module with ``main(data, out, seed, *, …)``. An option of the command reaches
it as the keyword of the same name; one that its ``main`` does not take is refused. ``classifier``
with ``--target`` learns from any table instead of from the data of the release.
"""

import inspect
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from scoring.management.training_tools import load

TRAININGS = {
    "face": "media_processing.training.face_emotion",
    "voice": "media_processing.training.voice_emotion",
    "gait": "media_processing.training.gait_i3d",
    "speaker": "media_processing.training.speaker",
    "fusion": "media_processing.training.fusion",
    "scorecard": "scoring.training.scorecard",
    "business_scorecard": "scoring.training.business_scorecard",
    "classifier": "scoring.training.classifier",
    "german": "scoring.training.german_credit",
    "synthesiser": "scoring.training.synthesiser.train",
    "german_encrypted": "scoring.training.encrypted.german",
}
OWN_TABLE = "scoring.training.own_table"
LAYOUTS = "media_processing.training.layouts"
ENTRIES = "media_processing.training.manifest_entries"
DESCRIBING = "media_processing.training.describing"
# Options that not every training takes; --layout reaches a training as ``source``.
OPTIONS: dict[str, dict[str, Any]] = {
    "start_from": {"type": Path, "metavar": "FILE", "help": "weights to start from"},
    "folds": {"type": int, "metavar": "N", "help": "cross-validate over person-disjoint folds"},
    "corpora": {"metavar": "CORPUS", "help": "the corpus whose --folds are left out in turn"},
    "epochs": {"type": int, "metavar": "N", "help": "passes over the data"},
    "target": {"metavar": "COLUMN", "help": "the column to predict; --data is a table then"},
    "positive": {"metavar": "VALUE", "help": "the target's value that counts as the event"},
    "drop": {"metavar": "A,B", "help": "columns to leave out"},
    "protected": {"metavar": "A,B", "help": "protected columns; they are left out"},
    "group": {"metavar": "COLUMN", "help": "column whose groups stay in one fold"},
    "repeats": {"type": int, "metavar": "N", "help": "repeats of the folds"},
    "tokens": {"action": "store_true", "default": None, "help": "--data is a table of tokens"},
    "tenant": {"metavar": "NAME", "help": "whose tokens they are"},
    "budget_s": {"type": float, "metavar": "SECONDS", "help": "time budget of the whole run"},
    "processes": {"type": int, "metavar": "N", "help": "how many fits run at a time"},
    "epsilon": {"type": float, "metavar": "E", "help": "differential privacy of a synthesiser"},
    "allow_synthetic": {
        "action": "store_true",
        "default": None,
        "help": "learn also from rows that are marked as synthetic",
    },
    "class_weight": {
        "choices": ("none", "balanced"),
        "help": "let every class weigh the same while learning; probabilities stay true",
    },
    "trend": {
        "choices": ("one_turn", "monotone"),
        "help": "whether the risk of a scorecard's bins may turn once",
    },
    "reject_inference": {
        "action": "store_true",
        "default": None,
        "help": "rows without an outcome are refused applicants; infer how they would have done",
    },
}


class Command(BaseCommand):
    """Trains one network or estimator and writes weights and figures to a folder."""

    help = "Train a network or an estimator on a data directory."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help=", ".join(TRAININGS))
        parser.add_argument("--data", type=Path, required=True, help="data directory")
        parser.add_argument("--out", type=Path, required=True, help="folder for the results")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--layout", help="the published folder layout of --data, as raf-db")
        for name, settings in OPTIONS.items():
            parser.add_argument(_flag(name), dest=name, **settings)

    def handle(self, *args: Any, **options: Any) -> None:
        name, data, out = options["name"], options["data"], options["out"]
        if name not in TRAININGS:
            can = ", ".join(TRAININGS)
            raise CommandError(f"{name!r} cannot be trained in this version. It can train: {can}.")
        if not data.exists():
            raise CommandError(f"there is no data directory {data}")
        given = {key: options[key] for key in OPTIONS if options[key] is not None}
        try:
            out.mkdir(parents=True, exist_ok=True)
            train = _training(name, options["layout"], data, out, given)
            train(data, out, options["seed"], **given)
            if "source" in given:
                self._describe(given["source"].terms, options)
        except FileNotFoundError as error:
            raise CommandError(_missing(error)) from error
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{name}: results are in {out}")

    def _describe(self, terms: Any, options: dict[str, Any]) -> None:
        """Write what belongs beside the weights; warn where the terms forbid commercial use."""
        if options["start_from"] is not None:
            terms = load(ENTRIES).begun_from(terms, options["start_from"])
        given = {key: options[key] for key in ("layout", "data", "out", "seed")}
        load(DESCRIBING).describe(options["name"], terms=terms, **given)
        if not terms.commercial:
            self.stderr.write(
                "These weights may not be used commercially. They learnt from "
                f"{terms.data_set}, and carry its terms: {terms.licence}."
            )


def _missing(error: FileNotFoundError) -> str:
    # Only what the system itself raises names a file apart from its message.
    if error.filename is None:
        return str(error)
    path = Path(error.filename)
    return f"{path.name} is not in {path.parent}"


def _training(
    name: str, layout: str | None, data: Path, out: Path, given: dict[str, Any]
) -> Callable[..., None]:
    """Return the training after its options were checked; ``given`` gets the source."""
    path = OWN_TABLE if name == "classifier" and "target" in given else TRAININGS[name]
    if layout is not None:
        layouts = load(LAYOUTS)
        path = layouts.find_layout(name, layout).training or path
        given["source"] = layouts.open_layout(name, layout, data, out / "crops")
    train: Callable[..., None] = load(path).main
    _refuse_unknown(name, train, given)
    return train


def _refuse_unknown(name: str, train: Callable[..., None], given: dict[str, Any]) -> None:
    parameters = inspect.signature(train).parameters
    unknown = [_flag(key) for key in given if key not in parameters]
    if unknown:
        can = ", ".join(_flag(key) for key in ("source", *OPTIONS) if key in parameters)
        raise CommandError(
            f"the training of {name} does not take {', '.join(unknown)}; "
            f"beside --data, --out and --seed it takes {can or 'nothing'}."
        )


def _flag(option: str) -> str:
    return "--layout" if option == "source" else f"--{option.replace('_', '-')}"
