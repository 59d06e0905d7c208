"""The history of an interview as it was watched, beside the one of the closing pass."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from media_processing.models import Observation, Recording
from scoring.models import ScoreRevision

GRID_S = 0.5

Series = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class History:
    """Rows (n, 4) start, end, valence, arousal by modality, and the newest adjustment."""

    rows: dict[str, Series]
    adjustment: int


def history_of(recording: Recording) -> History:
    """Return what is known of a recording at this moment."""
    found: dict[str, list[tuple[float, ...]]] = {}
    kept = Observation.objects.filter(recording=recording).order_by("t_start_s")
    for name, *row in kept.values_list("modality", "t_start_s", "t_end_s", "valence", "arousal"):
        found.setdefault(name, []).append(tuple(row))
    revisions = ScoreRevision.objects.filter(application=recording.session.application)
    return History(
        rows={name: np.array(rows) for name, rows in found.items()},
        adjustment=revisions.latest("sequence").adjustment,
    )


def correlation(one: History, other: History, modality: str) -> tuple[float, float]:
    """Return how well two histories agree, and the seconds that both know.

    The lower of the correlations of valence and of arousal, each twice a second.
    """
    pair = [_timeline(each.rows.get(modality, np.zeros((0, 4)))) for each in (one, other)]
    length = min(map(len, pair))
    first, second = (timeline[:length] for timeline in pair)
    both = np.isfinite(first[:, 0]) & np.isfinite(second[:, 0])
    measured = [np.corrcoef(first[both, of], second[both, of])[0, 1] for of in (0, 1)]
    return float(min(measured)), float(both.sum() * GRID_S)


def _timeline(rows: Series) -> Series:
    """Return (n, 2) mean valence and arousal per half second, NaN where nothing is known."""
    length = int(rows[:, 1].max() / GRID_S) + 1 if len(rows) else 0
    sums, weights = np.zeros((length, 2)), np.zeros((length, 1))
    for start_s, end_s, *measured in rows:
        for place in range(int(start_s / GRID_S), min(length, int(end_s / GRID_S) + 1)):
            inside_s = min(end_s, (place + 1) * GRID_S) - max(start_s, place * GRID_S)
            sums[place] += max(0.0, inside_s) * np.array(measured)
            weights[place] += max(0.0, inside_s)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(weights > 0, sums / weights, np.nan))
