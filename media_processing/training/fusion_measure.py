"""Comparing ways to fuse on test people: every choice of modalities, clean and disturbed.

Intervals come from a bootstrap over the people, not over the pairs: speakers, faces and captured
walks are drawn with replacement, and a pair weighs as often as all its sources were drawn (the
pigeonhole bootstrap, Owen 2007, Annals of Applied Statistics 1:386).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from media_processing.analysis.fusion import (
    VOICE,
    FusionParameters,
    product_of_experts,
    reliability,
)
from media_processing.analysis.fusion_conflict import (
    INTERVAL_SHARE,
    affect,
    conflicts,
    spread,
    uncertainty,
)
from media_processing.analysis.fusion_windows import MODALITIES, WindowReadings
from media_processing.analysis.types import EMOTIONS, Modality
from media_processing.inference.labels import AROUSAL, VALENCE
from media_processing.training.class_metrics import confusion_matrix, expected_calibration_error
from media_processing.training.fusion_fit import EVEN
from media_processing.training.fusion_pairs import SUBSETS, Pairs, draw_pairs
from media_processing.training.fusion_sources import CONDITIONS, Outputs

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Fuse = Callable[[WindowReadings], FloatArray]

LABELS = len(EMOTIONS)
REPLICATES = 1000
PAIRS_PER_CONDITION = 3000
INTERVAL = (2.5, 97.5)
ALL = SUBSETS[-1]


@dataclass(frozen=True, slots=True)
class Cell:
    """One choice of modalities under one condition, every method on the same pairs.

    ``probabilities`` maps a method to (n, 7); ``hits`` is (n, methods).
    """

    condition: int
    kept: tuple[bool, bool, bool]
    pairs: Pairs
    probabilities: Mapping[str, FloatArray]

    @property
    def hits(self) -> npt.NDArray[np.bool_]:
        truth = self.pairs.labels
        return np.stack([p.argmax(axis=1) == truth for p in self.probabilities.values()], axis=1)


def cells_of(
    outputs: Mapping[Modality, Outputs], methods: Mapping[str, Fuse], rng: np.random.Generator
) -> list[Cell]:
    """Return every choice of modalities under every condition, fused by every method."""
    cells = []
    for condition in range(len(CONDITIONS)):
        pairs = draw_pairs(outputs, PAIRS_PER_CONDITION, rng, conditions=(condition,))
        for kept in SUBSETS:
            readings = pairs.subset(kept)
            fused = {name: fuse(readings) for name, fuse in methods.items()}
            cells.append(Cell(condition, kept, pairs, fused))
    return cells


class Bootstrap:
    """How often each speaker, face and walk was drawn, the same for every cell."""

    def __init__(self, outputs: Mapping[Modality, Outputs], rng: np.random.Generator) -> None:
        self._counts = [self._drawn(outputs[modality].groups, rng) for modality in MODALITIES]

    @staticmethod
    def _drawn(groups: IntArray, rng: np.random.Generator) -> IntArray:
        """Return (replicates, groups + 1) counts; groups are numbered from 0, with gaps."""
        present = np.unique(groups)
        counts = np.zeros((REPLICATES, present.max() + 1), np.int64)
        drawn = rng.choice(present, (REPLICATES, len(present)))
        np.add.at(counts, (np.arange(REPLICATES)[:, None], drawn), 1)
        return counts

    def recalls(self, cell: Cell) -> FloatArray:
        """Return (replicates, methods) unweighted average recall."""
        weights = np.ones((REPLICATES, len(cell.pairs.labels)))
        for place, kept in enumerate(cell.kept):
            if kept:
                weights *= self._counts[place][:, cell.pairs.groups[:, place]]
        return _average_recall(weights, cell)


def _average_recall(weights: FloatArray, cell: Cell) -> FloatArray:
    """Return the mean recall over the labels that have any weight: (rows, methods)."""
    is_label = np.eye(LABELS)[cell.pairs.labels]
    totals = weights @ is_label
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.stack(
            [
                np.nanmean((weights @ (is_label * hit[:, None])) / totals, axis=1)
                for hit in cell.hits.T
            ],
            axis=1,
        )


def average_recall(cell: Cell) -> FloatArray:
    """Return (methods,) unweighted average recall over all pairs."""
    return np.asarray(_average_recall(np.ones((1, len(cell.pairs.labels))), cell)[0])


def compare(cells: Sequence[Cell], bootstrap: Bootstrap) -> dict[str, Any]:
    """Return the mean recall of each method and the differences from the first one."""
    methods = list(cells[0].probabilities)
    found = np.stack([average_recall(cell) for cell in cells])
    drawn = np.stack([bootstrap.recalls(cell) for cell in cells])

    def part(chosen: Sequence[bool]) -> dict[str, Any]:
        rows = np.flatnonzero(chosen)
        return _figures(methods, found[rows].mean(axis=0), drawn[rows].mean(axis=0))

    return {
        "cells": [
            _cell_json(cell, methods, values, replicates)
            for cell, values, replicates in zip(cells, found, drawn, strict=True)
        ],
        "overall": part([True] * len(cells)),
        "by_subset": {
            name_of(kept): part([cell.kept == kept for cell in cells])
            for kept in SUBSETS
            if any(cell.kept == kept for cell in cells)
        },
        "by_condition": {
            name: part([cell.condition == condition for cell in cells])
            for condition, name in enumerate(CONDITIONS)
            if any(cell.condition == condition for cell in cells)
        },
    }


def _cell_json(
    cell: Cell, methods: Sequence[str], values: FloatArray, replicates: FloatArray
) -> dict[str, Any]:
    return {
        "condition": CONDITIONS[cell.condition],
        "modalities": name_of(cell.kept),
        "n": len(cell.pairs.labels),
        **_figures(methods, values, replicates),
    }


def _figures(methods: Sequence[str], values: FloatArray, replicates: FloatArray) -> dict[str, Any]:
    return {
        "uar": {
            name: _interval(values[n], replicates[:, n]) for n, name in enumerate(methods)
        },
        "difference": {
            name: _interval(values[0] - values[n], replicates[:, 0] - replicates[:, n])
            for n, name in enumerate(methods)
            if n
        },
    }  # fmt: skip


def _interval(value: float, replicates: FloatArray) -> list[float]:
    low, high = np.nanpercentile(replicates, INTERVAL)
    return [round(float(number), 4) for number in (value, low, high)]


def name_of(kept: Sequence[bool]) -> str:
    return " + ".join(str(one) for one, is_kept in zip(MODALITIES, kept, strict=True) if is_kept)


def beats_both(comparison: Mapping[str, Any]) -> bool:
    """Say whether the first method ships: surely better overall, surely worse nowhere.

    The rule was fixed before anything was measured: over all conditions and choices of modalities
    the 95 % interval of its gain over each other method lies above 0, and for no choice of
    modalities does the interval lie below 0.
    """
    overall = comparison["overall"]["difference"].values()
    parts = [
        difference
        for figures in comparison["by_subset"].values()
        for difference in figures["difference"].values()
    ]
    return all(low > 0 for _, low, _ in overall) and all(high >= 0 for _, _, high in parts)


# --- beyond the strongest label -------------------------------------------------------------------


def quality_of(cells: Sequence[Cell]) -> dict[str, dict[str, float]]:
    """Return log loss and calibration error of each method, the mean over all cells."""
    methods = list(cells[0].probabilities)
    figures = {"log_loss": _log_loss, "ece": _calibration_error}
    return {
        name: {
            figure: round(float(np.mean([measure(cell, name) for cell in cells])), 4)
            for figure, measure in figures.items()
        }
        for name in methods
    }


def _log_loss(cell: Cell, name: str) -> float:
    rows = np.arange(len(cell.pairs.labels))
    given = cell.probabilities[name][rows, cell.pairs.labels]
    return float(-np.log(np.maximum(given, 1e-6)).mean())


def _calibration_error(cell: Cell, name: str) -> float:
    return expected_calibration_error(cell.probabilities[name], cell.pairs.labels, bins=10)


def confusion_of(cells: Sequence[Cell], name: str) -> IntArray:
    """Return the (7, 7) confusion of one method with all modalities, over all conditions."""
    total = np.zeros((LABELS, LABELS), np.int64)
    for cell in cells:
        if cell.kept == ALL:
            strongest = cell.probabilities[name].argmax(axis=1)
            total += confusion_matrix(cell.pairs.labels, strongest, LABELS)
    return total


def signs_of_doubt(cells: Sequence[Cell], parameters: FusionParameters) -> dict[str, float]:
    """Return how well uncertainty and intervals hold, over all cells.

    ``uncertainty_auc``: how often a wrong moment is less certain than a right one (0.5 says
    nothing). ``valence_covered`` and ``arousal_covered``: how often the interval holds the place
    of the true label in the plane of affect.
    """
    doubts, wrong, covered = [], [], {"valence": [], "arousal": []}
    for cell in cells:
        readings = cell.pairs.subset(cell.kept)
        fused = product_of_experts(readings, parameters, EVEN)
        doubts.append(uncertainty(fused, readings, parameters, EVEN))
        wrong.append(fused.argmax(axis=1) != cell.pairs.labels)
        weights = reliability(readings, parameters)
        for name, column, of_label in (
            ("valence", readings.valence, VALENCE),
            ("arousal", readings.arousal, AROUSAL),
        ):
            _, low, high = affect(column, spread(readings.probabilities, of_label), weights)
            truth = of_label[cell.pairs.labels]
            covered[name].append((low <= truth) & (truth <= high))
    return {
        "uncertainty_auc": round(_auc(np.concatenate(doubts), np.concatenate(wrong)), 4),
        "interval_share": INTERVAL_SHARE,
        **{
            f"{name}_covered": round(float(np.concatenate(found).mean()), 4)
            for name, found in covered.items()
        },
    }


def _auc(values: FloatArray, positive: npt.NDArray[np.bool_]) -> float:
    """Return how often a positive has the larger value (Mann and Whitney 1947)."""
    ranks = np.empty(len(values))
    ranks[np.argsort(values, kind="stable")] = np.arange(1, len(values) + 1)
    count = positive.sum()
    return float(
        (ranks[positive].sum() - count * (count + 1) / 2) / (count * (len(values) - count))
    )


def conflict_rates(
    outputs: Mapping[Modality, Outputs], parameters: FusionParameters, rng: np.random.Generator
) -> dict[str, dict[str, float]]:
    """Return in which share of test pairs a conflict of face and voice is marked.

    ``same`` are pairs of one label (each mark is a false alarm of this simulation), ``different``
    pairs of two labels.
    """
    rates = {}
    for condition, name in enumerate(CONDITIONS):
        first, second = (
            draw_pairs(outputs, PAIRS_PER_CONDITION, rng, conditions=(condition,)) for _ in "ab"
        )
        rates[name] = {
            "same": _marked(first.readings, parameters),
            "different": _marked(_voiced_by(first, second), parameters),
        }
    return rates


def _voiced_by(first: Pairs, second: Pairs) -> WindowReadings:
    """Return the readings of ``first`` with other labels' voices."""
    differs = first.labels != second.labels
    columns = [
        np.concatenate([faces[:, :VOICE], voices[:, [VOICE]], faces[:, VOICE + 1 :]], axis=1)
        for faces, voices in zip(_columns(first), _columns(second), strict=True)
    ]
    start_s, end_s = first.readings.start_s, first.readings.end_s
    return WindowReadings(start_s[differs], end_s[differs], *(c[differs] for c in columns))


def _columns(pairs: Pairs) -> list[FloatArray]:
    found = pairs.readings
    return [found.probabilities, found.valence, found.arousal, found.confidence, found.quality]


def _marked(readings: WindowReadings, parameters: FusionParameters) -> float:
    return round(float(conflicts(readings, parameters)[:, 0].mean()), 4)
