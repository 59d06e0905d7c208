"""The report and the tables of every evaluation, and the face evaluation on small packs."""

import csv
import zipfile
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from media_processing.demo_media.drawn_face import HAPPY, SURPRISED, draw_face
from media_processing.training.evaluate_face import evaluate
from media_processing.training.evaluation import (
    EvaluationError,
    EvaluationRequest,
    LabelledFile,
    counted_rows,
    decide,
    read_bytes,
    read_table,
    thinned,
)
from media_processing.training.evaluation_report import Answer
from tests.media_processing.training.face_pack import write_pack

WEIGHTS = Path(__file__).resolve().parents[3] / "media_processing" / "weights"


def write_table(path: Path, rows: list[tuple[str, str, str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("file", "label", "split"), *rows])
    return path


def test_rows_without_a_label_are_skipped_and_splits_kept_apart(tmp_path: Path) -> None:
    rows = [("a.png", "happy", "test"), ("b.png", "", "test"), ("c.png", "sad", "train")]
    table = write_table(tmp_path / "meta.csv", rows)
    assert [row.file for row in read_table(table, "label", "test")] == ["a.png"]
    assert [row.file for row in read_table(table, "label", None)] == ["a.png", "c.png"]
    with pytest.raises(EvaluationError, match="no column mood"):
        read_table(table, "mood", None)
    with pytest.raises(EvaluationError, match="there is no table"):
        read_table(tmp_path / "absent.csv", "label", None)


def test_a_folder_and_a_zip_give_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"one")
    with zipfile.ZipFile(tmp_path / "files.zip", "w") as archive:
        archive.writestr("a.bin", b"one")
    names = ["a.bin", "absent.bin"]
    assert list(read_bytes(tmp_path, names)) == [b"one", None]
    assert list(read_bytes(tmp_path / "files.zip", names)) == [b"one", None]


def test_whole_pictures_go_through_the_detector(tmp_path: Path) -> None:
    for name, face in (("happy.png", HAPPY), ("surprise.png", SURPRISED)):
        cv2.imwrite(str(tmp_path / name), draw_face(face, width_px=320, height_px=320))
    (tmp_path / "broken.png").write_bytes(b"no picture")
    rows = [("happy.png", "happy", ""), ("surprise.png", "surprise", ""), ("broken.png", "sad", "")]
    table = write_table(tmp_path / "meta.csv", rows)
    figures = evaluate(EvaluationRequest(root=tmp_path, table=table), WEIGHTS)
    assert (figures["n"], figures["n_failed"]) == (3, 1)
    assert figures["accuracy"] == pytest.approx(2 / 3)


def test_the_ferplus_layout_is_read_in_both_label_sets(tmp_path: Path) -> None:
    pack = write_pack(tmp_path)
    native = EvaluationRequest(root=pack, dataset="ferplus", labels="native")
    seven = EvaluationRequest(root=pack, dataset="ferplus")
    assert evaluate(native, WEIGHTS)["n"] == 23
    figures = evaluate(seven, WEIGHTS)
    assert figures["n"] == 20 and "contempt" not in figures["labels"]


def test_a_limit_takes_evenly_spaced_rows_that_count() -> None:
    assert thinned("abcdefghij", 4) == list("acfh")
    assert thinned("abc", 9) == thinned("abc", None) == list("abc")
    rows = [LabelledFile(str(n), "happy" if n % 2 else "calm") for n in range(20)]
    assert [row.file for row in counted_rows(rows, ("happy",), 5)] == ["1", "5", "9", "13", "17"]


def test_a_decision_among_fewer_labels_takes_the_best_of_these() -> None:
    shares = np.array([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7]])
    names = ("neutral", "happy", "sad")
    assert decide(shares, names, ()) == [Answer("neutral", 0.5), Answer("sad", 0.7)]
    few = decide(shares, names, ("sad", "happy"))
    assert [answer.label for answer in few] == ["happy", "sad"]
    assert [answer.confidence for answer in few] == pytest.approx([0.3 / 0.5, 0.7 / 0.9])


def test_a_row_knows_whose_file_it_is_where_the_table_says_so(tmp_path: Path) -> None:
    (tmp_path / "meta.csv").write_text("file,label,speaker\na.wav,happy,anna\n")
    assert read_table(tmp_path / "meta.csv", "label", None) == [
        LabelledFile("a.wav", "happy", "anna")
    ]


def test_a_slice_of_a_pack_and_fewer_labels_are_measured(tmp_path: Path) -> None:
    pack = write_pack(tmp_path)
    request = EvaluationRequest(root=pack, dataset="ferplus")
    assert evaluate(replace(request, limit=7), WEIGHTS)["n"] == 7
    figures = evaluate(replace(request, among=("happy", "angry")), WEIGHTS)
    assert figures["labels"] == ["angry", "happy"]
    assert np.sum(figures["confusion"]) == figures["n"] == 5
    with pytest.raises(EvaluationError, match="calm: not among angry, disgust"):
        evaluate(replace(request, among=("calm",)), WEIGHTS)


def test_an_unknown_data_set_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="known are ferplus, ckplus48, muxspace"):
        evaluate(EvaluationRequest(root=tmp_path, dataset="nowhere"), WEIGHTS)
    with pytest.raises(EvaluationError, match=r"ckplus48\.csv is not in"):
        evaluate(EvaluationRequest(root=tmp_path, dataset="ckplus48"), WEIGHTS)
