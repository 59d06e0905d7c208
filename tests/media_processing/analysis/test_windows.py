"""Window arithmetic: nothing is left out, nothing counted twice beyond the overlap."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_processing.analysis.windows import window_starts, windows

lengths_s = st.floats(0.1, 10.0)


def test_three_seconds_by_one_over_five() -> None:
    assert window_starts(0.0, 5.0, window_s=3.0, hop_s=1.0) == [0.0, 1.0, 2.0]


def test_the_last_window_reaches_the_end_and_is_cut_there() -> None:
    assert list(windows(0.0, 4.5, window_s=3.0, hop_s=1.0)) == [(0.0, 3.0), (1.0, 4.0), (2.0, 4.5)]


def test_a_stretch_shorter_than_the_window_has_one() -> None:
    assert list(windows(7.0, 7.4, window_s=3.0, hop_s=1.0)) == [(7.0, 7.4)]


def test_an_empty_stretch_has_none() -> None:
    assert window_starts(2.0, 2.0, window_s=3.0, hop_s=1.0) == []


def test_rounding_opens_no_window() -> None:
    assert len(window_starts(0.0, 0.1 + 0.2, window_s=0.1, hop_s=0.1)) == 3


@pytest.mark.parametrize(("window_s", "hop_s"), [(1.0, 1.5), (0.0, 0.0), (1.0, 0.0), (-1.0, -2.0)])
def test_a_hop_that_leaves_gaps_is_refused(window_s: float, hop_s: float) -> None:
    with pytest.raises(ValueError, match=r"hop|longer"):
        window_starts(0.0, 5.0, window_s=window_s, hop_s=hop_s)


@given(st.floats(0.0, 100.0), st.floats(0.01, 60.0), lengths_s, st.floats(0.1, 1.0))
def test_every_moment_lies_in_a_window(
    start_s: float, stretch_s: float, window_s: float, hop_share: float
) -> None:
    end_s, hop_s = start_s + stretch_s, window_s * hop_share
    found = list(windows(start_s, end_s, window_s=window_s, hop_s=hop_s))
    assert found[0][0] == start_s
    assert found[-1][1] == pytest.approx(end_s)
    for (_, before_end_s), (after_start_s, _) in itertools.pairwise(found):
        assert after_start_s <= before_end_s + 1e-6


@given(st.floats(0.01, 60.0), lengths_s, st.floats(0.1, 1.0))
def test_the_last_window_is_needed(stretch_s: float, window_s: float, hop_share: float) -> None:
    hop_s = window_s * hop_share
    starts = window_starts(0.0, stretch_s, window_s=window_s, hop_s=hop_s)
    if len(starts) > 1:
        assert starts[-2] + window_s < stretch_s + 1e-6
