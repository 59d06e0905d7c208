"""``manage.py process_recording``: the published JSON, and what real recordings show."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from media_processing.analysis.types import EMOTIONS
from media_processing.management.commands.process_recording import readable
from media_processing.process_recording import MODALITIES_OF_KIND
from media_processing.services import applicability
from tests.media_processing.media_files import tone, write_sound, write_video

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_DATA = ROOT.parent / "shared" / "data"
VIDEOS = Path(os.environ.get("CREDITWEB_SHARED_DATA", DEFAULT_DATA)) / "video"

KEYS = {
    "file",
    "sha256",
    "probe",
    "quality",
    "modalities",
    "observations",
    "summary",
    "timeline",
    "timings_s",
    "models",
}


def run(path: Path, capsys: pytest.CaptureFixture[str], **options: Any) -> dict[str, Any]:
    """Run the command in this process and return its JSON."""
    call_command("process_recording", path, json=True, **options)
    return json.loads(capsys.readouterr().out)


def refused(path: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    with pytest.raises(SystemExit) as exit_:
        call_command("process_recording", path, json=True)
    assert exit_.value.code == 2
    return json.loads(capsys.readouterr().out)["error"]


# --- the contract, on recordings made here ---


def test_the_json_has_the_published_shape(tmp_path: Path, capsys) -> None:
    source = write_video(tmp_path / "in.mp4", seconds=2, size=(320, 240), sound=tone(2))

    found = run(source, capsys)

    assert set(found) == KEYS
    assert found["file"] == "in.mp4"
    assert len(found["sha256"]) == 64
    assert set(found["probe"]) == {"container", "duration_s", "video", "audio"}
    assert set(found["probe"]["video"]) == {"codec", "width", "height", "fps", "rotation"}
    assert set(found["probe"]["audio"]) == {"codec", "sample_rate_hz", "channels"}
    assert set(found["modalities"]) == {"face", "voice", "gait"}
    for name, figures in (
        ("face", {"people"}),
        ("voice", {"speech_s"}),
        ("gait", {"walking_s", "cadence_spm", "speed_mps", "symmetry"}),
    ):
        state = found["modalities"][name]
        assert {"status", "reason", "coverage"} | figures <= set(state)
        assert state["status"] in {"done", "skipped", "failed"}
        assert 0 <= state["coverage"] <= 1
    assert found["modalities"]["face"]["people"] == 0
    assert {"canonicalise", "face", "voice", "gait"} <= set(found["timings_s"])
    assert all(set(q) == {"code", "severity", "value", "advice"} for q in found["quality"])


def test_what_the_file_or_the_kind_lacks_is_skipped_with_a_reason(tmp_path: Path, capsys) -> None:
    source = write_sound(tmp_path / "in.wav", "pcm_s16le")

    of_any = run(source, capsys)["modalities"]
    of_voice = run(source, capsys, kind="voice")["modalities"]

    assert of_any["face"]["reason"] == of_any["gait"]["reason"] == "no_video"
    assert of_voice["face"]["reason"] == of_voice["gait"]["reason"] == "not_this_kind"
    assert of_any["voice"]["speech_s"] == of_voice["voice"]["speech_s"] == 0


def test_a_refused_file_is_one_error_object_and_status_2(tmp_path: Path, capsys) -> None:
    (tmp_path / "empty.webm").touch()

    assert refused(tmp_path / "empty.webm", capsys)["code"] == "empty_file"
    assert refused(tmp_path / "absent.mp4", capsys)["code"] == "file_missing"


def test_a_refusal_without_json_is_a_sentence_on_standard_error(tmp_path: Path, capsys) -> None:
    (tmp_path / "empty.webm").touch()

    with pytest.raises(SystemExit):
        call_command("process_recording", tmp_path / "empty.webm")

    assert capsys.readouterr().out == ""


def test_standard_output_is_the_json_alone(tmp_path: Path) -> None:
    """The landmark and network libraries write to the descriptors themselves."""
    source = write_video(tmp_path / "in.mp4", seconds=1, size=(320, 240))

    done = subprocess.run(
        [sys.executable, "manage.py", "process_recording", source, "--json"],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )

    assert set(json.loads(done.stdout)) == KEYS


def test_the_readable_text_names_the_signal_as_observed(tmp_path: Path, capsys) -> None:
    found = run(write_sound(tmp_path / "in.wav", "pcm_s16le"), capsys)
    neutral = {label: float(label == "neutral") for label in EMOTIONS}
    found["summary"]["modalities"]["voice"] = {"mean_probabilities": neutral}

    text = "\n".join(readable(found))

    assert "observed expression signal, voice: neutral 100%" in text
    assert "voice: skipped (no_speech)" in text


def test_the_command_and_the_worker_read_the_same_modalities() -> None:
    kinds = {str(kind): set(names) for kind, names in applicability.MODALITIES_OF_KIND.items()}

    assert {k: set(map(str, m)) for k, m in MODALITIES_OF_KIND.items() if k != "auto"} == kinds


# --- real recordings ---


@dataclass(frozen=True)
class Expected:
    """What a person finds in a recording: ranges, both ends included."""

    people: tuple[int, int] = (0, 0)
    speech_s: tuple[float, float] = (0.0, 0.0)
    walking_s: tuple[float, float] = (0.0, 0.0)
    video: bool = True
    audio: bool = False


# From the description of the recordings. Speech of the phrases lasts 1 to 3 s; in an unusual
# voice exercise and in a song, anything from nothing to all of it may count as speech.
EXPECTED = {
    "talk_grid_bbaf2n.mpg": Expected((1, 1), (0.8, 3.0), audio=True),
    "talk_grid_brbk7n.mpg": Expected((1, 1), (0.8, 3.0), audio=True),
    "talk_grid_swiz3n.mpg": Expected((1, 1), (0.8, 3.0), audio=True),
    "talk_lp_d6_34s.mp4": Expected((1, 1), (0.0, 33.6), audio=True),
    "faces_many_hamilton.mp4": Expected((2, 12), (0.0, 10.0), audio=True),
    "faces_two_intel_conv.mp4": Expected((2, 2)),
    "faces_three_intel.gif": Expected((3, 3)),
    "face_upperbody_asl_intel.mkv": Expected((1, 1)),
    "face_silentaudio_lp_d18.mp4": Expected((1, 1), audio=True),
    "portrait_noaudio_lp_d13.mp4": Expected((1, 1)),
    "portrait_silent_lp_s20.mp4": Expected((1, 1), audio=True),
    "walk_side_sports2d.mp4": Expected((1, 1), walking_s=(3.0, 13.4), audio=True),
    "walk_worker_intel_conv.mp4": Expected((0, 0), walking_s=(1.5, 4.8)),
    "walk_two_frontal_intel_conv.mp4": Expected((2, 2), walking_s=(1.0, 3.0)),
    "walk_inout_intel.mp4": Expected((0, 6), walking_s=(5.0, 100.0)),
    "run_side_sports2d.mp4": Expected((0, 1), audio=True),
    "noface_bottle_intel.mp4": Expected(),
    "rot180_vfr_fire2.mp4": Expected(audio=True),
    "dark_noduration.webm": Expected(audio=True),
    "audio_english.wav": Expected(speech_s=(1.0, 2.8), video=False, audio=True),
    "audio_french.aiff": Expected(speech_s=(1.0, 2.6), video=False, audio=True),
    "derived_rot90meta_grid.mp4": Expected((1, 1), (0.8, 3.0), audio=True),
    "derived_verydark_grid.mp4": Expected((0, 1), (0.8, 3.0), audio=True),
    "derived_audioonly_opus.webm": Expected(speech_s=(1.0, 2.8), video=False, audio=True),
    "derived_audio_coverart.mp3": Expected(speech_s=(1.0, 2.8), video=False, audio=True),
}
REFUSED = {"empty.webm": "empty_file", "onepixel.mp4": "dimensions"}


def video(name: str) -> Path:
    path = VIDEOS / name
    if not path.exists():
        pytest.skip(f"no {path}: CREDITWEB_SHARED_DATA names the folder of the recordings")
    return path


@pytest.mark.shared_data
@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_real_recordings(name: str, capsys) -> None:
    expected = EXPECTED[name]

    found = run(video(name), capsys)

    assert (found["probe"]["video"] is not None, found["probe"]["audio"] is not None) == (
        expected.video,
        expected.audio,
    )
    figures = {
        "people": found["modalities"]["face"]["people"],
        "speech_s": found["modalities"]["voice"]["speech_s"],
        "walking_s": found["modalities"]["gait"]["walking_s"],
    }
    for figure, value in figures.items():
        low, high = getattr(expected, figure)
        assert low <= value <= high, f"{figure} {value} is not in {low}…{high}"


@pytest.mark.shared_data
@pytest.mark.parametrize("name", sorted(REFUSED))
def test_real_recordings_that_are_refused(name: str, capsys) -> None:
    assert refused(video(name), capsys)["code"] == REFUSED[name]


@pytest.mark.shared_data
def test_no_recording_is_left_out_of_the_table() -> None:
    names = {path.name for path in video("README.md").parent.iterdir()} - {"README.md"}

    assert names == set(EXPECTED) | set(REFUSED)
