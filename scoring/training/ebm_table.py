"""The explainable boosting machine as JSON: steps per input, and tables over pairs of inputs."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from scoring.training.ebm import ExplainableBoosting
from scoring.training.encodings import OTHER

FloatArray = npt.NDArray[np.float64]


def ebm_content(
    estimator: ExplainableBoosting, inputs: Sequence[dict[str, Any]], source: dict[str, Any]
) -> dict[str, Any]:
    """Return log-odds of *good*: an intercept, step functions, and tables over pairs."""
    slope, offset = (
        estimator.calibrator_.coefficients if estimator.calibrator_.kind == "platt" else (1.0, 0.0)
    )
    machines = [member.machine_ for member in estimator.members_]
    return _additive([_Machine(each) for each in machines], inputs, (-slope, -offset), source)


def class_parts(
    estimator: ExplainableBoosting, inputs: Sequence[dict[str, Any]], source: dict[str, Any]
) -> list[dict[str, Any]]:
    """Return for each of more than two classes what adds up to its logit."""
    machines = [member.machine_ for member in estimator.members_]
    offsets = estimator.calibrator_.coefficients or (0.0,) * estimator.classes_
    return [
        _additive([_Machine(each, place) for each in machines], inputs, (1.0, offset), source)
        for place, offset in enumerate(offsets)
    ]


class _Machine:
    """One machine as seen from one class; from the event where there are two."""

    def __init__(self, machine: Any, of_class: int | None = None) -> None:
        self.bins_ = machine.bins_
        self.term_features_ = machine.term_features_
        self.intercept = float(machine.intercept_[of_class or 0])
        scores = [np.asarray(each, dtype=np.float64) for each in machine.term_scores_]
        self.term_scores_ = scores if of_class is None else [each[..., of_class] for each in scores]


def _additive(
    machines: Sequence[_Machine],
    inputs: Sequence[dict[str, Any]],
    line: tuple[float, float],
    source: dict[str, Any],
) -> dict[str, Any]:
    """Return the mean of machines, each score times a slope, and an offset."""
    slope, offset = line
    intercept = float(np.mean([machine.intercept for machine in machines]))
    return {
        "name": "ebm",
        "version": "1",
        "intercept_log_odds": slope * intercept + offset,
        "inputs": list(inputs),
        "characteristics": [
            _steps(machines, place, each, slope, source) for place, each in enumerate(inputs)
        ],
        "pairs": _pairs(machines, slope),
    }


def _steps(
    machines: Sequence[_Machine],
    place: int,
    described: dict[str, Any],
    slope: float,
    source: dict[str, Any],
) -> dict[str, Any]:
    """Return the mean step function of one input over all the machines' edges."""
    edges = np.unique(np.concatenate([machine.bins_[place][0] for machine in machines]))
    values, missing = np.zeros(len(edges) + 1), 0.0
    for machine in machines:
        scores = _term(machine, (place,))
        inside = np.searchsorted(machine.bins_[place][0], _within(edges), side="right")
        values += scores[1 + inside] / len(machines)
        missing += scores[0] / len(machines)
    bounds = [None, *map(float, edges), None]
    bins = [_bin(bounds[n], bounds[n + 1], slope * value) for n, value in enumerate(values)]
    texts = {}
    if described["levels"] is not None:
        for level, rank in described["levels"].items():
            step = float(values[np.searchsorted(edges, rank, side="right")])
            texts[level] = _bin(None, None, slope * step)
        bins = [texts[OTHER]]
    return {
        "name": described["name"],
        "reads": described["reads"],
        "unit": "",
        "source": source,
        "bins": bins,
        "missing": texts.get(OTHER) or _bin(None, None, slope * missing),
        "texts": texts,
    }


def _within(edges: FloatArray) -> FloatArray:
    """Return one value inside each bin of rising edges."""
    if not len(edges):
        return np.zeros(1)
    return np.concatenate([[edges[0] - 1], edges])


def _bin(lower: float | None, upper: float | None, log_odds: float) -> dict[str, Any]:
    return {"lower": lower, "upper": upper, "log_odds": float(log_odds), "share": 0.0}


def _term(machine: Any, places: tuple[int, ...]) -> FloatArray:
    """Return a term's scores, zeros where the machine has no such term."""
    for number, term in enumerate(machine.term_features_):
        if tuple(term) == places:
            return np.asarray(machine.term_scores_[number], dtype=np.float64)
    sizes = [len(_pair_edges(machine, place)) + 3 for place in places]
    return np.zeros(sizes)


def _pair_edges(machine: Any, place: int) -> FloatArray:
    bins = machine.bins_[place]
    return np.asarray(bins[1] if len(bins) > 1 else bins[0], dtype=np.float64)


def _pairs(machines: Sequence[_Machine], slope: float) -> list[dict[str, Any]]:
    found = sorted({tuple(t) for m in machines for t in m.term_features_ if len(t) == 2})
    return [_pair(machines, pair, slope) for pair in found]


def _pair(machines: Sequence[_Machine], pair: tuple[int, ...], slope: float) -> dict[str, Any]:
    """Return the mean table of a pair; its first row and column are for missing values."""
    edges = [
        np.unique(np.concatenate([_pair_edges(machine, place) for machine in machines]))
        for place in pair
    ]
    total = np.zeros([len(each) + 2 for each in edges])
    for machine in machines:
        scores = _term(machine, pair)
        index = [
            np.concatenate(
                [[0], 1 + np.searchsorted(_pair_edges(machine, place), _within(e), side="right")]
            )
            for place, e in zip(pair, edges, strict=True)
        ]
        total += scores[np.ix_(*index)] / len(machines)
    return {
        "inputs": list(map(int, pair)),
        "edges": [each.tolist() for each in edges],
        "log_odds": (slope * total).tolist(),
    }
