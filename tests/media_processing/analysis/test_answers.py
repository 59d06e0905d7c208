"""Answers by hand-computed numbers: their intervals, and the means of what overlaps them."""

import numpy as np
import pytest

from media_processing.analysis.answers import (
    AnswerMark,
    AnswerMeans,
    Interval,
    answered,
    results_of,
)
from media_processing.analysis.types import Modality, Observation

CALM = (0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0)
HAPPY = (0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0)


def start(number: int, t_s: float) -> AnswerMark:
    return AnswerMark(number, True, t_s)


def end(number: int, t_s: float) -> AnswerMark:
    return AnswerMark(number, False, t_s)


def row(
    start_s: float, end_s: float, probabilities: tuple[float, ...] = CALM, *, valence: float = 0.0,
    quality: float = 1.0, confidence: float = 1.0, person: int = 0,
    modality: Modality = Modality.FACE,
) -> Observation:  # fmt: skip
    return Observation(modality, start_s, end_s, person, probabilities, valence, -valence,
                       confidence, quality)  # fmt: skip


def means_of(rows: list[Observation], intervals: list[Interval]) -> AnswerMeans | None:
    return results_of({Modality.FACE: rows}, {1: intervals})[1].get(Modality.FACE)


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ([], {}),
        ([start(1, 2), end(1, 5)], {1: [Interval(2, 5)]}),
        # Out of order, twice answered, another question in between.
        (
            [start(1, 20), end(2, 15), start(1, 2), end(1, 5), start(2, 10), end(1, 25)],
            {1: [Interval(2, 5), Interval(20, 25)], 2: [Interval(10, 15)]},
        ),
        # Without an end: until the next start, or the end of the recording.
        ([start(1, 2), start(2, 8)], {1: [Interval(2, 8)], 2: [Interval(8, 30)]}),
        # An end of another question, or without a start, says nothing.
        ([end(1, 1), start(1, 2), end(2, 4), end(1, 6)], {1: [Interval(2, 6)]}),
        # One answer ends where the next one starts, as in voice answers.
        (
            [start(1, 0), start(2, 5), end(1, 5), end(2, 9)],
            {1: [Interval(0, 5)], 2: [Interval(5, 9)]},
        ),
        # Beyond the recording, and of no length.
        ([start(1, 28), end(1, 40), start(2, 31), end(2, 33)], {1: [Interval(28, 30)]}),
        ([start(1, 4), end(1, 4)], {}),
    ],
)
def test_intervals_follow_the_marks(
    marks: list[AnswerMark], expected: dict[int, list[Interval]]
) -> None:
    assert answered(marks, 30) == expected


def test_means_weigh_by_overlap_quality_and_confidence() -> None:
    # Overlaps 1 s and 3 s; weights 1 · 0.5 · 1 = 0.5 and 3 · 0.5 · 0.5 = 0.75.
    rows = [
        row(0, 3, HAPPY, valence=1.0, quality=0.5),
        row(3, 6, CALM, valence=-0.2, quality=0.5, confidence=0.5),
    ]
    means = means_of(rows, [Interval(2, 8)])
    assert means is not None
    assert np.allclose(means.probabilities[[3, 4]], [0.4, 0.6])
    assert means.valence == pytest.approx((0.5 * 1.0 - 0.75 * 0.2) / 1.25)
    assert means.arousal == pytest.approx(-means.valence)
    assert means.usable_s == pytest.approx(4.0)


def test_what_lies_outside_the_answer_changes_nothing() -> None:
    inside, outside = row(2, 4, CALM), row(4, 9, HAPPY, valence=1.0)
    interval = [Interval(2, 4)]
    assert means_of([inside, outside], interval).usable_s == 2.0
    assert means_of([inside, outside], interval).valence == 0.0


def test_usable_time_counts_overlapping_windows_and_split_answers_once() -> None:
    rows = [row(0, 4), row(2, 6), row(20, 24)]
    means = means_of(rows, [Interval(1, 5), Interval(22, 30)])
    assert means.usable_s == pytest.approx(4.0 + 2.0)


@pytest.mark.parametrize(
    "rows",
    [[], [row(0, 5, quality=0.0)], [row(0, 5, confidence=0.0)], [row(0, 5, person=1)], [row(8, 9)]],
)
def test_nothing_usable_gives_no_figure(rows: list[Observation]) -> None:
    assert means_of(rows, [Interval(1, 5)]) is None


def test_each_question_has_its_own_means_and_a_modality_without_any_is_left_out() -> None:
    observed = {
        Modality.FACE: [row(0, 5, HAPPY), row(5, 10, CALM)],
        Modality.VOICE: [row(6, 9, modality=Modality.VOICE)],
        Modality.GAIT: [],
    }
    found = results_of(observed, {1: [Interval(0, 5)], 2: [Interval(5, 10)], 3: []})
    assert {number: set(means) for number, means in found.items()} == {
        1: {Modality.FACE}, 2: {Modality.FACE, Modality.VOICE}, 3: set(),
    }  # fmt: skip
    assert found[1][Modality.FACE].probabilities[3] == 1.0
    assert found[2][Modality.FACE].probabilities[4] == 1.0
    assert found[2][Modality.VOICE].usable_s == 3.0
