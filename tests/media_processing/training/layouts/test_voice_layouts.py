"""Reading speech from tiny folders in the layouts of published corpora."""

import csv
import os
from pathlib import Path

import pytest

from media_processing.training.layouts.base import LayoutError
from media_processing.training.layouts.casia import Casia
from media_processing.training.layouts.cremad import CremaD
from media_processing.training.layouts.ravdess import Ravdess
from tests.media_processing.training.layouts import folders

ROOT = Path(__file__).resolve().parents[4]
VOICE = Path(os.environ.get("CREDITWEB_SHARED_DATA", ROOT.parent / "shared" / "data")) / "voice"
# How many parts of a path belong to the layout.
DEPTHS = {"ravdess": 2, "casia": 3}


def speakers_by_split(corpus: Ravdess | CremaD | Casia) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for clip in corpus.clips():
        found.setdefault(clip.split, set()).add(clip.speaker)
    return found


def test_ravdess_reads_emotion_actor_sex_split_and_fold_from_the_name(tmp_path: Path) -> None:
    names = [folders.ravdess_name(actor, actor % 8 + 1) for actor in range(1, 25)]
    corpus = Ravdess(folders.write_files(tmp_path, dict.fromkeys(names, b"")))
    clips = {clip.speaker: clip for clip in corpus.clips()}
    assert [clip.label for clip in corpus.clips()[:8]] == [
        *("calm", "happy", "sad", "angry", "fear", "disgust", "surprise", "neutral")
    ]
    first, last = clips["ravdess_01"], clips["ravdess_24"]
    assert (first.sex, first.split, first.fold) == ("M", "train", "1")
    assert (last.sex, last.split, last.fold) == ("F", "test", "4")
    splits = speakers_by_split(corpus)
    assert [len(splits[split]) for split in ("train", "val", "test")] == [14, 4, 6]
    assert sorted(clip.fold for clip in clips.values()) == sorted("123456" * 4)


def test_ravdess_leaves_out_songs_videos_and_the_second_copy(tmp_path: Path) -> None:
    name = folders.ravdess_name(3, 5)
    files = {
        name: b"",
        f"audio_speech_actors_01-24/{name}": b"",
        "Actor_03/03-02-05-01-01-01-03.wav": b"",
        "Actor_03/01-01-05-01-01-01-03.mp4": b"",
        "Actor_03/notes.txt": b"",
    }
    assert [clip.file for clip in Ravdess(folders.write_files(tmp_path, files)).clips()] == [name]


@pytest.mark.parametrize("given", ["zip", "folder of the zip"])
def test_ravdess_is_read_from_its_zip(tmp_path: Path, given: str) -> None:
    name = folders.ravdess_name(2, 4)
    content = folders.wav("sad", seed=1, rate_hz=48_000)
    path = folders.write_zip(tmp_path / "Audio_Speech_Actors_01-24.zip", {name: content})
    corpus = Ravdess(path if given == "zip" else tmp_path)
    [(clip, samples)] = corpus.sounds(corpus.clips())
    assert (clip.label, clip.sex) == ("sad", "F")
    # The sound is written with a rate of 48 kHz and comes back with a third of its samples.
    assert len(samples) == pytest.approx(24_000 / 3, abs=2)


def test_cremad_takes_sex_from_the_demographics_and_keeps_both_in_each_split(
    tmp_path: Path,
) -> None:
    actors = [str(1001 + n) for n in range(10)]
    files = {f"AudioWAV/{actor}_DFA_ANG_XX.wav": b"" for actor in actors}
    files["AudioWAV/1001_IEO_NEU_XX.wav"] = b""
    files["AudioWAV/1076_MTI_SAD_XX.wav"] = b""
    folders.write_files(tmp_path, files)
    sexes = [(actor, 30, "Female" if int(actor) < 1006 else "Male", "", "") for actor in actors]
    columns = ("ActorID", "Age", "Sex", "Race", "Ethnicity")
    folders.write_table(tmp_path / "VideoDemographics.csv", columns, sexes)
    corpus = CremaD(tmp_path)
    assert {(clip.split, clip.sex) for clip in corpus.clips()} == {
        (split, sex) for split in ("train", "val", "test") for sex in "FM"
    }
    splits = speakers_by_split(corpus)
    assert not splits["train"] & (splits["val"] | splits["test"])
    assert "crema-d_1076" not in set.union(*splits.values())
    first = [clip for clip in corpus.clips() if clip.speaker == "crema-d_1001"]
    assert [clip.label for clip in first] == ["angry", "neutral"]
    assert len({clip.split for clip in first}) == len({clip.fold for clip in first}) == 1


def test_cremad_without_demographics_knows_no_sex(tmp_path: Path) -> None:
    folders.write_files(tmp_path, {"AudioWAV/1001_DFA_HAP_HI.wav": b""})
    [clip] = CremaD(tmp_path).clips()
    assert (clip.sex, clip.label) == ("", "happy")


def test_casia_reads_speaker_and_emotion_from_the_folders(tmp_path: Path) -> None:
    speakers = ("ZhaoZuoxiang", "liuchanhg", "wangzhe", "ZhaoQuanyin")
    files = {
        f"{speaker}/{emotion}/{number}.wav": b""
        for speaker in speakers
        for emotion in ("angry", "fear", "happy", "neutral", "sad", "surprise")
        for number in (201, 250)
    }
    corpus = Casia(folders.write_files(tmp_path, files))
    assert len(corpus.clips()) == 48
    found = {clip.speaker: (clip.sex, clip.split, clip.fold) for clip in corpus.clips()}
    assert found == {
        "casia_liuchanhg": ("F", "train", "1"),
        "casia_wangzhe": ("M", "train", "2"),
        "casia_zhaoquanyin": ("F", "val", "3"),
        "casia_zhaozuoxiang": ("M", "test", "4"),
    }


def test_a_corpus_that_does_not_fit_is_named(tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match=r"no sound file of ravdess .* expected Actor_01/03-01"):
        Ravdess(tmp_path)
    with pytest.raises(LayoutError, match="no AudioWAV in it"):
        CremaD(tmp_path)
    with pytest.raises(LayoutError, match=r"expected liuchanhg/angry/201\.wav"):
        Casia(tmp_path)
    folders.write_files(tmp_path, {"someone/bored/201.wav": b""})
    with pytest.raises(LayoutError, match="unknown label code bored"):
        Casia(tmp_path)
    folders.write_files(tmp_path / "r", {"Actor_01/03-01-09-01-01-01-01.wav": b""})
    with pytest.raises(LayoutError, match="unknown label code 09; known are 01 neutral"):
        Ravdess(tmp_path / "r")
    folders.write_files(tmp_path / "c", {"AudioWAV/1001_DFA_XXX_XX.wav": b""})
    with pytest.raises(LayoutError, match="unknown label code XXX"):
        CremaD(tmp_path / "c")


def test_a_broken_recording_is_named(tmp_path: Path) -> None:
    name = folders.ravdess_name(1, 1)
    corpus = Ravdess(folders.write_files(tmp_path, {name: b"no sound at all"}))
    with pytest.raises(LayoutError, match=r"Actor_01/.*\.wav cannot be read"):
        list(corpus.sounds(corpus.clips()))


@pytest.mark.shared_data
@pytest.mark.parametrize(("name", "reader"), [("ravdess", Ravdess), ("casia", Casia)])
def test_labels_sexes_splits_and_folds_are_those_of_the_measured_pack(
    name: str, reader: type[Ravdess | Casia], tmp_path: Path
) -> None:
    table = VOICE / f"{name}.csv"
    if not table.is_file():
        pytest.skip(f"{table.name} is not in the data directory (CREDITWEB_SHARED_DATA)")
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    paths = {"/".join(Path(row["source_path"]).parts[-DEPTHS[name] :]): row for row in rows}
    corpus = reader(folders.write_files(tmp_path, dict.fromkeys(paths, b"")))
    columns = ("speaker", "sex", "emotion", "split", "fold")
    wanted = {path: tuple(row[column] for column in columns) for path, row in paths.items()}
    found = {
        clip.file: (clip.speaker, clip.sex, clip.label, clip.split, clip.fold)
        for clip in corpus.clips()
    }
    assert found == wanted
