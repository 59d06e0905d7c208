"""Pairs, fit, comparison and card of the fusion, on made-up outputs of three networks."""

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="the training requirements are not installed")

from media_processing.analysis.fusion import plain_average, product_of_experts  # after the skip
from media_processing.analysis.fusion_windows import MODALITIES
from media_processing.analysis.types import EMOTIONS, Modality
from media_processing.inference.fusion import parameters_json, parameters_of
from media_processing.training import (
    fusion,
    fusion_card,
    fusion_fit,
    fusion_measure,
    fusion_place,
    fusion_sources,
)
from media_processing.training import fusion_network as network_of
from media_processing.training.fusion_fit import EVEN
from media_processing.training.fusion_pairs import SUBSETS, draw_pairs, random_subsets
from media_processing.training.fusion_sources import Outputs, spaced, with_noise
from media_processing.training.voice_corpora import Clip
from tests.media_processing.training.fusion_outputs import WALKED, made_up_outputs

pytestmark = pytest.mark.training

EVERYDAY = np.array([0.1, 0.05, 0.05, 0.25, 0.35, 0.1, 0.1])
WALK_LABELS = np.array([name in WALKED for name in EMOTIONS])
KNOWN = {
    Modality.FACE: np.ones(7, bool),
    Modality.VOICE: np.ones(7, bool),
    Modality.GAIT: WALK_LABELS,
}


@pytest.fixture(scope="module")
def outputs() -> dict[Modality, Outputs]:
    return made_up_outputs(0)


@pytest.fixture(scope="module")
def parameters(outputs: Mapping[Modality, Outputs]) -> Any:
    rng = np.random.default_rng(0)
    return fusion_fit.fit(outputs, KNOWN, EVERYDAY, draw_pairs(outputs, 300, rng), rng)


def test_the_parts_of_a_pair_carry_its_label(outputs: Mapping[Modality, Outputs]) -> None:
    pairs = draw_pairs(outputs, 400, np.random.default_rng(1), conditions=(0,))

    for place, modality in enumerate(MODALITIES):
        source = outputs[modality].of(0)
        label_of = dict(zip(source.columns[:, 0], source.labels, strict=True))
        found = np.array([label_of[p] for p in pairs.readings.probabilities[:, place, 0]])
        comparable = KNOWN[modality][pairs.labels]
        assert (found == pairs.labels)[comparable].all()
    assert set(np.unique(pairs.labels)) == set(range(7))
    assert pairs.readings.present.all()


def test_a_walk_is_there_for_labels_that_no_walk_has(outputs: Mapping[Modality, Outputs]) -> None:
    """Otherwise the presence of a walk alone would betray the label."""
    pairs = draw_pairs(outputs, 400, np.random.default_rng(1))
    walks = pairs.readings.probabilities[:, MODALITIES.index(Modality.GAIT)]

    fear = walks[pairs.labels == EMOTIONS.index("fear")]
    assert len(fear) > 0
    assert len({row.argmax() for row in fear}) > 1


def test_modality_dropout_leaves_something_and_every_choice() -> None:
    masks = random_subsets(2000, np.random.default_rng(0))

    assert masks.any(axis=1).all()
    assert {tuple(row) for row in masks.tolist()} == set(SUBSETS)


def test_the_fit_beats_the_plain_average(
    outputs: Mapping[Modality, Outputs], parameters: Any
) -> None:
    pairs = draw_pairs(made_up_outputs(1), 2000, np.random.default_rng(2))
    rows = np.arange(len(pairs.labels))

    def loss(fused: np.ndarray) -> float:
        return float(-np.log(np.maximum(fused[rows, pairs.labels], 1e-6)).mean())

    fitted = loss(product_of_experts(pairs.readings, parameters, EVEN))

    assert fitted < loss(plain_average(pairs.readings)) - 0.1
    assert 0 < parameters.conflict_divergence <= 1
    assert all(0 < expert.trust <= 1 for expert in parameters.experts.values())


def test_the_numbers_survive_their_file(parameters: Any) -> None:
    stored = json.loads(json.dumps(parameters_json(parameters)))

    assert parameters_json(parameters_of(stored)) == stored


def _comparison(overall: list[float], worst: list[float]) -> dict[str, Any]:
    return {
        "overall": {"difference": {"product": overall, "average": [0.1, 0.05, 0.2]}},
        "by_subset": {"face": {"difference": {"product": worst, "average": [0.1, 0.0, 0.2]}}},
    }


@pytest.mark.parametrize(
    ("overall", "worst", "ships"),
    [
        ([0.02, 0.01, 0.03], [0.0, -0.01, 0.01], True),
        ([0.02, -0.001, 0.04], [0.0, -0.01, 0.01], False),
        ([0.02, 0.01, 0.03], [-0.03, -0.05, -0.01], False),
    ],
    ids=["surely better", "perhaps better", "surely worse with one choice"],
)
def test_the_transformer_ships_only_where_it_surely_wins(
    overall: list[float], worst: list[float], ships: bool
) -> None:
    assert fusion_measure.beats_both(_comparison(overall, worst)) is ships


def test_the_bootstrap_draws_people_and_not_pairs(outputs: Mapping[Modality, Outputs]) -> None:
    """With one speaker, one face and one walk there is nothing to vary."""
    lonely = {
        modality: Outputs(one.labels, np.zeros_like(one.groups), one.conditions, one.columns)
        for modality, one in outputs.items()
    }
    methods = {"average": plain_average}

    def widths(source: Mapping[Modality, Outputs]) -> list[float]:
        rng = np.random.default_rng(0)
        cells = fusion_measure.cells_of(source, methods, rng)[-1:]
        value, low, high = fusion_measure.compare(cells, fusion_measure.Bootstrap(source, rng))[
            "overall"
        ]["uar"]["average"]
        assert low <= value <= high
        return [high - low]

    assert widths(lonely)[0] == pytest.approx(0.0, abs=1e-9)
    assert widths(outputs)[0] > 0.01


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Run the whole training on made-up outputs, shortened."""
    out = tmp_path_factory.mktemp("fusion")
    with pytest.MonkeyPatch.context() as monkeypatch:
        _shorten(monkeypatch)
        fusion.main(out, out, 0)
    yield out


def _shorten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_of, "STEPS", 60)
    monkeypatch.setattr(network_of, "REPORT_EVERY", 20)
    monkeypatch.setattr(fusion, "TRAINING_PAIRS", 2000)
    monkeypatch.setattr(fusion, "FITTING_PAIRS", 200)
    monkeypatch.setattr(fusion_measure, "PAIRS_PER_CONDITION", 300)
    monkeypatch.setattr(fusion_measure, "REPLICATES", 50)
    parts = (made_up_outputs(3), made_up_outputs(4))
    monkeypatch.setattr(fusion, "read_parts", lambda data, weights, cache: parts)
    monkeypatch.setattr(fusion, "everyday_shares", lambda data: EVERYDAY)


def test_one_command_writes_what_ships_and_what_was_measured(trained: Path) -> None:
    figures = json.loads((trained / "fusion.figures.json").read_text())
    card = (trained / "fusion.md").read_text()

    assert parameters_of(json.loads((trained / "fusion.json").read_text()))
    assert figures["ships"] in {fusion.TRANSFORMER_NAME, fusion.PRODUCT_NAME}
    assert figures["onnx_difference"] < 1e-5
    assert len(figures["comparison"]["cells"]) == 21
    assert 0 <= figures["doubt"]["uncertainty_auc"] <= 1
    assert "simulation" in card
    assert f"{figures['ships']} ships" in card
    assert (trained / "pictures" / "fusion_confusion.svg").is_file()
    assert (trained / "pictures" / "fusion_curve.svg").is_file()


def test_a_card_for_either_verdict(trained: Path) -> None:
    figures = json.loads((trained / "fusion.figures.json").read_text())

    for verdict in (fusion.TRANSFORMER_NAME, fusion.PRODUCT_NAME):
        text = fusion_card.card(figures | {"ships": verdict})
        assert f"**The {verdict} ships" in text
        assert "{" not in text


def test_nobody_both_fits_and_measures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def read(data: Path, split: str, weights: Path, cache: Path, modalities: Any) -> Any:
        asked.append((split, tuple(modalities)))
        return {one: made_up_outputs(len(split))[one] for one in modalities}

    monkeypatch.setattr(fusion_sources, "read_outputs", read)

    fitting, testing = fusion_sources.read_parts(tmp_path, tmp_path, tmp_path)

    speakers = [set(part[Modality.VOICE].groups.tolist()) for part in (fitting, testing)]
    assert speakers == [{0, 2, 4}, {1, 3, 5}]
    assert set(fitting) == set(testing) == set(MODALITIES)
    assert ("val", (Modality.FACE, Modality.GAIT)) in asked


def test_every_second_speaker_is_every_second_woman_and_man() -> None:
    # In RAVDESS the odd actors are men, and the table has them in turn.
    clips = [
        Clip(f"{number}", "ravdess", f"{number}", "FM"[number % 2], "angry", "test", "1")
        for number in range(8)
    ]

    numbers = fusion_sources.numbered_speakers(clips, 10)

    assert sorted(numbers.values()) == list(range(10, 18))
    fitting = [clip.sex for clip in clips if numbers[clip.speaker] % 2 == 0]
    assert sorted(fitting) == ["F", "F", "M", "M"]


def test_places_are_spread_over_all_there_is() -> None:
    assert spaced(10, 4).tolist() == [0, 3, 6, 9]
    assert spaced(3, 10).tolist() == [0, 1, 2]


def test_noise_has_the_level_that_was_asked_for() -> None:
    rng = np.random.default_rng(0)
    speech = np.concatenate([np.zeros(16000), rng.normal(0, 0.1, 16000)]).astype(np.float32)

    noise = with_noise(speech, 10.0, rng) - speech

    assert 10 * np.log10(0.01 / np.mean(noise**2)) == pytest.approx(10.0, abs=0.2)


def test_what_ships_is_put_in_place_and_nothing_else_is_touched(
    trained: Path, tmp_path: Path
) -> None:
    other = '# The networks.\n\n[[network]]\nname = "face_emotion"\nclasses = ["sad"]\n'
    (tmp_path / "manifest.toml").write_text(other)
    (tmp_path / "fusion_transformer.onnx").write_bytes(b"an older one")

    for _ in "twice":
        fusion_place.place(trained, tmp_path)

    manifest = (tmp_path / "manifest.toml").read_text()
    entries = {table["name"]: table for table in tomllib.loads(manifest)["network"]}
    assert manifest.startswith(other)
    assert len(entries) == manifest.count("[[network]]")
    shipped = tmp_path / entries["fusion"]["file"]
    assert entries["fusion"]["sha256"] == hashlib.sha256(shipped.read_bytes()).hexdigest()
    assert (tmp_path / "fusion_transformer.onnx").exists() == ("fusion_transformer" in entries)
    assert (tmp_path / "pictures" / "fusion_curve.svg").is_file()
