"""Evaluation of the voice network: packs, tables, splits, labels and failures."""

import csv
from pathlib import Path

import pytest

from media_processing.inference.voice_emotion import native_classes
from media_processing.training.evaluate_voice import evaluate
from media_processing.training.evaluation import EvaluationError, EvaluationRequest
from media_processing.training.voice_corpora import SoundError, decode
from tests.media_processing.training.voice_packs import make_pack, sound

WEIGHTS = Path(__file__).resolve().parents[3] / "media_processing" / "weights"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Four recordings: speech, speech without a label, bytes that are no sound, a missing file."""
    (tmp_path / "a.wav").write_bytes(sound("angry", seed=1))
    (tmp_path / "b.wav").write_bytes(sound("sad", seed=2))
    (tmp_path / "c.wav").write_bytes(b"no sound")
    rows = [("a.wav", "angry"), ("b.wav", ""), ("c.wav", "sad"), ("d.wav", "calm")]
    with (tmp_path / "meta.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("file", "label"), *rows])
    return tmp_path / "meta.csv"


def test_a_pack_is_read_by_split(tmp_path: Path) -> None:
    make_pack(tmp_path, "nemo")
    figures = evaluate(EvaluationRequest(root=tmp_path, dataset="nemo", split="val"), WEIGHTS)
    assert figures["n"] == 4
    assert figures["n_failed"] == 0
    assert set(figures["per_class"]) == {"angry", "sad"}
    assert sum(sum(row) for row in figures["confusion"]) == 4


def test_what_cannot_be_heard_counts_as_failed_and_wrong(table: Path) -> None:
    request = EvaluationRequest(root=table.parent, table=table, labels="native")
    figures = evaluate(request, WEIGHTS)
    assert figures["labels"] == list(native_classes(WEIGHTS))
    assert (figures["n"], figures["n_failed"]) == (3, 2)
    assert figures["per_class"]["calm"] == {"recall": 0.0, "n": 1}


def test_a_label_outside_the_seven_is_skipped(table: Path) -> None:
    figures = evaluate(EvaluationRequest(root=table.parent, table=table), WEIGHTS)
    assert figures["n"] == 2
    assert "calm" not in figures["labels"]


def test_an_unknown_data_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="'nothing'; known are ravdess"):
        evaluate(EvaluationRequest(root=tmp_path, dataset="nothing"), WEIGHTS)


def test_bytes_without_sound_are_refused() -> None:
    with pytest.raises(SoundError):
        decode(b"not a sound at all")
