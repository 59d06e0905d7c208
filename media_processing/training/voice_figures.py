"""The figures of the voice network's card, each through the product's own front end.

``python -m media_processing.training.voice_figures DATA OUT.json``
"""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from media_processing.analysis.audio import FloatArray
from media_processing.modalities.voice import find_speech, hear, recording_probabilities
from media_processing.training.class_metrics import (
    confusion_matrix,
    expected_calibration_error,
    restricted_uar,
    unweighted_average_recall,
)
from media_processing.training.voice_corpora import (
    CLASSES,
    MEASURED_ONLY,
    TAUGHT,
    Clip,
    read_clips,
    read_sounds,
)

WEIGHTS_DIR = Path(__file__).resolve().parent.parent / "weights"
# The groups of classes for which the corpora's published floors were measured.
GROUPS = {
    "4": ("angry", "happy", "neutral", "sad"),
    "6": ("angry", "fear", "happy", "neutral", "sad", "surprise"),
    "7": ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise"),
    "8": CLASSES,
}
SPEECH = ("ravdess", "nemo", "casia", "ased")


@dataclass(frozen=True, slots=True)
class Heard:
    """Clips with what the network says of them: (clips, classes), NaN where nothing was heard."""

    clips: Sequence[Clip]
    probabilities: npt.NDArray[np.float64]

    def truth(self) -> npt.NDArray[np.int64]:
        return np.array([CLASSES.index(clip.label) for clip in self.clips])

    def select(self, keep: npt.NDArray[np.bool_]) -> "Heard":
        kept = [clip for clip, chosen in zip(self.clips, keep, strict=True) if chosen]
        return Heard(kept, self.probabilities[keep])


def hear_corpus(
    data: Path,
    corpus: str,
    splits: Sequence[str],
    degrade: Callable[[FloatArray], FloatArray] | None = None,
) -> Heard:
    """Return what the product hears in the clips of some splits, degraded first if asked."""
    clips = [clip for clip in read_clips(data, corpus) if clip.split in splits]
    rows = []
    for _, samples in read_sounds(data, clips):
        speech = find_speech(degrade(samples) if degrade else samples, WEIGHTS_DIR)
        heard = recording_probabilities(speech, hear(speech, WEIGHTS_DIR))
        rows.append(np.full(len(CLASSES), np.nan) if heard is None else heard)
    return Heard(clips, np.stack(rows))


def group_figures(heard: Heard) -> dict[str, Any]:
    """Return UAR and n per group of classes, the decision taken among them; unheard is wrong."""
    truth = heard.truth()
    present = {CLASSES[index] for index in np.unique(truth)}
    # An unheard clip gets a probability nowhere but outside the group, and so is never right.
    filled = np.where(np.isnan(heard.probabilities), -1.0, heard.probabilities)
    figures = {}
    for name, labels in GROUPS.items():
        if set(labels) <= present:
            uar, count = restricted_uar(filled, truth, [CLASSES.index(one) for one in labels])
            figures[name] = {"uar": round(100 * uar, 1), "n": count}
    return figures


def open_figures(heard: Heard) -> dict[str, Any]:
    """Return the figures of the open decision among all classes, per class, sex and speaker."""
    truth, unheard = heard.truth(), np.isnan(heard.probabilities[:, 0])
    known = ~unheard
    predicted = np.where(unheard, -1, np.nan_to_num(heard.probabilities).argmax(axis=1))
    return {
        "n": len(truth),
        "unheard": int(unheard.sum()),
        "uar": _uar(truth, predicted),
        "ece": round(
            expected_calibration_error(heard.probabilities[known], truth[known], bins=10), 3
        ),
        "per_class": {
            CLASSES[index]: _recall(predicted[truth == index], index) for index in np.unique(truth)
        },
        # Rows are the truth, columns the answer; what was not heard stands in no column.
        "confusion": confusion_matrix(truth[known], predicted[known], len(CLASSES)).tolist(),
        "per_sex": _by([clip.sex for clip in heard.clips], truth, predicted),
        "per_speaker": _by([clip.speaker for clip in heard.clips], truth, predicted),
    }


def _recall(predicted: npt.NDArray[np.int64], wanted: int) -> dict[str, Any]:
    return {"recall": round(100 * float((predicted == wanted).mean()), 1), "n": len(predicted)}


def _uar(truth: npt.NDArray[np.int64], predicted: npt.NDArray[np.int64]) -> float:
    # One column more than classes takes what was not heard.
    counts = confusion_matrix(
        truth, np.where(predicted < 0, len(CLASSES), predicted), len(CLASSES) + 1
    )
    return round(100 * unweighted_average_recall(counts), 1)


def _by(
    keys: Sequence[str], truth: npt.NDArray[np.int64], predicted: npt.NDArray[np.int64]
) -> dict[str, Any]:
    groups = {}
    for key in sorted({key for key in keys if key}):
        inside = np.array([other == key for other in keys])
        groups[key] = {"uar": _uar(truth[inside], predicted[inside]), "n": int(inside.sum())}
    return groups


def figures(data: Path) -> dict[str, Any]:
    """Return every figure of the card, for the corpora under ``data``."""
    heard = {corpus: hear_corpus(data, corpus, ("test",)) for corpus in TAUGHT}
    everything = {
        corpus: hear_corpus(data, corpus, ("train", "val", "test")) for corpus in MEASURED_ONLY
    }
    heard |= {corpus: _test_split(one) for corpus, one in everything.items()}
    report: dict[str, Any] = {
        name: {"open": open_figures(one), "groups": group_figures(one)}
        for name, one in [
            *heard.items(),
            *((f"{name}, all clips", one) for name, one in everything.items()),
            ("pooled, taught", _pooled([heard["ravdess"], heard["nemo"]])),
            ("pooled, speech", _pooled([heard[corpus] for corpus in SPEECH])),
        ]
    }
    return report


def _test_split(heard: Heard) -> Heard:
    return heard.select(np.array([clip.split == "test" for clip in heard.clips]))


def _pooled(parts: Sequence[Heard]) -> Heard:
    return Heard(
        [clip for part in parts for clip in part.clips],
        np.concatenate([part.probabilities for part in parts]),
    )


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(json.dumps(figures(Path(sys.argv[1])), indent=1), encoding="utf-8")
