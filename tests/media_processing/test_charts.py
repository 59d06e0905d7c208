"""Figures of a recording: what is drawn where nothing was observed."""

import base64

import numpy as np
import numpy.typing as npt
import pytest

from media_processing import charts
from media_processing.analysis.types import EMOTIONS, Modality, Observation


def _observation(t_s: float, happy: float = 0.4) -> Observation:
    rest = (1 - happy) / 6
    probabilities = tuple(happy if label == "happy" else rest for label in EMOTIONS)
    return Observation(Modality.FACE, t_s, t_s + 0.2, 0, probabilities, 0.3, -0.2, happy, 1.0)


def _values(coded: dict[str, str]) -> npt.NDArray[np.float32]:
    return np.frombuffer(base64.b64decode(coded["bdata"]), np.float32)


def _rows() -> list[Observation]:
    return [_observation(t_s) for t_s in (0.0, 0.2, 0.4, 3.0, 3.2)]


def test_a_gap_breaks_every_line_once() -> None:
    figure = charts.expression_lines(_rows(), 5.0, is_marked=False)
    for trace in figure["data"]:
        values = _values(trace["y"])
        assert np.flatnonzero(np.isnan(values)).tolist() == [3]
        assert trace["connectgaps"] is False


def test_points_stand_at_the_middle_of_their_observation() -> None:
    figure = charts.expression_lines(_rows(), 5.0, is_marked=False)
    times_s = _values(figure["data"][0]["x"])
    assert times_s[[0, 1, 2, 4, 5]] == pytest.approx([0.1, 0.3, 0.5, 3.1, 3.3])
    assert 0.5 < times_s[3] < 3.1


def test_observations_that_follow_each_other_are_joined() -> None:
    rows = [_observation(n * 0.2) for n in range(50)]
    figure = charts.expression_lines(rows, 10.0, is_marked=False)
    assert not np.isnan(_values(figure["data"][3]["y"])).any()
    assert _values(figure["data"][3]["y"]) == pytest.approx(np.full(50, 0.4))


def test_no_two_labels_share_both_colour_and_dash() -> None:
    figure = charts.expression_lines(_rows(), 5.0, is_marked=False)
    looks = {(trace["line"]["color"], trace["line"]["dash"]) for trace in figure["data"]}
    assert len(looks) == len(EMOTIONS)
    assert len({trace["line"]["dash"] for trace in figure["data"]}) >= 6


def test_a_single_window_of_speech_is_marked() -> None:
    figure = charts.expression_lines([_observation(1.0)], 5.0, is_marked=True)
    assert all("markers" in trace["mode"] for trace in figure["data"])


def test_affect_has_two_lines_for_each_modality() -> None:
    figure = charts.affect_lines({"face": _rows(), "voice": _rows()}, 5.0)
    assert [trace["name"] for trace in figure["data"]] == [
        "face:valence", "face:arousal", "voice:valence", "voice:arousal",
    ]  # fmt: skip


def test_the_plane_holds_every_observation() -> None:
    figure = charts.circumplex({"face": _rows()})
    assert _values(figure["data"][0]["x"]) == pytest.approx(np.full(5, 0.3))
    assert _values(figure["data"][0]["y"]) == pytest.approx(np.full(5, -0.2))
    assert figure["layout"]["xaxis"]["range"] == [-1.05, 1.05]
