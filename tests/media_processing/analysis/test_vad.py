"""Speech probabilities become segments by fixed rules."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from media_processing.analysis.vad import (
    Segment,
    SegmentRules,
    overlap_s,
    speech_segments,
    total_s,
)

FRAME_S = 0.1
BARE = SegmentRules(min_speech_s=0.0, min_pause_s=0.0, pad_s=0.0)


def segments(values: list[float], rules: SegmentRules = BARE) -> list[tuple[float, float]]:
    found = speech_segments(np.array(values, np.float32), FRAME_S, len(values) * FRAME_S, rules)
    return [(round(part.start_s, 3), round(part.end_s, 3)) for part in found]


def test_speech_begins_at_the_upper_and_ends_below_the_lower_threshold() -> None:
    assert segments([0.1, 0.4, 0.6, 0.4, 0.4, 0.2, 0.4, 0.1]) == [(0.2, 0.5)]


def test_speech_at_both_ends_is_kept() -> None:
    assert segments([0.9, 0.1, 0.9]) == [(0.0, 0.1), (0.2, 0.3)]


def test_a_short_pause_is_bridged() -> None:
    rules = SegmentRules(min_speech_s=0.0, min_pause_s=0.25, pad_s=0.0)
    assert segments([0.9, 0.9, 0.1, 0.1, 0.9], rules) == [(0.0, 0.5)]


def test_a_long_pause_parts() -> None:
    rules = SegmentRules(min_speech_s=0.0, min_pause_s=0.15, pad_s=0.0)
    assert segments([0.9, 0.1, 0.1, 0.9], rules) == [(0.0, 0.1), (0.3, 0.4)]


def test_a_click_is_dropped() -> None:
    rules = SegmentRules(min_speech_s=0.15, min_pause_s=0.0, pad_s=0.0)
    assert segments([0.1, 0.9, 0.1, 0.9, 0.9, 0.1], rules) == [(0.3, 0.5)]


def test_padding_stays_inside_the_recording_and_out_of_the_neighbour() -> None:
    rules = SegmentRules(min_speech_s=0.0, min_pause_s=0.0, pad_s=0.1)
    assert segments([0.9, 0.1, 0.9], rules) == [(0.0, 0.2), (0.2, 0.3)]


def test_overlap_counts_only_what_lies_inside() -> None:
    parts = [Segment(0.0, 1.0), Segment(2.0, 4.0)]
    assert overlap_s(parts, 0.5, 3.0) == pytest.approx(1.5)
    assert overlap_s(parts, 1.0, 2.0) == 0.0


@given(arrays(np.float32, st.integers(0, 200), elements=st.floats(0, 1, width=32)))
def test_segments_are_in_order_apart_and_inside(values: np.ndarray) -> None:
    duration_s = len(values) * FRAME_S
    found = speech_segments(values, FRAME_S, duration_s)
    edges = [edge for part in found for edge in (part.start_s, part.end_s)]
    assert edges == sorted(edges)
    assert total_s(found) <= duration_s + 1e-9
    assert all(0 <= edge <= duration_s + 1e-9 for edge in edges)
