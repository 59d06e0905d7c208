"""Training from packs to weights, balanced, repeatable and resumable."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the training requirements")

from media_processing.analysis.log_mel import MELS, PADDING  # noqa: E402
from media_processing.inference.voice_emotion import WINDOW_FRAMES  # noqa: E402
from media_processing.training.voice_corpora import CLASSES, TAUGHT, Clip  # noqa: E402
from media_processing.training.voice_emotion import main  # noqa: E402
from media_processing.training.voice_features import Material, load_material  # noqa: E402
from media_processing.training.voice_phase import Phase, PhaseRules  # noqa: E402
from media_processing.training.voice_recipe import WEIGHTS_DIR, TrainingRules  # noqa: E402
from media_processing.training.voice_sampling import (  # noqa: E402
    EpochSampler,
    SamplingRules,
    clip_weights,
)
from tests.media_processing.training.voice_packs import make_pack  # noqa: E402

pytestmark = pytest.mark.training
RULES = TrainingRules(
    base=PhaseRules({"nemo": 1.0}, epochs=1, clips_per_epoch=16),
    member=PhaseRules({"ravdess": 0.5, "nemo": 0.5}, epochs=2, clips_per_epoch=16),
    refinement=PhaseRules({"ravdess": 0.5, "nemo": 0.5}, epochs=1, clips_per_epoch=16),
)


def material(corpora: list[str], labels: list[int]) -> Material:
    clips = [
        Clip(f"{index}", corpus, f"s{index % 3}", "F", "angry", "train", "1")
        for index, corpus in enumerate(corpora)
    ]
    rng = np.random.default_rng(1)
    features = [
        rng.normal(-0.5, 0.3, (60 + 40 * index, MELS)).astype(np.float16)
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
    assert len(first) == sampler.batches_per_epoch == 4
    for (features, targets), (features_again, targets_again) in zip(first, again, strict=True):
        assert torch.equal(features, features_again)
        assert torch.equal(targets, targets_again)
        assert len(features) == 16
        torch.testing.assert_close(targets.sum(dim=1), torch.ones(16))
    assert not any(torch.equal(one[0], two[0]) for one, two in zip(first, other, strict=True))


def test_clips_of_like_length_come_together_and_none_is_longer_than_a_window() -> None:
    sampler = EpochSampler(
        material(["a"] * 6, [0] * 6), SamplingRules({"a": 1.0}, 128, 16, join=0.0), seed=3
    )
    batches = [features for features, _ in sampler.batches(0)]
    frames = [features.shape[1] for features in batches]
    assert min(frames) < max(frames) <= WINDOW_FRAMES
    shortest = batches[int(np.argmin(frames))]
    sounding = (shortest.amax(dim=2) > PADDING).sum(dim=1)
    assert float(sounding.float().mean()) > 0.6 * min(frames)


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packs")
    make_pack(folder, "ravdess")
    make_pack(folder, "nemo")
    return folder


def report(out: Path) -> dict[str, object]:
    figures = json.loads((out / "report.json").read_text())
    for phase in ("base", "trial"):
        for row in figures[phase]:
            del row["cpu_seconds"]
    return figures


@pytest.fixture(scope="module")
def whole(packs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("whole")
    main(packs, out, 5, rules=RULES)
    return out


def test_a_run_that_was_cut_off_ends_as_if_it_had_not_been(
    packs: Path, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train_epoch = Phase._train_epoch

    def cut_off(phase: Phase, epoch: int) -> float:
        if epoch == 1:
            raise KeyboardInterrupt
        return train_epoch(phase, epoch)

    with monkeypatch.context() as patched:
        patched.setattr(Phase, "_train_epoch", cut_off)
        with pytest.raises(KeyboardInterrupt):
            main(packs, tmp_path, 5, rules=RULES)
    main(packs, tmp_path, 5, rules=RULES)
    assert report(tmp_path) == report(whole)
    written = [(folder / "voice_emotion.onnx").read_bytes() for folder in (whole, tmp_path)]
    assert written[0] == written[1]


def test_a_run_of_another_seed_or_recipe_is_not_gone_on_with(
    packs: Path, whole: Path, tmp_path: Path
) -> None:
    shutil.copytree(whole, tmp_path / "again")
    with pytest.raises(ValueError, match=r"base\.pt was begun with another seed and start; train"):
        main(packs, tmp_path / "again", 6, rules=RULES)
    longer = replace(RULES, member=replace(RULES.member, epochs=3))
    with pytest.raises(ValueError, match=r"trial\.pt was begun with another recipe; train into"):
        main(packs, tmp_path / "again", 5, rules=longer)


def test_a_base_of_an_earlier_run_stands_for_the_first_phase(
    packs: Path, whole: Path, tmp_path: Path
) -> None:
    main(packs, tmp_path, 5, start_from=whole / "base.pt", rules=RULES)
    assert not (tmp_path / "base.pt").exists()
    assert report(tmp_path) == report(whole)


def test_each_fold_is_heard_by_a_network_that_never_heard_its_speakers(
    packs: Path, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taught: list[set[str]] = []
    begin = Phase.__init__

    def watched(phase: Phase, network: object, clips: Material, *others: object, **more: object):  # type: ignore[no-untyped-def]
        taught.append({clip.fold for clip in clips.clips if clip.corpus == "ravdess"})
        begin(phase, network, clips, *others, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Phase, "__init__", watched)
    main(packs, tmp_path, 5, start_from=whole / "base.pt", folds=2, rules=RULES)
    # Trial and refinement of each fold.
    assert taught == [{"2"}, {"2"}, {"1"}, {"1"}]
    figures = json.loads((tmp_path / "folds-ravdess.json").read_text())
    assert {fold: row["n"] for fold, row in figures["per_fold"].items()} == {"1": 4, "2": 4}
    assert np.sum(figures["confusion"]) == figures["n"] == 8
    mean = np.mean([row["uar"] for row in figures["per_fold"].values()])
    assert figures["mean_uar"] == pytest.approx(mean)


def test_folds_that_a_corpus_does_not_have_are_refused(packs: Path, tmp_path: Path) -> None:
    rules = TrainingRules(base=None, member=RULES.member)
    with pytest.raises(ValueError, match="ravdess has 2 folds of speakers, not 6"):
        main(packs, tmp_path, 5, folds=6, rules=rules)
    with pytest.raises(ValueError, match="no folds of 'urdu'"):
        main(packs, tmp_path, 5, folds=2, corpora="urdu", rules=rules)


def test_a_corpus_to_leave_out_without_folds_is_refused(packs: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="--corpora names the corpus that --folds"):
        main(packs, tmp_path / "out", 5, corpora="casia", rules=RULES)
    assert not (tmp_path / "out").exists()


def test_features_of_other_clips_are_not_taken_for_these(packs: Path, tmp_path: Path) -> None:
    load_material(packs, ["nemo"], tmp_path / "features", WEIGHTS_DIR)
    table = packs / "nemo.csv"
    before = table.read_text(encoding="utf-8")
    header, first, *others = before.splitlines()
    try:
        table.write_text("\n".join([header, *others, first]) + "\n", encoding="utf-8")
        with pytest.raises(ValueError, match="made of other clips"):
            load_material(packs, ["nemo"], tmp_path / "features", WEIGHTS_DIR)
    finally:
        table.write_text(before, encoding="utf-8")


def test_an_absent_corpus_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nemo\.csv"):
        main(tmp_path, tmp_path / "out", 1, rules=RULES)


def test_shipped_weights_learn_only_from_corpora_that_allow_it() -> None:
    recipe = TrainingRules()
    assert recipe.base is not None
    assert {*recipe.base.corpus_share, *recipe.refinement.corpus_share} == set(TAUGHT)
    assert set(recipe.member.corpus_share) == set(recipe.refinement.corpus_share)
    # So every fold of RAVDESS may begin from the one base.
    assert "ravdess" not in recipe.base.corpus_share
    assert len(CLASSES) == 8
