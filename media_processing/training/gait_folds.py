"""Leave one content out: every walk is read by a network that saw no walk of its content.

The emotional walks of dataset 1 come in six contents (walk, run, dash, walk back, to the left, to
the right). A fold trains without any clip of dataset 1 of its content, whatever the style, and
reads those. A captured clip gives one answer: the mean log share over all its looks (cameras,
windows), however often it was rendered.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from media_processing.training.gait_metrics import (
    balanced_accuracy,
    confusion,
    interval,
    recalls,
)
from media_processing.training.render_walkers import MotionClip

Array = npt.NDArray[np.float64]
SMALLEST_SHARE = 1e-4


def contents(clips: Sequence[MotionClip]) -> tuple[str, ...]:
    """Return the contents to leave out: those of dataset 1's walking and running."""
    return tuple(sorted({clip.content for clip in clips if _is_folded(clip)}))


def _is_folded(clip: MotionClip) -> bool:
    return clip.source == "bandai1" and clip.locomotion


def may_learn(clip: MotionClip, held_out: str | None) -> bool:
    """Say whether a fold may learn from a clip; None is the fold of the shipped network.

    The shipped network leaves out the publisher's test and validation splits instead. Clips of
    dataset 2 are in the training split everywhere.
    """
    if held_out is None or clip.source != "bandai1":
        return clip.split == "train"
    return clip.content != held_out


def is_held_out(clip: MotionClip, held_out: str) -> bool:
    """Say whether a fold measures on a clip."""
    return _is_folded(clip) and clip.content == held_out


def vote(shares: Array) -> Array:
    """Return (classes,) of the looks (n, classes) at one captured clip: their mean log share."""
    return np.log(np.maximum(shares, SMALLEST_SHARE)).mean(axis=0)


@dataclass
class FoldAnswers:
    """The answers of one task over all folds: what each captured clip is and was read as."""

    classes: tuple[str, ...]
    truth: dict[str, str] = field(default_factory=dict)
    read: dict[str, str] = field(default_factory=dict)

    def add(self, clip: str, label: str, shares: Array) -> None:
        """Note the looks (n, classes) at one captured clip; a clip is in one fold only."""
        if clip in self.truth:
            raise ValueError(f"{clip} was read by two folds")
        self.truth[clip] = label
        self.read[clip] = self.classes[int(vote(shares).argmax())]

    def pairs(self) -> Iterator[tuple[str, str, str]]:
        for clip, label in sorted(self.truth.items()):
            yield clip, label, self.read[clip]

    def figures(self) -> dict[str, Any]:
        """Return n, balanced accuracy with its 95 % interval, recalls, confusion and errors."""
        names, truth, read = zip(*self.pairs(), strict=True)
        low, high = interval(truth, read, self.classes)
        return {
            "n": len(names),
            "uar": balanced_accuracy(truth, read, self.classes),
            "interval": [low, high],
            "per_class": recalls(truth, read, self.classes),
            "labels": list(self.classes),
            "confusion": confusion(truth, read, self.classes),
            "errors": {n: r for n, t, r in zip(names, truth, read, strict=True) if t != r},
        }


def rounded(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Return figures with numbers as short as a card prints them."""

    def short(value: Any) -> Any:
        if isinstance(value, float):
            return round(value, 3)
        if isinstance(value, dict):
            return {key: short(item) for key, item in value.items()}
        if isinstance(value, list):
            return [short(item) for item in value]
        return value

    return {key: short(value) for key, value in figures.items()}
