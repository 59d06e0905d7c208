"""What confinement costs, and what the frame order of canonical video saves."""

import subprocess
import tempfile
from pathlib import Path

from benchmarks.figure import Figure, median_s
from media_processing.analysis.video import read_frames
from media_processing.sandbox.canonicalise import canonicalise
from media_processing.sandbox.jail import ffmpeg_executable

SECONDS = 10
PICTURE = f"testsrc2=size=1280x720:rate=30:duration={SECONDS}"
SOUND = f"sine=frequency=220:duration={SECONDS}"
PLAIN = (
    *("-c:v", "libx264", "-preset", "superfast", "-crf", "20", "-threads", "1", "-c:a", "aac"),
    *("-movflags", "+faststart"),
)


def figures() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        source = _source(Path(folder))
        canonical = canonicalise(source, Path(folder)).media.video_path
        assert canonical is not None
        return [_confinement(source, Path(folder)), _reading(canonical)]


def _source(folder: Path) -> Path:
    path = folder / "source.mp4"
    _ffmpeg("-f", "lavfi", "-i", PICTURE, "-f", "lavfi", "-i", SOUND, *PLAIN, str(path))
    return path


def _ffmpeg(*arguments: str) -> None:
    command = [ffmpeg_executable(), "-nostdin", "-loglevel", "error", "-y", *arguments]
    subprocess.run(command, check=True)


def _confinement(source: Path, folder: Path) -> Figure:
    def plain() -> None:
        wav = ("-vn", "-ar", "16000", "-ac", "1", str(folder / "plain.wav"))
        _ffmpeg("-threads", "2", "-i", str(source), *PLAIN, str(folder / "plain.mp4"), *wav)

    return Figure(
        "canonicalise_s",
        median_s(lambda: canonicalise(source, folder), repeats=3),
        "s per 10 s of 720p30",
        "ffmpeg with the same encoder, unconfined, unprobed, unjudged",
        median_s(plain, repeats=3),
        "near 1: recognising, confining, probing and judging cost little",
    )


def _reading(canonical: Path) -> Figure:
    return Figure(
        "read_five_frames_a_second_s",
        median_s(lambda: sum(1 for _ in read_frames(canonical, 5)), repeats=3),
        "s per 10 s of 720p30",
        "reading every frame of the same file",
        median_s(lambda: sum(1 for _ in read_frames(canonical, 30)), repeats=3),
        "below 1/3: only anchor frames are decoded",
    )
