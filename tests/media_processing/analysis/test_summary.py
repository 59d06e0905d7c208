"""The summary of a recording: weighted means, effective size, baseline, disagreement."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_processing.analysis.summary import (
    covered_s,
    disagreement,
    effective_sample_size,
    summarise,
    summarise_modality,
)
from media_processing.analysis.types import (
    EMOTIONS,
    Modality,
    ModalityResult,
    ModalityStatus,
    Observation,
)


def one_hot(label: str, strength: float = 1.0) -> tuple[float, ...]:
    rest = (1 - strength) / (len(EMOTIONS) - 1)
    return tuple(strength if name == label else rest for name in EMOTIONS)


def observation(t_s: float, label: str = "neutral", **changes) -> Observation:
    values = {
        "modality": Modality.FACE,
        "t_start_s": t_s,
        "t_end_s": t_s + 0.2,
        "person": 0,
        "probabilities": one_hot(label),
        "valence": 0.0,
        "arousal": 0.0,
        "confidence": 1.0,
        "quality": 1.0,
    }
    return Observation(**{**values, **changes})


def test_means_are_weighted_by_quality_times_confidence() -> None:
    observations = [
        observation(0.0, "happy", valence=0.9, quality=0.5, confidence=0.5),
        observation(0.2, "sad", valence=-0.8, quality=1.0, confidence=0.75),
    ]

    summary = summarise_modality(observations, duration_s=1.0)

    assert summary is not None
    assert summary.mean_probabilities[EMOTIONS.index("happy")] == pytest.approx(0.25)
    assert summary.mean_probabilities[EMOTIONS.index("sad")] == pytest.approx(0.75)
    assert summary.valence == pytest.approx(0.25 * 0.9 - 0.75 * 0.8)
    assert summary.mean_confidence == pytest.approx(0.625)
    assert summary.mean_quality == pytest.approx(0.75)
    assert summary.usable_s == pytest.approx(0.4)
    assert summary.coverage == pytest.approx(0.4)


@pytest.mark.parametrize(
    "observations",
    [
        [],
        [observation(0, quality=0.0)],
        [observation(0, confidence=0.0)],
        [observation(0, person=1)],
    ],
)
def test_nothing_usable_is_no_summary_and_not_a_neutral_one(observations) -> None:
    assert summarise_modality(observations, duration_s=5.0) is None


def test_other_people_do_not_count() -> None:
    observations = [observation(0.0, "happy"), observation(0.0, "angry", person=1)]

    summary = summarise_modality(observations, duration_s=1.0)

    assert summary is not None
    assert summary.mean_probabilities[EMOTIONS.index("angry")] == 0


def test_two_modalities_at_once_are_an_error() -> None:
    with pytest.raises(ValueError, match="one modality"):
        summarise_modality([observation(0), observation(1, modality=Modality.VOICE)], 2.0)


def test_overlapping_windows_are_counted_once() -> None:
    assert covered_s(np.array([0.0, 1.0, 5.0]), np.array([3.0, 2.0, 6.0])) == pytest.approx(4.0)


def test_effective_size_of_independent_values_is_about_their_number() -> None:
    values = np.random.default_rng(0).normal(size=2000)

    assert 1500 < effective_sample_size(values, np.ones(2000)) <= 2000


def test_effective_size_of_a_first_order_process_follows_theory() -> None:
    """An AR(1) process with coefficient a is worth n (1 - a) / (1 + a) observations."""
    coefficient, count = 0.8, 20_000
    noise = np.random.default_rng(1).normal(size=count)
    values = np.empty(count)
    values[0] = noise[0]
    for step in range(1, count):
        values[step] = coefficient * values[step - 1] + noise[step]

    expected = count * (1 - coefficient) / (1 + coefficient)

    assert effective_sample_size(values, np.ones(count)) == pytest.approx(expected, rel=0.15)


def test_a_series_that_never_moves_is_worth_one_observation() -> None:
    assert effective_sample_size(np.full(500, 0.3), np.ones(500)) == 1.0


def test_unequal_weights_are_worth_less() -> None:
    values = np.random.default_rng(2).normal(size=400)
    weights = np.where(np.arange(400) < 40, 1.0, 0.01)

    assert effective_sample_size(values, weights) < 60


@given(
    st.lists(
        st.tuples(st.floats(-1, 1), st.floats(0.01, 1), st.floats(0.01, 1)), min_size=1, max_size=60
    )
)
def test_effective_size_lies_between_one_and_the_count(rows) -> None:
    observations = [
        observation(i * 0.2, valence=v, arousal=-v / 2, confidence=c, quality=q)
        for i, (v, c, q) in enumerate(rows)
    ]

    summary = summarise_modality(observations, duration_s=60.0)

    assert summary is not None
    assert 1.0 <= summary.n_eff <= max(1.0, min(len(rows), 2.0 * summary.usable_s) + 1e-9)
    assert 0.0 <= summary.coverage <= 1.0
    assert summary.mean_probabilities.sum() == pytest.approx(1.0)


def calm_then_happy(calm_s: float, total_s: float) -> list[Observation]:
    times = np.arange(0, total_s, 0.2)
    return [
        observation(float(t), "neutral")
        if t < calm_s
        else observation(float(t), "happy", valence=0.9, arousal=0.6)
        for t in times
    ]


def test_the_baseline_is_the_first_calm_stretch() -> None:
    summary = summarise_modality(calm_then_happy(15, 60), duration_s=60.0)

    assert summary is not None
    assert summary.baseline_probabilities is not None
    assert summary.baseline_probabilities[EMOTIONS.index("neutral")] == pytest.approx(1.0)
    assert summary.mean_probabilities[EMOTIONS.index("happy")] == pytest.approx(0.75)


@pytest.mark.parametrize(("calm_s", "total_s"), [(0, 60), (5, 60), (15, 25)])
def test_no_calm_beginning_or_too_little_material_gives_no_baseline(calm_s, total_s) -> None:
    summary = summarise_modality(calm_then_happy(calm_s, total_s), duration_s=float(total_s))

    assert summary is not None
    assert summary.baseline_probabilities is None


def test_voice_and_face_that_point_the_same_way_do_not_disagree() -> None:
    face = [observation(t, "happy") for t in np.arange(0, 6, 0.2)]
    voice = [observation(t, "happy", t_end_s=t + 3, modality=Modality.VOICE) for t in (0.0, 3.0)]
    angry = [observation(t, "angry", t_end_s=t + 3, modality=Modality.VOICE) for t in (0.0, 3.0)]

    assert disagreement(voice, face) == {"distance": 0.0, "overlap_s": 6.0}
    assert disagreement(angry, face) == {"distance": 1.0, "overlap_s": 6.0}
    assert disagreement([observation(90, modality=Modality.VOICE)], face) is None
    assert disagreement([], face) is None


def test_the_json_summary_holds_course_shares_and_peaks() -> None:
    face = [observation(t, "neutral") for t in np.arange(0, 10, 0.2)]
    face += [observation(t, "surprise", valence=0.2, arousal=0.8) for t in np.arange(10, 12, 0.2)]
    results = {
        Modality.FACE: ModalityResult(Modality.FACE, ModalityStatus.DONE, observations=face),
        Modality.GAIT: ModalityResult(Modality.GAIT, ModalityStatus.SKIPPED, reason="no_walking"),
    }

    summary = summarise(results, duration_s=12.0)

    assert json.loads(json.dumps(summary)) == summary
    assert summary["modalities"]["gait"] is None
    assert summary["voice_face_disagreement"] is None
    of_face = summary["modalities"]["face"]
    assert of_face["share_of_time"]["neutral"] == pytest.approx(10 / 12, abs=1e-3)
    assert [peak["label"] for peak in of_face["peaks"]] == ["surprise"]
    assert of_face["arousal"]["trend_per_min"] > 0
    assert of_face["coverage"] == pytest.approx(1.0)


def test_the_trend_of_a_straight_line_is_its_slope() -> None:
    face = [observation(t, valence=0.01 * t) for t in np.arange(0, 60, 0.2)]
    results = {Modality.FACE: ModalityResult(Modality.FACE, ModalityStatus.DONE, observations=face)}

    valence = summarise(results, 60.0)["modalities"]["face"]["valence"]

    assert valence["trend_per_min"] == pytest.approx(0.6, abs=1e-3)
