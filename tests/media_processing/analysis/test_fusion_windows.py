"""Windows hold what was observed in them, and nothing else."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_processing.analysis.fusion_windows import (
    HOP_S,
    MODALITIES,
    WINDOW_S,
    moments_s,
    window_readings,
)
from media_processing.analysis.types import Modality
from tests.media_processing.analysis.fusion_readings import observation, peaked

FACE, VOICE, GAIT = (
    MODALITIES.index(one) for one in (Modality.FACE, Modality.VOICE, Modality.GAIT)
)


def test_the_grid_is_finer_than_a_second_and_covers_the_recording() -> None:
    readings, middles = window_readings([], 10.2), moments_s(10.2)

    assert HOP_S <= 1.0
    assert middles[0] == HOP_S / 2
    assert np.diff(middles) == pytest.approx(HOP_S)
    assert (readings.start_s <= middles).all() and (middles <= readings.end_s).all()
    assert readings.start_s[0] == 0
    assert readings.end_s[-1] == pytest.approx(10.2)
    assert (readings.end_s - readings.start_s <= WINDOW_S + 1e-9).all()
    assert not readings.present.any()


def test_a_recording_without_length_has_no_window() -> None:
    assert len(window_readings([], 0.0).start_s) == 0


def test_an_observation_fills_the_windows_that_it_reaches_and_no_other() -> None:
    readings = window_readings([observation(Modality.VOICE, 3.0, 6.0, peaked("sad"))], 10.0)

    heard = readings.present[:, VOICE]
    middle = moments_s(10.0)
    assert heard[(middle > 3.0) & (middle < 6.0)].all()
    assert not heard[(readings.end_s <= 3.0) | (readings.start_s >= 6.0)].any()
    assert not readings.present[:, [FACE, GAIT]].any()
    assert np.isnan(readings.probabilities[~readings.present]).all()


def test_a_moment_too_short_for_its_window_is_not_stretched_over_it() -> None:
    short = observation(Modality.FACE, 4.0, 4.1, peaked("happy"))

    assert not window_readings([short], 10.0).present.any()


def test_better_and_surer_observations_count_more() -> None:
    good = observation(Modality.FACE, 1.75, 2.25, peaked("happy"), quality=0.9, confidence=0.8)
    poor = observation(Modality.FACE, 2.25, 2.75, peaked("sad"), quality=0.3, confidence=0.4)

    readings = window_readings([good, poor], 10.0)
    around = int(np.flatnonzero(moments_s(10.0) == 2.25)[0])

    weights = np.array([0.9 * 0.8, 0.3 * 0.4])
    expected = weights @ np.array([peaked("happy"), peaked("sad")]) / weights.sum()
    assert readings.probabilities[around, FACE] == pytest.approx(expected)
    assert readings.quality[around, FACE] == pytest.approx(0.6)
    assert readings.confidence[around, FACE] == pytest.approx((0.9 * 0.8 + 0.3 * 0.4) / 1.2)


def test_what_cannot_be_used_and_other_people_leave_a_gap() -> None:
    useless = observation(Modality.FACE, 0.0, 1.0, peaked("happy"), quality=0.0)
    somebody_else = observation(Modality.FACE, 0.0, 1.0, peaked("happy"), person=1)

    assert not window_readings([useless, somebody_else], 1.0).present.any()


def test_overlapping_observations_cover_a_window_once() -> None:
    """Two windows of speech over the same tenth of a second do not make it two tenths."""
    twice = [observation(Modality.VOICE, 3.2, 3.3, peaked("sad")) for _ in range(3)]

    assert not window_readings(twice, 10.0).present.any()


@given(
    st.lists(
        st.tuples(st.floats(0, 20), st.floats(0.05, 4), st.floats(0.1, 1), st.sampled_from("hsn")),
        max_size=12,
    )
)
def test_every_filled_cell_sums_to_one_and_has_a_source(
    spans: list[tuple[float, float, float, str]],
) -> None:
    names = {"h": "happy", "s": "sad", "n": "neutral"}
    found = [
        observation(Modality.FACE, start, start + length, peaked(names[label]), quality=quality)
        for start, length, quality, label in spans
    ]
    readings = window_readings(found, 20.0)

    present = readings.present[:, FACE]
    assert readings.probabilities[present, FACE].sum(axis=-1) == pytest.approx(1.0)
    for start_s, end_s in zip(readings.start_s[present], readings.end_s[present], strict=True):
        assert any(o.t_start_s < end_s and o.t_end_s > start_s for o in found)


def test_cells_can_be_emptied() -> None:
    shown = [observation(one, 0.0, 2.0, peaked("happy")) for one in MODALITIES]
    readings = window_readings(shown, 2.0)
    kept = np.broadcast_to(np.array([True, False, True]), readings.present.shape)

    assert (readings.only(kept).present == kept).all()
