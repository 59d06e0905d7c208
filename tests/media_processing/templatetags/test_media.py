"""How lengths and measures are written."""

import pytest

from media_processing.templatetags.media import duration, measured


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (None, "–"),
        (0, "0:00.0"),
        (12.34, "0:12.3"),
        (59.99, "0:59.9"),
        (60, "1:00.0"),
        (845, "14:05.0"),
    ],
)
def test_times_are_cut_to_tenths(seconds: float | None, written: str) -> None:
    assert duration(seconds) == written


def test_a_negative_measure_has_a_real_minus() -> None:
    assert measured(-27.66, 1) == "\N{MINUS SIGN}27.7"
    assert measured(3.0, 0) == "3"
