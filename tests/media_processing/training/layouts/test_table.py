"""Own pictures and recordings beside a table of labels."""

from pathlib import Path

import pytest

from media_processing.demo_media.drawn_face import HAPPY, SAD, draw_face
from media_processing.training.face_data import CLASSES
from media_processing.training.layouts.base import LayoutError
from media_processing.training.layouts.table import TableFaces, TableVoices, read_labels
from tests.media_processing.training.layouts import folders

TERMS = 'data_set = "Pilot"\nlicence = "Own data"\ncommercial = true\n'


def test_own_faces_are_found_in_their_pictures_and_split_as_told(tmp_path: Path) -> None:
    rows = [("a/1.png", "happy", "train"), ("a/2.png", "sad", "test"), ("a/3.png", "", "test")]
    for (name, _, _), expression in zip(rows, (HAPPY, SAD, SAD), strict=True):
        folders.write_picture(tmp_path / name, draw_face(expression))
    folders.write_table(tmp_path / "labels.csv", ("file", "label", "split"), rows)
    (tmp_path / "terms.toml").write_text(TERMS, encoding="utf-8")
    source = TableFaces(tmp_path)
    assert [CLASSES[label] for label in source.images("test").labels] == ["sad"]
    assert (source.terms.licence, source.terms.commercial) == ("Own data", True)
    with pytest.raises(LayoutError, match="has no row of the val split"):
        source.images("val")


def test_own_voices_are_split_by_person_and_their_licence_is_not_assumed(tmp_path: Path) -> None:
    persons = [f"p{n}" for n in range(1, 11)]
    rows = [(f"{person}/{n}.wav", "angry", person, "F") for person in persons for n in (1, 2)]
    folders.write_table(tmp_path / "labels.csv", ("file", "label", "person", "sex"), rows)
    folders.write_files(tmp_path, {"p1/1.wav": folders.wav("angry", seed=1)})
    corpus = TableVoices(tmp_path)
    splits = {clip.speaker: clip.split for clip in corpus.clips()}
    assert [splits[person] for person in persons] == ["train", "train", "train", "val", "test"] * 2
    assert len(corpus.clips()) == 20
    assert (corpus.terms.licence, corpus.terms.commercial) == ("Not stated", False)
    [(_, samples)] = corpus.sounds(corpus.clips()[:1])
    assert len(samples) == 24_000
    with pytest.raises(LayoutError, match=r"names p1/2\.wav, which is not there"):
        list(corpus.sounds(corpus.clips()[1:2]))


@pytest.mark.parametrize(
    ("columns", "row", "complaint"),
    [
        (("file", "label"), ("1.png", "happy"), "needs the columns file, label, and split or per"),
        (("file", "label", "split"), ("1.png", "glad", "train"), "unknown label 'glad'; known are"),
        (("file", "label", "split"), ("1.png", "happy", "dev"), "unknown split 'dev'"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(
    columns: tuple[str, ...], row: tuple[str, ...], complaint: str, tmp_path: Path
) -> None:
    folders.write_table(tmp_path / "labels.csv", columns, [row])
    with pytest.raises(LayoutError, match=complaint):
        TableFaces(tmp_path)


def test_a_person_in_two_splits_is_refused_by_name(tmp_path: Path) -> None:
    columns = ("file", "label", "split", "person")
    rows = [("1.png", "sad", "train", "anna"), ("2.png", "sad", "test", "ben")]
    folders.write_table(tmp_path / "labels.csv", columns, [*rows, ("3.png", "sad", "test", "")])
    assert len(read_labels(tmp_path, CLASSES)) == 3
    again = [*rows, ("3.png", "happy", "test", "anna"), ("4.png", "sad", "val", "")]
    folders.write_table(tmp_path / "labels.csv", columns, again)
    told = r"has anna in the train split \(1\.png\) and in the test split \(3\.png\)"
    with pytest.raises(LayoutError, match=told):
        TableFaces(tmp_path)


def test_terms_that_say_too_little_are_refused(tmp_path: Path) -> None:
    folders.write_table(tmp_path / "labels.csv", ("file", "label", "split"), [])
    (tmp_path / "terms.toml").write_text('licence = "Own"\n', encoding="utf-8")
    with pytest.raises(LayoutError, match=r"terms\.toml needs data_set, licence and commercial"):
        TableVoices(tmp_path)
