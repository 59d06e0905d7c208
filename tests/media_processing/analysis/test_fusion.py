"""The product of experts: what must hold whatever the networks say."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_processing.analysis.fusion import (
    consistency_distance,
    evidence,
    plain_average,
    product_of_experts,
    reliability,
)
from media_processing.analysis.fusion_windows import MODALITIES, WindowReadings
from media_processing.analysis.types import EMOTIONS, Modality
from tests.media_processing.analysis.fusion_readings import (
    ALL_SILENT,
    EVEN,
    LABELS,
    expert,
    parameters,
    peaked,
    reading,
)

SHARES = st.lists(st.floats(0.01, 1.0), min_size=LABELS, max_size=LABELS).map(
    lambda row: list(np.array(row) / sum(row))
)
CELLS = st.tuples(*[st.none() | SHARES] * 3).filter(any)
QUALITIES = st.tuples(*[st.floats(0.05, 1.0)] * 3)


@given(CELLS, QUALITIES)
def test_probabilities_sum_to_one(cells: tuple, quality: tuple) -> None:
    found = reading(*cells, quality=quality)

    for fused in (product_of_experts(found, parameters()), plain_average(found)):
        assert fused.sum() == pytest.approx(1.0)
        assert (fused >= 0).all()


@given(CELLS, QUALITIES)
def test_the_order_of_the_modalities_does_not_matter(cells: tuple, quality: tuple) -> None:
    """With experts that are alike it is of no account which of them comes first."""
    numbers = parameters()
    expected = product_of_experts(reading(*cells, quality=quality), numbers)

    for order in permutations(range(3)):
        turned = reading(*(cells[n] for n in order), quality=[quality[n] for n in order])
        assert product_of_experts(turned, numbers) == pytest.approx(expected)


@given(CELLS.filter(lambda cells: None in cells), QUALITIES, SHARES)
def test_a_missing_modality_leaves_the_fusion_of_the_rest(
    cells: tuple, quality: tuple, anything: list[float]
) -> None:
    """What an absent modality would have said, and how good it was, is of no account."""
    numbers = parameters(consistency_share=0.5)
    filled = reading(*(cell or anything for cell in cells), quality=quality)
    kept = np.array([[cell is not None for cell in cells]])

    assert product_of_experts(filled.only(kept), numbers) == pytest.approx(
        product_of_experts(reading(*cells, quality=quality), numbers)
    )


@given(SHARES)
def test_one_calibrated_modality_is_taken_as_it_is(shares: list[float]) -> None:
    fused = product_of_experts(reading(None, shares, None), parameters())

    assert fused[0] == pytest.approx(np.array(shares))


def test_nothing_is_invented_where_nothing_was_observed() -> None:
    assert np.isnan(product_of_experts(reading(*ALL_SILENT), parameters())).all()
    assert np.isnan(plain_average(reading(*ALL_SILENT))).all()
    assert (reliability(reading(*ALL_SILENT), parameters()) == 0).all()


def test_agreeing_signals_make_surer_and_poor_ones_hardly_count() -> None:
    happy = EMOTIONS.index("happy")
    alone = product_of_experts(reading(peaked("happy"), None, None), parameters())
    together = product_of_experts(reading(peaked("happy"), peaked("happy"), None), parameters())
    against = reading(peaked("happy"), peaked("sad"), None, quality=(1.0, 0.05, 1.0))

    assert together[0, happy] > alone[0, happy]
    assert product_of_experts(against, parameters())[0].argmax() == happy


def test_a_networks_leaning_is_taken_out_and_the_common_prior_put_in() -> None:
    """A network that says "neutral" of everybody says nothing by it."""
    leaning = np.array(peaked("neutral", 0.7))
    aware = expert(bias=-np.log(leaning))
    experts = dict.fromkeys(MODALITIES, aware)

    even = product_of_experts(reading(leaning, None, None), parameters(experts))
    common = product_of_experts(reading(leaning, None, None), parameters(experts, prior=leaning))

    assert even[0] == pytest.approx(EVEN)
    assert common[0] == pytest.approx(leaning)


def test_a_network_is_silent_on_labels_that_it_was_not_taught() -> None:
    known = np.array([name in {"angry", "happy", "neutral", "sad"} for name in EMOTIONS])
    experts = dict.fromkeys(MODALITIES, expert()) | {Modality.GAIT: expert(known=known)}
    walk = np.where(known, np.array(peaked("happy", 0.7)), 0.0)
    fused = product_of_experts(reading(None, None, walk), parameters(experts))[0]

    assert fused[~known] == pytest.approx(EVEN[~known])
    assert fused[EMOTIONS.index("happy")] > fused[EMOTIONS.index("sad")]


def test_no_network_rules_a_label_out_alone() -> None:
    certain = [float(name == "happy") for name in EMOTIONS]
    fused = product_of_experts(reading(certain, peaked("sad"), None), parameters())

    assert (fused > 0).all()
    assert np.isfinite(evidence(np.array([certain]), expert())).all()


def test_contradiction_costs_face_and_voice_weight_and_not_gait() -> None:
    found = reading(peaked("happy"), peaked("sad"), peaked("sad"))
    distance = consistency_distance(found)[0]
    weights = reliability(found, parameters(consistency_share=0.5))[0]

    assert 0 < distance < 1
    assert weights == pytest.approx([1 - 0.5 * distance, 1 - 0.5 * distance, 1.0])
    assert np.isnan(consistency_distance(reading(peaked("happy"), None, peaked("sad"))))[0]


def test_reliability_follows_quality_confidence_and_calibration() -> None:
    experts = dict.fromkeys(MODALITIES, expert()) | {Modality.VOICE: expert(trust=0.5)}
    numbers = parameters(experts, confidence_exponent=1.0)
    found = reading(peaked("happy"), peaked("happy"), None, quality=(0.5, 1.0, 1.0))

    assert reliability(found, numbers)[0] == pytest.approx([0.5 * 0.8, 0.5 * 0.8, 0.0])


def test_windows_do_not_touch_each_other() -> None:
    """Each row is fused alone: the others may as well not be there."""
    parts = [reading(peaked("happy"), None, None), reading(*ALL_SILENT), reading(None, peaked("sad"), None)]  # fmt: skip # noqa: E501
    fields = ("start_s", "end_s", "probabilities", "valence", "arousal", "confidence", "quality")
    both = WindowReadings(
        **{name: np.concatenate([getattr(part, name) for part in parts]) for name in fields}
    )

    fused = product_of_experts(both, parameters())

    assert fused[0] == pytest.approx(product_of_experts(parts[0], parameters())[0])
    assert np.isnan(fused[1]).all()
    assert fused[2] == pytest.approx(product_of_experts(parts[2], parameters())[0])
