"""Training from packs to weights, balanced, repeatable and resumable."""

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the training requirements")

from media_processing.inference.voice_emotion import WINDOW_FRAMES  # noqa: E402
from media_processing.training import voice_emotion  # noqa: E402
from media_processing.training.voice_corpora import Clip  # noqa: E402
from media_processing.training.voice_emotion import Trainer, TrainingRules, main  # noqa: E402
from media_processing.training.voice_features import Material  # noqa: E402
from media_processing.training.voice_sampling import (  # noqa: E402
    EpochSampler,
    SamplingRules,
    clip_weights,
)
from tests.media_processing.training.voice_packs import make_pack  # noqa: E402

pytestmark = pytest.mark.training
RULES = TrainingRules(
    epochs=2,
    clips_per_epoch=32,
    variants={"ravdess": 2, "nemo": 1},
    corpus_share={"ravdess": 0.5, "nemo": 0.5},
)


def material(corpora: list[str], labels: list[int]) -> Material:
    clips = [
        Clip(f"{index}", corpus, f"s{index % 3}", "F", "angry", "train", "1")
        for index, corpus in enumerate(corpora)
    ]
    rng = np.random.default_rng(1)
    features = [
        [rng.normal(-0.5, 0.3, (60 + 40 * index, 80)).astype(np.float16)]
        for index in range(len(clips))
    ]
    return Material(clips, np.array(labels), features)


def test_a_small_corpus_and_a_rare_class_are_drawn_as_often() -> None:
    weights = clip_weights(material(["a"] * 5 + ["b"], [0, 0, 0, 0, 1, 0]), {"a": 0.6, "b": 0.4})
    assert weights[:4].sum() == pytest.approx(0.3)
    assert weights[4] == pytest.approx(0.3)
    assert weights[5] == pytest.approx(0.4)


def test_an_epoch_is_the_same_each_time_and_differs_from_the_next() -> None:
    sampler = EpochSampler(
        material(["a"] * 6, [0, 1, 2, 0, 1, 2]),
        SamplingRules({"a": 1.0}, clips_per_epoch=64, batch_clips=16),
        seed=3,
    )
    first, again, other = (list(sampler.batches(epoch)) for epoch in (0, 0, 1))
    assert len(first) == 4
    for (features, targets), (features_again, targets_again) in zip(first, again, strict=True):
        assert np.array_equal(features, features_again)
        assert np.array_equal(targets, targets_again)
        assert features.shape == (16, WINDOW_FRAMES, 80)
        np.testing.assert_allclose(targets.sum(axis=1), 1.0, atol=1e-5)
    assert not np.array_equal(first[0][0], other[0][0])


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packs")
    make_pack(folder, "ravdess")
    make_pack(folder, "nemo")
    return folder


def history(out: Path) -> list[dict[str, float]]:
    rows = json.loads((out / "training.json").read_text())["history"]
    return [{name: row[name] for name in ("epoch", "loss", "selection")} for row in rows]


def test_a_run_that_was_cut_off_ends_as_if_it_had_not_been(
    packs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    main(packs, tmp_path / "whole", 5, rules=RULES)
    train_epoch = Trainer._train_epoch

    def cut_off(trainer: Trainer, epoch: int) -> float:
        if epoch == 1:
            raise KeyboardInterrupt
        return train_epoch(trainer, epoch)

    with monkeypatch.context() as patched:
        patched.setattr(Trainer, "_train_epoch", cut_off)
        with pytest.raises(KeyboardInterrupt):
            main(packs, tmp_path / "cut", 5, rules=RULES)
    main(packs, tmp_path / "cut", 5, rules=RULES)
    assert history(tmp_path / "cut") == history(tmp_path / "whole")
    written = [(tmp_path / name / "voice_emotion.onnx").read_bytes() for name in ("whole", "cut")]
    assert written[0] == written[1]


def test_an_absent_corpus_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"ravdess\.csv"):
        main(tmp_path, tmp_path / "out", 1, rules=RULES)


def test_shipped_weights_learn_only_from_corpora_that_allow_it() -> None:
    rules = TrainingRules()
    assert set(rules.variants) == set(rules.corpus_share) == {"ravdess", "nemo", "emogator"}
    assert set(voice_emotion.SELECTED_ON) <= set(rules.variants)
