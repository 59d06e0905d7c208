"""The report of every evaluation: what was right, how sure that is, and how well calibrated."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from media_processing.training.bootstrap import score_intervals
from media_processing.training.class_metrics import calibration_error


@dataclass(frozen=True, slots=True)
class Answer:
    """The label that was decided for, with its share among those that could be, 0…1."""

    label: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Judged:
    """A sample's true label with the answer to it, None where nothing could be read.

    ``person`` says whose sample it is, empty where nobody wrote it down.
    """

    truth: str
    answer: Answer | None
    person: str = ""

    @property
    def is_right(self) -> bool:
        return self.answer is not None and self.answer.label == self.truth


def report(samples: Sequence[Judged], labels: Sequence[str]) -> dict[str, Any]:
    """Return the figures of a classifier over the samples whose true label is in ``labels``.

    What could not be read counts in ``n`` and ``n_failed`` and as wrong, in no column of the
    confusion (rows the truth). So does an answered label outside ``labels``, without being a
    failure. ``ece`` is over what could be read; the intervals draw people again, or files where
    not every sample names its person (``ci_unit``, ``ci_units``).
    """
    counted = [sample for sample in samples if sample.truth in labels]
    return {**_scores(counted, labels), "ece": _calibration(counted), **_intervals(counted)}


def _scores(samples: Sequence[Judged], labels: Sequence[str]) -> dict[str, Any]:
    counts = np.zeros((len(labels), len(labels)), dtype=np.int64)
    for sample in samples:
        if sample.answer is not None and sample.answer.label in labels:
            counts[labels.index(sample.truth), labels.index(sample.answer.label)] += 1
    totals = np.array([sum(sample.truth == label for sample in samples) for label in labels])
    recalls = np.diag(counts) / np.maximum(totals, 1)
    return {
        "n": len(samples),
        "n_failed": sum(sample.answer is None for sample in samples),
        "accuracy": float(np.trace(counts) / max(len(samples), 1)),
        "uar": float(recalls[totals > 0].mean()) if samples else 0.0,
        "per_class": {
            label: {"recall": float(recall), "n": int(total)}
            for label, recall, total in zip(labels, recalls, totals, strict=True)
            if total
        },
        "confusion": counts.tolist(),
        "labels": list(labels),
    }


def _calibration(samples: Sequence[Judged]) -> float | None:
    """Return the expected calibration error, None where nothing could be read."""
    read = [(s.answer.confidence, s.is_right) for s in samples if s.answer is not None]
    if not read:
        return None
    confidence, correct = zip(*read, strict=True)
    return calibration_error(np.array(confidence), np.array(correct))


def _intervals(samples: Sequence[Judged]) -> dict[str, Any]:
    if not samples:
        return {}
    by_person = all(sample.person for sample in samples)
    units = [s.person if by_person else str(place) for place, s in enumerate(samples)]
    truths, right = [s.truth for s in samples], [s.is_right for s in samples]
    accuracy, uar = score_intervals(truths, right, units)
    return {
        "accuracy_ci": list(accuracy),
        "uar_ci": list(uar),
        "ci_unit": "person" if by_person else "file",
        "ci_units": len(set(units)),
    }
