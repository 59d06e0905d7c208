"""The figures of a model card that ``manage.py evaluate_model`` can measure again.

Beside each card lies ``<network>.figures.json``: the network, the version of its weights, and
for each figure the arguments that measure it and what came out; see docs/guides/training.md.

``python -m media_processing.training.card_figures NAME --root DATA`` measures every figure of a
network again and says which differ; ``--slices`` only their slices, ``--write`` keeps the result.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
WEIGHTS_DIR = ROOT / "media_processing" / "weights"
# What a printed figure may differ by: cards round to three digits.
ROUNDING = 5e-4
TOLERANCE = 1e-6
# How sure and how well calibrated a figure is: told where it was measured.
BESIDE = ("ece", "accuracy_ci", "uar_ci", "ci_unit", "ci_units")


class FiguresError(ValueError):
    """A figures file does not follow the format; the message says where."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one run gave: samples that counted, accuracy and mean class recall, both 0…1.

    ``beside`` holds those of :data:`BESIDE` that the run told: they are kept, and never compared.
    """

    n: int
    accuracy: float
    uar: float
    beside: Mapping[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of a card. ``evaluate`` are arguments of evaluate_model without --root and --json.

    ``limit`` and ``sliced`` are a slice of the same rows, small enough for every test run.
    """

    name: str
    evaluate: tuple[str, ...]
    whole: Measured
    limit: int | None = None
    sliced: Measured | None = None


@dataclass(frozen=True, slots=True)
class CardFigures:
    network: str
    version: str
    figures: tuple[Figure, ...]


Measure = Callable[[Figure, Path, int | None], dict[str, Any]]


def figures_path(name: str, weights_dir: Path = WEIGHTS_DIR) -> Path:
    return weights_dir / f"{name}.figures.json"


def read_figures(path: Path) -> CardFigures:
    """Return the figures of a card. Raises FiguresError where the file does not fit the format."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        figures = tuple(_figure(entry) for entry in content["figures"])
        return CardFigures(str(content["network"]), str(content["version"]), figures)
    except FileNotFoundError as error:
        raise FiguresError(f"there is no {path.name}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise FiguresError(f"{path.name}: {type(error).__name__} {error}") from error


def write_figures(card: CardFigures, path: Path) -> None:
    content = {
        "network": card.network,
        "version": card.version,
        "figures": [_as_json(figure) for figure in card.figures],
    }
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _figure(entry: Mapping[str, Any]) -> Figure:
    evaluate = tuple(str(argument) for argument in entry["evaluate"])
    if evaluate[0] not in {"face", "voice", "gait"} or {"--root", "--limit"} & set(evaluate):
        raise ValueError(f"{entry['name']}: evaluate cannot be {' '.join(evaluate)}")
    part = entry.get("slice")
    whole = _measured(entry, entry["n"])
    if part is None:
        return Figure(str(entry["name"]), evaluate, whole)
    limit = int(part["limit"])
    sliced = _measured(part, part.get("n", limit))
    return Figure(str(entry["name"]), evaluate, whole, limit, sliced)


def _measured(entry: Mapping[str, Any], n: int) -> Measured:
    measured = Measured(int(n), float(entry["accuracy"]), float(entry["uar"]), _beside(entry))
    if measured.n < 1 or not 0 <= measured.accuracy <= 1 or not 0 <= measured.uar <= 1:
        raise ValueError(f"{measured} is no measurement")
    return measured


def _beside(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key: entry[key] for key in BESIDE if entry.get(key) is not None}


def _as_json(figure: Figure) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": figure.name, "evaluate": list(figure.evaluate)}
    entry |= {"n": figure.whole.n, **_scores(figure.whole)}
    if figure.sliced is not None:
        # A walk of the slice may be seen by several cameras: then it has more samples than rows.
        count = {"n": figure.sliced.n} if figure.sliced.n != figure.limit else {}
        entry["slice"] = {"limit": figure.limit, **count, **_scores(figure.sliced)}
    return entry


def _scores(measured: Measured) -> dict[str, Any]:
    return {"accuracy": measured.accuracy, "uar": measured.uar, **measured.beside}


# --- measuring again ----------------------------------------------------------------------------


def arguments_of(figure: Figure, data: Path, limit: int | None) -> list[str]:
    """Return the arguments of evaluate_model; ``data`` holds a folder for each modality."""
    part = ["--limit", str(limit)] if limit else []
    return [*figure.evaluate, *part, "--root", str(data / figure.evaluate[0]), "--json"]


def evaluate(figure: Figure, data: Path, limit: int | None) -> dict[str, Any]:
    """Run the command that the card names and return its report."""
    command = [sys.executable, str(ROOT / "manage.py"), "evaluate_model"]
    done = subprocess.run(  # noqa: S603  # the arguments stand in the product's own file
        [*command, *arguments_of(figure, data, limit)], stdout=subprocess.PIPE, check=True
    )
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def measured_in(report: Mapping[str, Any]) -> Measured:
    return Measured(report["n"], report["accuracy"], report["uar"], _beside(report))


def worst_sample(report: Mapping[str, Any]) -> tuple[float, float]:
    """Return what accuracy and mean class recall lose with one more wrong sample, at most.

    Another processor rounds differently, and a sample on the edge may fall on the other side.
    """
    counts = [int(part["n"]) for part in report["per_class"].values()]
    return 1 / report["n"], 1 / (min(counts) * len(counts))


def fallen(report: Mapping[str, Any], expected: Measured) -> bool:
    """Say whether a report falls under a figure by more than one sample."""
    found = measured_in(report)
    accuracy_slack, uar_slack = worst_sample(report)
    return (
        found.n != expected.n
        or found.accuracy < expected.accuracy - accuracy_slack - TOLERANCE
        or found.uar < expected.uar - uar_slack - TOLERANCE
    )


def differs(found: Measured, expected: Measured) -> bool:
    """Say whether two measurements would print as different figures."""
    return (
        found.n != expected.n
        or abs(found.accuracy - expected.accuracy) > ROUNDING
        or abs(found.uar - expected.uar) > ROUNDING
    )


def measure_again(
    card: CardFigures, data: Path, *, slices: bool, measure: Measure = evaluate
) -> CardFigures:
    """Return the card with every figure measured anew (only the slices where ``slices``)."""
    return replace(
        card, figures=tuple(_again(figure, data, slices, measure) for figure in card.figures)
    )


def _again(figure: Figure, data: Path, slices: bool, measure: Measure) -> Figure:
    if figure.limit is not None:
        figure = replace(figure, sliced=measured_in(measure(figure, data, figure.limit)))
    if not slices:
        figure = replace(figure, whole=measured_in(measure(figure, data, None)))
    return figure


def differences(before: CardFigures, after: CardFigures) -> list[str]:
    """Return a sentence for every figure and slice that came out differently."""
    told = []
    for old, new in zip(before.figures, after.figures, strict=True):
        pairs = [("", old.whole, new.whole)]
        if old.sliced is not None and new.sliced is not None:
            pairs.append((f", slice of {old.limit}", old.sliced, new.sliced))
        told += [
            f"{old.name}{part}: {found}, the file says {expected}"
            for part, expected, found in pairs
            if differs(found, expected)
        ]
    return told


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Measure the figures of a model card again.")
    parser.add_argument("name", help="the network, as in the manifest")
    parser.add_argument("--root", type=Path, required=True, help="folder with face, voice, gait")
    parser.add_argument("--slices", action="store_true", help="only the slices")
    parser.add_argument("--write", action="store_true", help="keep what was measured")
    options = parser.parse_args(arguments)
    path = figures_path(options.name)
    before = read_figures(path)
    if not before.figures:
        parser.error(f"`evaluate_model` measures no figure of {options.name}; its training does")
    after = measure_again(before, options.root, slices=options.slices)
    if options.write:
        write_figures(after, path)
    told = differences(before, after)
    sys.stdout.write("\n".join(told or [f"{options.name}: every figure came out the same"]) + "\n")
    return 1 if told and not options.write else 0


if __name__ == "__main__":
    sys.exit(main())
