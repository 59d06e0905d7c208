"""The command line of ffmpeg: what it must always carry, and that it is the only one."""

import ast
from fractions import Fraction
from pathlib import Path

import pytest

from media_processing.sandbox.ffmpeg import (
    AudioPlan,
    TranscodePlan,
    VideoPlan,
    ffmpeg_argv,
)

ROOT = Path(__file__).resolve().parents[3]
PRODUCT = ("applicants", "creditweb", "media_processing", "scoring")
# Makes the media of the demo from nothing; it never sees an upload.
MAKERS = {Path("media_processing/demo_media")}


def plan(**changes) -> TranscodePlan:
    values = {
        "source": Path("/upload/-i weird.mp4"),
        "demuxer": "mov",
        "out_dir": Path("/canonical"),
        "max_duration_s": 1800.0,
        "video": VideoPlan(0, 640, 360, Fraction(30000, 1001)),
        "audio": AudioPlan(1, 2, is_float=False),
    }
    return TranscodePlan(**{**values, **changes})


def option(argv: list[str], name: str) -> str:
    return argv[argv.index(name) + 1]


def test_the_input_is_hedged_before_it_is_named() -> None:
    argv = ffmpeg_argv("/ffmpeg", plan())
    before_input = argv[: argv.index("-i")]

    assert "-nostdin" in argv
    assert option(before_input, "-protocol_whitelist") == "file,pipe"
    assert option(before_input, "-f") == "mov"
    assert option(before_input, "-max_pixels") == "8294400"
    assert option(before_input, "-t") == "1800"
    assert option(before_input, "-threads") == "2"
    formats = option(before_input, "-format_whitelist").split(",")
    assert not {"concat", "hls", "dash", "sdp", "image2", "svg_pipe"} & set(formats)
    assert "svg" not in option(before_input, "-codec_whitelist").split(",")


def test_a_name_can_never_be_an_option_or_a_protocol() -> None:
    assert option(ffmpeg_argv("/ffmpeg", plan()), "-i") == "file:/upload/-i weird.mp4"


def test_every_output_drops_tags_data_and_subtitles() -> None:
    argv = ffmpeg_argv("/ffmpeg", plan())

    outputs = argv.count("/canonical/playback.mp4") + argv.count("/canonical/audio.wav")
    assert outputs == 2
    for flag in ("-dn", "-sn", "-map_metadata", "-map_chapters"):
        assert argv.count(flag) == outputs


@pytest.mark.parametrize(("missing", "name"), [("video", "playback.mp4"), ("audio", "audio.wav")])
def test_what_the_upload_lacks_is_not_made(missing: str, name: str) -> None:
    argv = ffmpeg_argv("/ffmpeg", plan(**{missing: None}))

    assert f"/canonical/{name}" not in argv


def test_floating_point_sound_is_made_finite_channel_by_channel() -> None:
    argv = ffmpeg_argv("/ffmpeg", plan(audio=AudioPlan(0, 2, is_float=True), video=None))

    assert option(argv, "-filter_complex").count("isnan") == 2


@pytest.mark.parametrize(("rate", "step"), [(30, 6), (25, 5), (12, 2), (10, 2), (1, 1)])
def test_anchor_frames_come_at_least_five_times_a_second(rate: int, step: int) -> None:
    assert VideoPlan(0, 64, 64, Fraction(rate)).anchor_step == step


def test_broadcast_rates_keep_their_anchors_at_five_per_second() -> None:
    assert VideoPlan(0, 64, 64, Fraction(30000, 1001)).anchor_step == 6


def product_files() -> list[Path]:
    files = [path for package in PRODUCT for path in (ROOT / package).rglob("*.py")]
    relative = [path.relative_to(ROOT) for path in files]
    return [p for p in relative if not MAKERS & set(p.parents) and "training" not in p.parts]


def imported_names(path: Path) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
    return names


def test_ffmpeg_is_called_in_one_place() -> None:
    callers = {
        str(path)
        for path in product_files()
        if any(name.endswith("ffmpeg_argv") for name in imported_names(path))
    }
    finders = {str(path) for path in product_files() if "imageio_ffmpeg" in imported_names(path)}

    assert callers == {"media_processing/sandbox/child.py"}
    assert finders == {"media_processing/sandbox/jail.py"}


def test_nothing_else_opens_media_containers() -> None:
    """PyAV appears in the sandbox and where canonical video is read or joined; cv2 opens none."""
    readers = {str(path) for path in product_files() if "av" in imported_names(path)}
    captures = [
        str(path)
        for path in product_files()
        if "VideoCapture(" in (ROOT / path).read_text(encoding="utf-8")
    ]

    assert readers == {
        "media_processing/sandbox/probe.py",
        "media_processing/sandbox/live_child.py",
        "media_processing/analysis/video.py",
        "media_processing/analysis/joining.py",
    }
    assert captures == []
