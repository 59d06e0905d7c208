"""From observations to one history: its rows, its numbers' file, and what it is made by."""

import json
from pathlib import Path

import numpy as np
import pytest

from media_processing.analysis.fusion_windows import HOP_S
from media_processing.analysis.types import EMOTIONS, Modality, Observation
from media_processing.inference import fusion, fusion_transformer
from media_processing.inference.fusion import (
    PRODUCT,
    emotion_history,
    history_json,
    load_parameters,
    parameters_json,
)
from media_processing.inference.fusion_transformer import TOKEN_VALUES, tokens_of
from media_processing.inference.manifest import WeightsError
from media_processing.selectors import WEIGHTS_DIR
from tests.media_processing.analysis.fusion_readings import (
    ALL_SILENT,
    EVEN,
    observation,
    parameters,
    peaked,
    place,
    reading,
)


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    place(tmp_path, "fusion", "fusion.json", json.dumps(parameters_json(parameters())).encode())
    return tmp_path


def talk() -> list[Observation]:
    """A face for 10 s, a voice that contradicts it from 4 to 7 s, nothing after 10 s."""
    face = [observation(Modality.FACE, n / 5, (n + 1) / 5, peaked("happy")) for n in range(50)]
    return [*face, observation(Modality.VOICE, 4.0, 7.0, peaked("angry"), quality=1.0)]


def test_a_history_has_a_row_for_every_moment_that_was_observed(weights: Path) -> None:
    history = emotion_history(talk(), 20.0, weights)

    assert (history.method, history.entry.version) == (PRODUCT, "0.1")
    assert len(history) > 10 / HOP_S - 2
    assert history.t_s.max() <= 10.5
    assert history.probabilities.sum(axis=1) == pytest.approx(1.0)
    heard = history.weights[:, 1] > 0
    assert heard.any() and not heard[history.t_s < 3.5].any()
    assert not history.weights[:, 2].any()
    assert (np.isfinite(history.consistency) == heard).all()
    assert history.conflicts[heard, 0].any() and not history.conflicts[~heard].any()
    assert history.uncertainty[heard].mean() > history.uncertainty[~heard].mean()
    for column in (history.valence, history.arousal):
        assert (column[:, 1] <= column[:, 0]).all() and (column[:, 0] <= column[:, 2]).all()


def test_nothing_observed_is_no_history(weights: Path) -> None:
    assert len(emotion_history([], 20.0, weights)) == 0
    assert len(emotion_history(talk(), 0.0, weights)) == 0


def test_without_one_modality_it_is_the_history_of_the_others(weights: Path) -> None:
    both, face = talk(), [one for one in talk() if one.modality is Modality.FACE]
    alone = emotion_history(face, 20.0, weights)
    together = emotion_history(both, 20.0, weights)
    silent = together.weights[:, 1] == 0

    assert together.probabilities[silent] == pytest.approx(alone.probabilities[silent])


def test_the_json_is_plain_and_complete(weights: Path) -> None:
    history = emotion_history(talk(), 20.0, weights)
    content = json.loads(json.dumps(history_json(history), allow_nan=False))

    rows = len(history)
    assert content["sha256"] == history.entry.sha256
    for name in ("t_s", "probabilities", "valence", "arousal", "uncertainty", "consistency"):
        assert len(content[name]) == rows
    assert {len(column) for column in content["weights"].values()} == {rows}
    assert content["consistency"][0] is None
    assert content["strongest"]["face"][0] == EMOTIONS.index("happy")
    assert content["strongest"]["gait"][0] is None
    assert len(content["conflicts"]["face-voice"]) == history.conflicts[:, 0].sum()


def test_altered_or_missing_numbers_are_refused(weights: Path, tmp_path: Path) -> None:
    (weights / "fusion.json").write_text("{}")

    with pytest.raises(WeightsError):
        emotion_history(talk(), 20.0, weights)
    (weights / "manifest.toml").write_text("")
    with pytest.raises(WeightsError):
        load_parameters(weights)


def test_numbers_for_other_labels_are_refused(tmp_path: Path) -> None:
    content = parameters_json(parameters()) | {"labels": [*EMOTIONS[:-1], "calm"]}
    place(tmp_path, "fusion", "fusion.json", json.dumps(content).encode())

    with pytest.raises(WeightsError):
        load_parameters(tmp_path)


def test_a_transformer_in_the_manifest_fuses_unless_no_network_may_run(
    weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Even:
        def run(self, batch: np.ndarray) -> list[np.ndarray]:
            return [np.full((len(batch), len(EMOTIONS)), 1 / len(EMOTIONS), np.float32)]

    place(weights, "fusion_transformer", "fusion_transformer.onnx", b"a graph")
    monkeypatch.setattr(fusion_transformer, "load_network", lambda name, folder: Even())

    by_network = emotion_history(talk(), 20.0, weights)
    without = emotion_history(talk(), 20.0, weights, may_use_network=False)

    assert by_network.method == fusion.TRANSFORMER
    assert by_network.probabilities == pytest.approx(np.tile(EVEN, (len(by_network), 1)))
    assert without.method == PRODUCT


def test_tokens_of_an_absent_modality_are_empty() -> None:
    tokens = tokens_of(reading(peaked("happy"), None, None))

    assert tokens.shape == (1, 3, TOKEN_VALUES)
    assert tokens[0, 0, -1] == 1
    assert not tokens[0, 1:].any()
    assert not tokens_of(reading(*ALL_SILENT)).any()


def test_the_shipped_numbers_fuse_and_say_where_they_come_from() -> None:
    history = emotion_history(talk(), 20.0, WEIGHTS_DIR)

    assert len(history) > 0
    assert len(history.entry.sha256) == 64
    content = json.loads((WEIGHTS_DIR / "fusion.figures.json").read_text(encoding="utf-8"))
    stored = json.loads((WEIGHTS_DIR / "fusion.json").read_text(encoding="utf-8"))
    assert content["parameters"].items() <= stored.items()
    assert content["version"] == history.entry.version
