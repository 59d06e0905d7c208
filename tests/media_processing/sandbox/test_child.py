"""What the confined child makes of the way in which ffmpeg ended."""

from fractions import Fraction
from pathlib import Path

import pytest

from media_processing.sandbox.child import transcode
from media_processing.sandbox.ffmpeg import VideoPlan
from media_processing.sandbox.probe import Findings
from media_processing.sandbox.types import MediaRefused, Probe

PICTURES = Findings(
    Probe(container="mp4", duration_s=1.0, video=None, audio=None, truncated=False),
    VideoPlan(0, 64, 64, Fraction(10)),
    audio=None,
)


def end(tmp_path: Path, words: str, status: int, *, makes_file: bool = True) -> None:
    """Let a shell stand for ffmpeg: which thread finds no memory cannot be commanded."""
    made = f"echo picture > {tmp_path}/playback.mp4;" if makes_file else ""
    script = f"{made} echo '{words}' >&2; exit {status}"
    transcode(["/bin/sh", "-c", script], tmp_path, PICTURES, stall_s=10)


def test_a_file_is_taken_though_ffmpeg_complained_about_damage(tmp_path: Path) -> None:
    end(tmp_path, "error while decoding MB 3 4", 0)


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        ("Failed initializing scaling graph (Resource temporarily unavailable)", 0, "limit"),
        ("pthread_create() failed: Resource temporarily unavailable", 245, "limit"),
        ("Cannot allocate memory", 244, "limit"),
        ("Invalid data found when processing input", 183, "decode_failed"),
    ],
)
def test_dropped_pictures_are_never_taken_for_the_whole(
    tmp_path: Path, words: str, status: int, code: str
) -> None:
    with pytest.raises(MediaRefused) as refused:
        end(tmp_path, words, status)

    assert refused.value.code == code


def test_a_full_disk_is_the_fault_of_the_machine(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space left"):
        end(tmp_path, "No space left on device", 228)


def test_an_end_without_a_file_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(MediaRefused) as refused:
        end(tmp_path, "", 0, makes_file=False)

    assert refused.value.code == "decode_failed"
