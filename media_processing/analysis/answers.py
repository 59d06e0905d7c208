"""What was observed while each question was answered.

The answered time of a question is told by marks; every figure of it is a mean over the observations
that overlap it, each weighted by quality × confidence (as in the summary of the whole recording)
times the seconds of its overlap. Nothing usable gives no figure, never a neutral one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from media_processing.analysis.summary import APPLICANT, covered_s
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


def results_of(
    observations: Mapping[Modality, Sequence[Observation]],
    answers: Mapping[int, Sequence[Interval]],
) -> dict[int, dict[Modality, AnswerMeans]]:
    """Return for each question the means of every modality in which something was usable.

    With oᵢ the seconds by which observation i overlaps the question's intervals and
    wᵢ = qualityᵢ · confidenceᵢ · oᵢ, every mean is Σwx / Σw over the applicant's observations.
    """
    tables = {name: _Table.of(rows) for name, rows in observations.items()}
    found: dict[int, dict[Modality, AnswerMeans]] = {}
    for number, intervals in answers.items():
        means = {name: table.means_over(intervals) for name, table in tables.items()}
        found[number] = {name: each for name, each in means.items() if each is not None}
    return found


@dataclass(frozen=True, slots=True)
class _Table:
    """The applicant's observations of one modality as columns, in order of their start."""

    start_s: FloatArray
    end_s: FloatArray
    weight: FloatArray
    probabilities: FloatArray
    affect: FloatArray

    @classmethod
    def of(cls, observations: Sequence[Observation]) -> "_Table":
        rows = sorted((each for each in observations if each.person == APPLICANT),
                      key=lambda each: each.t_start_s)  # fmt: skip
        return cls(
            start_s=np.array([row.t_start_s for row in rows]),
            end_s=np.array([row.t_end_s for row in rows]),
            weight=np.array([row.quality * row.confidence for row in rows]),
            probabilities=np.array([row.probabilities for row in rows]),
            affect=np.array([(row.valence, row.arousal) for row in rows]),
        )

    def means_over(self, intervals: Sequence[Interval]) -> AnswerMeans | None:
        within = [self._within(each) for each in intervals]
        weights = self.weight * sum((end - start for start, end in within), np.zeros(1))
        used = weights > 0
        if not used.any():
            return None
        valence, arousal = np.average(self.affect[used], axis=0, weights=weights[used])
        return AnswerMeans(
            probabilities=np.asarray(
                np.average(self.probabilities[used], axis=0, weights=weights[used])
            ),
            valence=float(valence),
            arousal=float(arousal),
            usable_s=sum(covered_s(start[used], end[used]) for start, end in within),
        )

    def _within(self, interval: Interval) -> tuple[FloatArray, FloatArray]:
        """Return starts and ends, cut to the interval; outside of it both are the same."""
        low, high = interval.start_s, interval.end_s
        return np.clip(self.start_s, low, high), np.clip(self.end_s, low, high)
