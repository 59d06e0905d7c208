"""Uncertainty grows with disagreement; a conflict needs two signals that can be relied upon."""

from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_processing.analysis.fusion import product_of_experts
from media_processing.analysis.fusion_conflict import (
    PAIRS,
    affect,
    conflicts,
    divergence,
    entropy,
    spread,
    uncertainty,
)
from media_processing.analysis.fusion_windows import MODALITIES, WindowReadings
from media_processing.analysis.types import EMOTIONS, Modality
from media_processing.inference.labels import VALENCE
from tests.media_processing.analysis.fusion_readings import (
    ALL_SILENT,
    LABELS,
    expert,
    parameters,
    peaked,
    reading,
)

FACE_AND_VOICE = PAIRS.index((0, 1))


def doubt(found: WindowReadings) -> float:
    numbers = parameters()
    return float(uncertainty(product_of_experts(found, numbers), found, numbers)[0])


@given(st.floats(0.2, 0.95), st.sampled_from(EMOTIONS), st.sampled_from(EMOTIONS))
def test_uncertainty_grows_with_disagreement(height: float, first: str, second: str) -> None:
    """Two signals, each as sure as before: pointing apart they leave more doubt."""
    agreeing = doubt(reading(peaked(first, height), peaked(first, height), None))
    apart = doubt(reading(peaked(first, height), peaked(second, height), None))

    assert 0 <= agreeing <= 1
    assert (apart > agreeing) if first != second else apart == pytest.approx(agreeing)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=6).map(sorted))
def test_uncertainty_follows_a_voice_that_moves_away_from_the_face(steps: list[float]) -> None:
    def with_voice(share: float) -> float:
        face, other = np.array(peaked("happy")), np.array(peaked("sad"))
        return doubt(reading(face, (1 - share) * face + share * other, None))

    doubts = [with_voice(step) for step in steps]

    assert all(later >= earlier - 1e-9 for earlier, later in pairwise(doubts))


def test_a_flat_signal_is_uncertain_and_agreement_is_surer_than_one_signal() -> None:
    flat = [1 / LABELS] * LABELS

    assert doubt(reading(flat, None, None)) == pytest.approx(1.0)
    assert doubt(reading(peaked("sad"), peaked("sad"), None)) < doubt(
        reading(peaked("sad"), None, None)
    )
    numbers = parameters()
    silent = reading(*ALL_SILENT)
    assert np.isnan(uncertainty(product_of_experts(silent, numbers), silent, numbers)[0])


def test_the_order_of_the_modalities_does_not_matter() -> None:
    cells = [peaked("sad"), peaked("happy", 0.5), peaked("angry", 0.4)]
    expected = doubt(reading(*cells))

    assert all(doubt(reading(*order)) == pytest.approx(expected) for order in permutations(cells))


def test_a_conflict_is_marked_between_two_reliable_signals() -> None:
    found = conflicts(reading(peaked("happy"), peaked("angry"), None), parameters())

    assert found.tolist() == [[True, False, False]]


@pytest.mark.parametrize(
    "found",
    [
        reading(peaked("happy"), peaked("happy"), None),
        reading(peaked("happy"), peaked("angry"), None, quality=(1.0, 0.1, 1.0)),
        reading(peaked("happy", 0.25), peaked("angry", 0.25), None),
        reading(peaked("happy"), None, None),
        reading(*ALL_SILENT),
    ],
    ids=["alike", "one is poor", "both are vague", "one alone", "nothing"],
)
def test_no_conflict_without_two_reliable_signals_far_apart(found: WindowReadings) -> None:
    assert not conflicts(found, parameters()).any()


def test_a_walk_does_not_contradict_a_label_that_it_cannot_show() -> None:
    known = np.array([name in {"angry", "happy", "neutral", "sad"} for name in EMOTIONS])
    experts = dict.fromkeys(MODALITIES, expert()) | {Modality.GAIT: expert(known=known)}
    walk = np.where(known, np.array(peaked("happy", 0.9)), 0.0)
    face_and_gait = PAIRS.index((0, 2))

    def marked(label: str) -> bool:
        found = conflicts(reading(peaked(label, 0.95), None, walk), parameters(experts))
        return bool(found[0, face_and_gait])

    assert marked("sad")
    assert not marked("fear")


def test_divergence_is_0_for_the_same_and_1_for_disjoint_signals() -> None:
    first, second = np.eye(LABELS)[[0]], np.eye(LABELS)[[1]]

    assert divergence(first, first)[0] == pytest.approx(0.0, abs=1e-6)
    assert divergence(first, second)[0] == pytest.approx(1.0, abs=1e-6)
    assert entropy(np.full((1, LABELS), 1 / LABELS))[0] == pytest.approx(1.0)
    assert entropy(first)[0] == pytest.approx(0.0, abs=1e-6)


def test_the_interval_of_affect_widens_with_disagreement() -> None:
    weights, spreads = np.array([[1.0, 1.0, 0.0]]), np.full((1, 3), 0.1)

    mean, low, high = affect(np.array([[0.4, 0.4, np.nan]]), spreads, weights)
    apart_mean, apart_low, apart_high = affect(np.array([[0.8, 0.0, np.nan]]), spreads, weights)

    assert (mean[0], apart_mean[0]) == pytest.approx((0.4, 0.4))
    assert high[0] - low[0] == pytest.approx(2 * 1.2816 * 0.1)
    assert apart_high[0] - apart_low[0] > high[0] - low[0]
    assert -1 <= apart_low[0] <= apart_high[0] <= 1


def test_affect_follows_the_weights_and_is_unknown_without_any() -> None:
    mean, low, high = affect(
        np.array([[0.9, -0.3, np.nan], [np.nan, np.nan, np.nan]]),
        np.zeros((2, 3)),
        np.array([[0.75, 0.25, 0.0], [0.0, 0.0, 0.0]]),
    )

    assert mean[0] == pytest.approx(0.6)
    assert np.isnan([mean[1], low[1], high[1]]).all()


def test_the_spread_of_a_certain_signal_is_0() -> None:
    certain = np.eye(LABELS)[[3]]

    assert spread(certain, VALENCE)[0] == pytest.approx(0.0)
    assert spread(np.full((1, LABELS), 1 / LABELS), VALENCE)[0] == pytest.approx(VALENCE.std())
