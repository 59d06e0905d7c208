"""What was observed while each question was answered.

The answered time of a question is told by marks; every figure of it is a mean over the observations
that overlap it, each weighted by quality × confidence (as in the summary of the whole recording)
times the seconds of its overlap. Nothing usable gives no figure, never a neutral one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from media_processing.analysis.summary import APPLICANT
from media_processing.analysis.types import Modality, Observation

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class AnswerMark:
    """Where the answer to a question (``number`` from 1) starts or ends, in recording time."""

    number: int
    is_start: bool
    t_s: float


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of the recording."""

    start_s: float
    end_s: float

    @property
    def length_s(self) -> float:
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class AnswerMeans:
    """One modality of the answers to one question.

    ``probabilities`` is (7,) in the order of ``EMOTIONS``; ``valence`` and ``arousal`` lie in
    -1…1; ``usable_s`` is the answered time that is covered by weighted observations.
    """

    probabilities: FloatArray
    valence: float
    arousal: float
    usable_s: float


def answered(marks: Iterable[AnswerMark], duration_s: float) -> dict[int, list[Interval]]:
    """Return the answered intervals of each question, by number, in order of time.

    An answer ends at its end mark; where that is missing, at the next start of any answer, or with
    the recording. An end without a start says nothing. Intervals lie within 0…``duration_s``.
    """
    found: dict[int, list[Interval]] = {}
    open_mark: AnswerMark | None = None
    # An end that closes nothing: of an answer of no length, whose start sorts behind it.
    stray: tuple[int, float] | None = None
    for mark in sorted(marks, key=lambda mark: (mark.t_s, mark.is_start)):
        if mark.is_start and stray == (mark.number, mark.t_s):
            continue
        if open_mark is not None and (mark.is_start or mark.number == open_mark.number):
            _close(found, open_mark, mark.t_s, duration_s)
            open_mark = None
        elif not mark.is_start:
            stray = (mark.number, mark.t_s)
        if mark.is_start:
            open_mark = mark
    if open_mark is not None:
        _close(found, open_mark, duration_s, duration_s)
    return found


def _close(
    found: dict[int, list[Interval]], mark: AnswerMark, end_s: float, duration_s: float
) -> None:
    start_s, end_s = max(0.0, mark.t_s), min(end_s, duration_s)
    if end_s > start_s:
        found.setdefault(mark.number, []).append(Interval(start_s, end_s))


def means_of(observations: Sequence[Observation], intervals: Sequence[Interval]) -> (
    AnswerMeans | None
):  # fmt: skip
    """Return the means of one modality over ``intervals``, None where nothing there is usable.

    With oᵢ the seconds by which observation i overlaps the intervals and
    wᵢ = qualityᵢ · confidenceᵢ · oᵢ, every mean is Σwx / Σw over the applicant's observations.
    """
    rows = [each for each in observations if each.person == APPLICANT]
    weights = np.array([each.quality * each.confidence * _overlap_s(each, intervals)
                        for each in rows])  # fmt: skip
    used = [row for row, weight in zip(rows, weights, strict=True) if weight > 0]
    if not used:
        return None
    weights = weights[weights > 0]
    probabilities = np.array([row.probabilities for row in used])
    return AnswerMeans(
        probabilities=np.asarray(np.average(probabilities, axis=0, weights=weights)),
        valence=float(np.average([row.valence for row in used], weights=weights)),
        arousal=float(np.average([row.arousal for row in used], weights=weights)),
        usable_s=_covered_s(used, intervals),
    )


def _overlap_s(row: Observation, intervals: Sequence[Interval]) -> float:
    return sum(_shared_s(row, each) for each in intervals)


def _shared_s(row: Observation, interval: Interval) -> float:
    return max(0.0, min(row.t_end_s, interval.end_s) - max(row.t_start_s, interval.start_s))


def _covered_s(rows: Sequence[Observation], intervals: Sequence[Interval]) -> float:
    """Return the length of the intervals' parts that lie under any of the rows."""
    total_s = 0.0
    ordered = sorted(rows, key=lambda row: row.t_start_s)
    for interval in intervals:
        reached_s = interval.start_s
        for row in ordered:
            end_s = min(row.t_end_s, interval.end_s)
            total_s += max(0.0, end_s - max(row.t_start_s, reached_s))
            reached_s = max(reached_s, end_s)
    return total_s


def results_of(
    observations: Mapping[Modality, Sequence[Observation]], intervals: Sequence[Interval]
) -> dict[Modality, AnswerMeans]:
    """Return the means of every modality in which something usable was observed."""
    means = {name: means_of(rows, intervals) for name, rows in observations.items()}
    return {name: found for name, found in means.items() if found is not None}
