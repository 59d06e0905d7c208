"""Label-matched pairs: one moment put together from a face, a voice and a walk of one label.

THIS IS A SIMULATION. No labelled recording of one person's face, voice and walk is at hand, so the
three come from different people who were given, or were asked to play, the same label. In a real
person the signals depend on each other beyond the label; here they cannot. What is learnt or
measured on such pairs holds for such pairs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from media_processing.analysis.fusion_windows import MODALITIES, WindowReadings
from media_processing.analysis.types import EMOTIONS, Modality
from media_processing.training.fusion_sources import CONDITIONS, Outputs

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

LABELS = len(EMOTIONS)
ANY_CONDITION = tuple(range(len(CONDITIONS)))
# Every choice of modalities that leaves at least one: face, voice, gait.
SUBSETS: tuple[tuple[bool, bool, bool], ...] = tuple(
    (bool(n & 1), bool(n & 2), bool(n & 4)) for n in range(1, 8)
)


@dataclass(frozen=True, slots=True)
class Pairs:
    """n simulated moments: ``labels`` (n,), ``groups`` (n, 3) of the sources, the ``readings``."""

    labels: IntArray
    groups: IntArray
    readings: WindowReadings

    def subset(self, kept: Sequence[bool]) -> WindowReadings:
        """Return the readings with only the modalities of ``kept`` (3,)."""
        return self.readings.only(np.broadcast_to(np.array(kept), self.groups.shape))


def draw_pairs(
    outputs: Mapping[Modality, Outputs],
    count: int,
    rng: np.random.Generator,
    conditions: Sequence[int] = ANY_CONDITION,
) -> Pairs:
    """Return ``count`` pairs with all labels equally common, in any of the ``conditions``.

    A modality without any output of a label (no walk is labelled fear) gives one of another
    label at random: such a modality cannot tell that label, and its presence does not betray it.
    """
    labels = rng.integers(0, LABELS, count)
    columns = np.zeros((count, len(MODALITIES), LABELS + 4))
    groups = np.zeros((count, len(MODALITIES)), np.int64)
    for place, modality in enumerate(MODALITIES):
        source = outputs[modality]
        rows = _rows(source, labels, rng.choice(conditions, count), rng)
        columns[:, place], groups[:, place] = source.columns[rows], source.groups[rows]
    return Pairs(labels, groups, readings_of(columns))


def readings_of(columns: FloatArray) -> WindowReadings:
    """Return (n, m, 11) columns as n windows of a second each."""
    start_s = np.arange(len(columns), dtype=np.float64)
    rest = np.moveaxis(columns[..., LABELS:], 2, 0)
    return WindowReadings(start_s, start_s + 1.0, columns[..., :LABELS], *rest)


def _rows(
    source: Outputs, labels: IntArray, conditions: IntArray, rng: np.random.Generator
) -> IntArray:
    rows = np.zeros(len(labels), np.int64)
    for condition in np.unique(conditions):
        here = source.conditions == condition
        for label in range(LABELS):
            wanted = np.flatnonzero((labels == label) & (conditions == condition))
            found = np.flatnonzero(here & (source.labels == label))
            rows[wanted] = rng.choice(found if len(found) else np.flatnonzero(here), len(wanted))
    return rows


def random_subsets(count: int, rng: np.random.Generator) -> BoolArray:
    """Return (count, 3) masks, every choice of modalities equally likely: modality dropout."""
    return np.array(SUBSETS)[rng.integers(0, len(SUBSETS), count)]
