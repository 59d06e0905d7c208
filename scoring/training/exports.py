"""Writing what serves, as JSON or ONNX, and holding each file against the fitted estimator."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from scoring.engine.class_estimator import (
    ONE_AGAINST_THE_REST,
    SOFTMAX,
    class_probabilities_of,
)
from scoring.engine.scorecard import parse_scorecard
from scoring.engine.table_estimator import probabilities_of
from scoring.training import artifact_files, graphs
from scoring.training.ebm_table import class_parts, ebm_content
from scoring.training.tables import CODE_SUFFIX, MISSING, NO_CODE, CreditRows
from scoring.training.woe_scorecard import WoeScorecard, as_characteristic

FloatArray = npt.NDArray[np.float64]
FILES = {
    "scorecard": "scorecard.json",
    "boosting": "boosting.onnx",
    "ebm": "ebm.json",
    "neural": "neural.onnx",
}
# JSON of more than two classes has one part a class, and a name that says so.
CLASS_FILES = FILES | {"scorecard": "scorecard_classes.json", "ebm": "ebm_classes.json"}
PARITY_ROWS = 200
TENTHS = 10
# A file that differs by more is not the estimator that was measured.
LARGEST_DIFFERENCE = 1e-3


class ParityError(Exception):
    """A written file does not give what the fitted estimator gives."""


@dataclass(frozen=True)
class Origin:
    """Where an estimator comes from, and what its inputs are called where it serves.

    ``population`` holds values of each numeric input with their shares, None where missing.
    """

    data_set: str
    rows: int
    licence: str
    names: Mapping[str, str]
    population: Mapping[str, Sequence[tuple[float | None, float]]] = field(default_factory=dict)
    classes: tuple[str, ...] = ()

    @property
    def has_many_classes(self) -> bool:
        return len(self.classes) > 2

    def file_of(self, name: str) -> str:
        return (CLASS_FILES if self.has_many_classes else FILES)[name]

    @property
    def source(self) -> dict[str, Any]:
        return {
            "kind": "trained",
            "data_set": self.data_set,
            "rows": self.rows,
            "licence": self.licence,
        }

    def renamed(self, name: str) -> str:
        return self.names.get(name, name)


def write(name: str, estimator: Any, rows: CreditRows, origin: Origin, out: Path) -> float:
    """Write one estimator; return its largest difference from the fitted one on sample rows.

    Raises ParityError where the difference of probabilities is more than 0.001.
    """
    path = out / origin.file_of(name)
    origin = replace(origin, population=population_of(rows.features))
    _WRITERS[name](estimator, origin, path)
    difference = parity(path, estimator, rows, origin)
    if difference > LARGEST_DIFFERENCE:
        raise ParityError(f"{path.name} differs by {difference:.4f} from the fitted estimator")
    return difference


def _write_scorecard(estimator: WoeScorecard, origin: Origin, path: Path) -> None:
    if not origin.has_many_classes:
        artifact_files.write_json(path, scorecard_content(estimator, origin))
        return
    parts = [
        scorecard_content(estimator, origin, place) | {"event": name}
        for place, name in enumerate(origin.classes)
    ]
    _write_parts("scorecard", parts, origin, ONE_AGAINST_THE_REST, path)


def _write_parts(
    name: str, parts: list[dict[str, Any]], origin: Origin, link: str, path: Path
) -> None:
    head = {"name": name, "version": "1", "classes": list(origin.classes), "link": link}
    artifact_files.write_json(path, {**head, "parts": parts})


def scorecard_content(estimator: WoeScorecard, origin: Origin, place: int = 0) -> dict[str, Any]:
    """Return the scorecard's artifact, in log-odds of *good*; the policy scales it to points.

    With more than two classes, that of the class at ``place``, in log-odds of all the others.
    """
    part = estimator.parts_[place]
    characteristics = [
        as_characteristic(bins, points, origin.renamed(bins.name), origin.source)
        for bins, points in zip(part.bins_, part.points, strict=True)
    ]
    if origin.names:
        # The form asks for measurements, never for the codes of a table.
        characteristics = [{**each, "texts": {}} for each in characteristics]
    return {
        "name": "scorecard",
        "version": "1",
        "event": "the event of the table's target",
        "intercept_log_odds": round(part.intercept_, 6),
        "characteristics": characteristics,
    }


def _write_ebm(estimator: Any, origin: Origin, path: Path) -> None:
    inputs = _described(estimator, origin)
    if origin.has_many_classes:
        parts = class_parts(estimator, inputs, origin.source)
        _write_parts("ebm", parts, origin, SOFTMAX, path)
    else:
        artifact_files.write_json(path, ebm_content(estimator, inputs, origin.source))


def _write_graph(make: Callable[..., bytes]) -> Callable[..., None]:
    def write_one(estimator: Any, origin: Origin, path: Path) -> None:
        path.write_bytes(make(estimator, _described(estimator, origin), origin.classes))

    return write_one


_WRITERS: dict[str, Callable[[Any, Origin, Path], None]] = {
    "scorecard": _write_scorecard,
    "boosting": _write_graph(graphs.boosting_graph),
    "ebm": _write_ebm,
    "neural": _write_graph(graphs.neural_graph),
}


def _described(estimator: Any, origin: Origin) -> list[dict[str, Any]]:
    return [
        {
            **each,
            "name": origin.renamed(each["name"]),
            "population": origin.population.get(each["name"], ())
            if each["reads"] == "value"
            else (),
        }
        for each in estimator.encoding_.describe()
    ]


def population_of(features: pd.DataFrame) -> dict[str, list[tuple[float | None, float]]]:
    """Return the distribution of each numeric column: the middles of tenths, and what is missing.

    An explanation measures an applicant against it; it holds no row and no rare value.
    """
    return {
        name: _distribution(features[name]) for name in features if features[name].dtype.kind == "f"
    }


def _distribution(column: "pd.Series[float]") -> list[tuple[float | None, float]]:
    known = column.dropna()
    missing = 1 - len(known) / len(column)
    found: list[tuple[float | None, float]] = [(None, round(missing, 6))] if missing else []
    if not known.empty:
        middles = (np.arange(TENTHS) + 0.5) / TENTHS
        values = known.quantile(middles, interpolation="nearest").value_counts(sort=False)
        share = (1 - missing) / TENTHS
        found += [(float(value), round(share * int(n), 6)) for value, n in values.items()]
    return found


def parity(path: Path, estimator: Any, rows: CreditRows, origin: Origin) -> float:
    """Return the largest difference of probabilities between a file and the fitted estimator."""
    step = max(1, len(rows.features) // PARITY_ROWS)
    sample = rows.features.iloc[::step]
    if path.name == origin.file_of("scorecard") and origin.names:
        sample = sample[[each for each in sample if not each.endswith(CODE_SUFFIX)]].assign(
            **{each: NO_CODE for each in sample if each.endswith(CODE_SUFFIX)}
        )
    expected = estimator.predict_proba(sample)
    values = serving_values(sample, origin.renamed)
    if origin.has_many_classes:
        served = class_probabilities_of(path.name, path.read_bytes(), values)
    else:
        served, expected = _served(path.name, path.read_bytes(), values), expected[:, 1]
    return float(np.max(np.abs(expected - served)))


def _served(file: str, content: bytes, rows: list[dict[str, Any]]) -> FloatArray:
    if file == FILES["scorecard"]:
        card = parse_scorecard(artifact_files.loads(content))
        return np.array([1.0 / (1.0 + math.exp(card.log_odds(values))) for values in rows])
    return probabilities_of(file, content, rows)


def serving_values(
    rows: pd.DataFrame, renamed: Callable[[str], str]
) -> list[dict[str, float | str | None]]:
    """Return rows as they arrive where an estimator serves: numbers, codes and texts by name."""
    names = [name for name in rows if not name.endswith(CODE_SUFFIX)]
    found = []
    for row in rows.to_dict("records"):
        values: dict[str, float | str | None] = {}
        for name in names:
            value, code = row[name], row.get(f"{name}{CODE_SUFFIX}", NO_CODE)
            if isinstance(value, float) and math.isnan(value):
                value = None if code == NO_CODE else code
            values[renamed(name)] = None if value == MISSING else value
        found.append(values)
    return found
