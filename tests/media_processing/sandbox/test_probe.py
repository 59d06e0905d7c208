"""Rates and sizes of the canonical video."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_processing.sandbox.probe import canonical_rate, mean_rate, upright_size
from media_processing.sandbox.types import VideoStreamFacts


def facts(width: int, height: int, rotation: int = 0) -> VideoStreamFacts:
    return VideoStreamFacts("h264", width, height, 30.0, rotation)


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        (Fraction(30000, 1001), Fraction(30000, 1001)),
        (Fraction(60), Fraction(30)),
        (Fraction(50), Fraction(25)),
        (Fraction(48), Fraction(24)),
        (Fraction(31), Fraction(30)),
        (Fraction(1, 100), Fraction(1)),
    ],
)
def test_fast_video_is_halved_and_slow_video_kept(rate: Fraction, expected: Fraction) -> None:
    assert canonical_rate(rate) == expected


def test_a_declared_rate_is_believed_only_where_the_packets_confirm_it() -> None:
    assert mean_rate(29.96, Fraction(30000, 1001)) == Fraction(30000, 1001)
    assert float(mean_rate(10.5, Fraction(90_000))) == pytest.approx(10.5)
    assert float(mean_rate(14.985, None)) == pytest.approx(14.985, abs=1e-3)


@pytest.mark.parametrize(
    ("stored", "aspect", "expected"),
    [
        (facts(1920, 1080), 1, (1280, 720)),
        (facts(1920, 1080, 90), 1, (720, 1280)),
        (facts(288, 216, 270), 1, (216, 288)),
        (facts(1280, 720, 180), 1, (1280, 720)),
        (facts(217, 131), 1, (216, 132)),
        (facts(720, 576), Fraction(16, 15), (768, 576)),
        (facts(640, 480), Fraction(1000), (640, 480)),
    ],
)
def test_upright_size(stored, aspect, expected: tuple[int, int]) -> None:
    assert upright_size(stored, Fraction(aspect), 1280) == expected


@given(st.integers(64, 3840), st.integers(64, 2160), st.sampled_from([0, 90, 180, 270]))
def test_a_canonical_picture_is_even_and_never_enlarged(width, height, rotation) -> None:
    wide, high = upright_size(facts(width, height, rotation), Fraction(1), 1280)

    assert wide % 2 == high % 2 == 0
    assert max(wide, high) <= min(1280, max(width, height) + 1)
