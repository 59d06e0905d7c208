"""Reading face pictures from tiny folders in the layouts of published sets."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from media_processing.analysis.face_landmarks import MediaPipeFaceReader
from media_processing.demo_media.drawn_face import HAPPY, draw_face
from media_processing.modalities.face import largest_face
from media_processing.selectors import WEIGHTS_DIR
from media_processing.training.evaluate_face import evaluate
from media_processing.training.evaluation import EvaluationRequest
from media_processing.training.face_data import CLASSES
from media_processing.training.layouts import LAYOUTS, open_layout
from media_processing.training.layouts.affectnet import AffectNet
from media_processing.training.layouts.base import LayoutError, split_persons
from media_processing.training.layouts.ckplus import CkPlus
from media_processing.training.layouts.fer2013 import Fer2013, FerPlus
from media_processing.training.layouts.rafdb import RafDb
from tests.media_processing.training.face_pack import tile
from tests.media_processing.training.layouts import folders


def words(labels: np.ndarray) -> list[str]:
    return [CLASSES[label] for label in labels]


def test_rafdb_gives_its_codes_and_its_split(tmp_path: Path) -> None:
    source = RafDb(folders.rafdb(tmp_path))
    train, val, test = (source.images(split) for split in ("train", "val", "test"))
    assert words(test.labels) == list(folders.RAF_LABELS)
    assert (len(train), len(val)) == (18, 3)
    # The first, eleventh and twenty-first training pictures validate.
    assert words(val.labels) == ["surprise", "happy", "neutral"]
    np.testing.assert_array_equal(test.votes.argmax(axis=1), test.labels)
    np.testing.assert_allclose(test.votes.sum(axis=1), 1.0)
    shown = test.images.astype(int)[0]
    assert np.abs(shown - tile(CLASSES.index("surprise"), 0).astype(int)).mean() < 12


def test_rafdb_is_also_read_from_inside_its_folder(tmp_path: Path) -> None:
    folders.rafdb(tmp_path)
    assert len(RafDb(tmp_path / "basic").images("test")) == 7


def test_rafdb_without_aligned_pictures_finds_the_faces(tmp_path: Path) -> None:
    folders.rafdb(tmp_path, train=2, test=1)
    (tmp_path / "basic/Image/aligned").rename(tmp_path / "basic/Image/else")
    original = tmp_path / "basic/Image/original"
    folders.write_picture(original / "test_00001.jpg", draw_face(HAPPY))
    faces = RafDb(tmp_path).images("test")
    scene = cv2.imread(str(original / "test_00001.jpg"))
    seen_by_the_product = largest_face(MediaPipeFaceReader(), scene)
    np.testing.assert_array_equal(faces.images, seen_by_the_product[np.newaxis])


def test_rafdb_says_what_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match=r"no basic/EmoLabel/list_patition_label\.txt"):
        RafDb(tmp_path)
    folders.rafdb(tmp_path)
    labels = tmp_path / "basic/EmoLabel/list_patition_label.txt"
    labels.write_text("train_00001.jpg 8\ntest_00001.jpg 1\n", encoding="utf-8")
    with pytest.raises(LayoutError, match=r"unknown label code 8; known are 1 surprise"):
        RafDb(tmp_path).images("val")
    labels.write_text("test_00099.jpg 1\n", encoding="utf-8")
    with pytest.raises(LayoutError, match=r"test_00099_aligned\.jpg, which is not there"):
        RafDb(tmp_path).images("test")
    with pytest.raises(LayoutError, match="names no picture that begins with train_"):
        RafDb(tmp_path).images("train")
    labels.write_text("", encoding="utf-8")
    with pytest.raises(LayoutError, match="is empty"):
        RafDb(tmp_path)


def test_crops_are_kept_and_not_cut_again(tmp_path: Path) -> None:
    folders.rafdb(tmp_path / "data")
    first = RafDb(tmp_path / "data", tmp_path / "cache").images("test")
    for path in (tmp_path / "data/basic/Image/aligned").iterdir():
        path.write_bytes(b"")
    again = RafDb(tmp_path / "data", tmp_path / "cache").images("test")
    np.testing.assert_array_equal(first.images, again.images)
    with pytest.raises(LayoutError, match="is not a picture"):
        RafDb(tmp_path / "data").images("test")


def test_affectnet_arrays_leave_out_what_has_no_expression(tmp_path: Path) -> None:
    source = AffectNet(folders.affectnet_arrays(tmp_path))
    test = source.images("test")
    assert words(test.labels) == list(folders.AFFECTNET_LABELS)
    assert (len(source.rated("train")), len(source.rated("val"))) == (7, 1)
    third = source.rated("test")[2]
    assert (third.valence, third.arousal) == pytest.approx((-0.2, 0.1))
    # The made-up pictures show no face: they are made smaller as they are.
    shown = test.images[3].astype(int)
    assert np.abs(shown - tile(CLASSES.index("surprise"), 3).astype(int)).mean() < 12


def test_affectnet_tables_give_the_same_and_cut_around_the_face_box(tmp_path: Path) -> None:
    source = AffectNet(folders.affectnet_tables(tmp_path))
    assert words(source.images("test").labels) == list(folders.AFFECTNET_LABELS)
    rated = source.rated("test")[0]
    assert rated.picture.box == (20, 20, 110, 110)
    assert (rated.valence, rated.arousal) == (0.2, -0.3)


def test_affectnet_says_what_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match="no train_set/annotations in it"):
        AffectNet(tmp_path)
    folders.affectnet_arrays(tmp_path, codes=[3])
    (tmp_path / "val_set/annotations/0_aro.npy").unlink()
    with pytest.raises(LayoutError, match=r"lack .*0_aro\.npy"):
        AffectNet(tmp_path).images("test")
    (tmp_path / "train_set/annotations/0_exp.npy").unlink()
    with pytest.raises(LayoutError, match=r"holds no file N_exp\.npy"):
        AffectNet(tmp_path).images("train")


def test_affectnet_refuses_an_unknown_code_and_a_table_without_a_column(tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match="unknown label code 11"):
        AffectNet(folders.affectnet_arrays(tmp_path / "arrays", codes=[11])).images("test")
    folders.affectnet_tables(tmp_path)
    folders.write_table(tmp_path / "training.csv", ("subDirectory_filePath",), [])
    with pytest.raises(LayoutError, match=r"training\.csv has no column arousal, expression, face"):
        AffectNet(tmp_path).images("train")


def test_fer2013_has_three_parts_and_no_picture_is_in_two(tmp_path: Path) -> None:
    source = Fer2013(folders.fer2013(tmp_path))
    for split, offset in (("train", 0), ("val", 10), ("test", 20)):
        images = source.images(split)
        assert words(images.labels) == list(folders.FER_CODES)
        np.testing.assert_array_equal(images.images[4], tile(CLASSES.index("sad"), 4 + offset))


def test_ferplus_joins_votes_by_row_and_takes_the_majority(tmp_path: Path) -> None:
    test = FerPlus(folders.fer2013(tmp_path, votes=True)).images("test")
    assert words(test.labels) == list(folders.FER_CODES)
    shares = dict(zip(CLASSES, test.votes[3], strict=True))
    assert shares["happy"] == pytest.approx(7 / 9)
    assert shares["contempt"] == pytest.approx(2 / 9)


def test_ferplus_has_no_label_without_a_majority_and_no_picture_without_a_vote(
    tmp_path: Path,
) -> None:
    folders.fer2013(tmp_path)
    # neutral happy surprise sad angry disgust fear contempt unknown NF
    votes = [[8, 1, 1, 0, 0, 0, 0, 0, 0, 0]] * 23
    votes[14] = [0, 0, 0, 0, 0, 0, 0, 0, 3, 7]
    votes[15] = [4, 4, 0, 0, 0, 0, 0, 0, 2, 0]
    votes[16] = [3, 0, 0, 0, 0, 0, 0, 0, 7, 0]
    votes[17] = [5, 1, 1, 1, 1, 1, 0, 0, 0, 0]
    folders.write_votes(tmp_path / "fer2013new.csv", votes)
    test = FerPlus(tmp_path).images("test")
    assert test.labels.tolist()[:3] == [-1, -1, CLASSES.index("neutral")]
    assert len(test) == 6


def test_fer_tables_that_do_not_fit_are_named(tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match=r"no fer2013\.csv in it"):
        Fer2013(tmp_path)
    folders.fer2013(tmp_path, votes=True)
    folders.write_votes(tmp_path / "fer2013new.csv", [[1] * 10])
    with pytest.raises(LayoutError, match=r"1 rows and fer2013\.csv 23: they are joined row by"):
        FerPlus(tmp_path)
    folders.write_table(tmp_path / "fer2013.csv", ("emotion", "pixels"), [])
    with pytest.raises(LayoutError, match="has no column Usage"):
        Fer2013(tmp_path)
    for row, complaint in (
        ((9, "0 " * 2304, "Training"), "unknown label code 9"),
        ((0, "0 1", "Training"), "expected 48 · 48 grey values"),
        ((0, "0 " * 2304, "Elsewhere"), "unknown Usage 'Elsewhere'"),
    ):
        folders.write_table(tmp_path / "fer2013.csv", ("emotion", "pixels", "Usage"), [row])
        with pytest.raises(LayoutError, match=complaint):
            Fer2013(tmp_path)


def test_fer2013_is_also_read_from_folders(tmp_path: Path) -> None:
    source = Fer2013(folders.fer_folders(tmp_path))
    train, val, test = (source.images(split) for split in ("train", "val", "test"))
    assert (len(train), len(val), len(test)) == (63, 7, 14)
    assert words(val.labels) == list(folders.FER_CODES)
    np.testing.assert_array_equal(test.images[1], tile(CLASSES.index("angry"), 101))
    for path in (tmp_path / "train/fear").iterdir():
        path.unlink()
    with pytest.raises(LayoutError, match="fear holds no picture"):
        Fer2013(tmp_path)


def test_ckplus_takes_apex_and_neutral_and_keeps_subjects_apart(tmp_path: Path) -> None:
    scene = draw_face(HAPPY, width_px=320, height_px=240)
    source = CkPlus(folders.ckplus(tmp_path, scene))
    pictures = {split: source.pictures(split) for split in ("train", "val", "test")}
    subjects = {split: {p.path.name[:4] for p in found} for split, found in pictures.items()}
    assert subjects == {"train": {"S005", "S010", "S015"}, "val": {"S020"}, "test": {"S025"}}
    labels = [one.label for one in pictures["train"][:4]]
    assert labels == ["neutral", "angry", "angry", "angry"]
    assert [one.path.stem[-1] for one in pictures["train"][:4]] == ["1", "3", "4", "5"]
    assert {one.label for one in pictures["test"]} == {"neutral", "happy"}
    assert source.images("test").images.shape == (4, 48, 48)


def test_a_picture_without_a_face_teaches_nothing_and_counts_as_failed(tmp_path: Path) -> None:
    folders.ckplus(tmp_path, draw_face(HAPPY, width_px=320, height_px=240), subjects=1)
    apex = sorted((tmp_path / "cohn-kanade-images/S005/001").iterdir())[-1]
    folders.write_picture(apex, np.full((240, 320, 3), 90, np.uint8))
    source = CkPlus(tmp_path)
    assert len(source.images("test")) == 3
    assert [one.crop is None for one in source.samples("test")] == [False, False, False, True]
    figures = evaluate(EvaluationRequest(root=tmp_path, layout="ck+", labels="native"), WEIGHTS_DIR)
    assert (figures["n"], figures["n_failed"]) == (4, 1)
    assert (figures["ci_unit"], figures["ci_units"]) == ("person", 1)


def test_ckplus_says_what_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match="no cohn-kanade-images"):
        CkPlus(tmp_path)
    folders.ckplus(tmp_path, np.zeros((48, 48, 3), np.uint8), subjects=1)
    with pytest.raises(LayoutError, match="no face was found in any picture"):
        CkPlus(tmp_path).images("test")
    label = next((tmp_path / "Emotion").glob("*/*/*.txt"))
    label.write_text("9.0", encoding="utf-8")
    with pytest.raises(LayoutError, match="unknown label code 9"):
        CkPlus(tmp_path).images("test")
    label.write_text("happy", encoding="utf-8")
    with pytest.raises(LayoutError, match="expected a number, found 'happy'"):
        CkPlus(tmp_path).images("test")
    label.unlink()
    with pytest.raises(LayoutError, match="holds no file"):
        CkPlus(tmp_path)


@pytest.mark.parametrize(
    ("count", "expected"),
    [(1, "test"), (2, "val test"), (4, "train train val test"), (5, "train train train val test")],
)
def test_few_persons_still_leave_somebody_to_test(count: int, expected: str) -> None:
    splits = split_persons(f"s{n}" for n in range(8, 8 + count))
    assert list(splits) == [f"s{n}" for n in range(8, 8 + count)]
    assert list(splits.values()) == expected.split()


def test_every_layout_can_be_opened_by_name_and_says_its_terms(tmp_path: Path) -> None:
    for kind, layouts in LAYOUTS.items():
        for name in layouts:
            with pytest.raises(LayoutError):
                open_layout(kind, name, tmp_path)
