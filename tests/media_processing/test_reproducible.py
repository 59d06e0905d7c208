"""The same upload gives the same figures, every time: a score can be worked out again."""

from pathlib import Path
from typing import Any

import pytest

from media_processing.process_recording import as_json, process_recording
from media_processing.sandbox.canonicalise import canonicalise, sha256_of
from media_processing.selectors import WEIGHTS_DIR
from tests.media_processing.media_files import write_noise
from tests.media_processing.test_process_recording import video

TIMES = 3


def figures(source: Path, workdir: Path) -> dict[str, Any]:
    processed = process_recording(source, workdir, weights_dir=WEIGHTS_DIR)
    return {**as_json(processed, WEIGHTS_DIR), "timings_s": None}


def test_canonical_media_do_not_vary_where_the_rate_limit_bites(tmp_path: Path) -> None:
    """Noise needs more bits than the limit lets it have."""
    source = write_noise(tmp_path / "noise.mp4", seconds=2, rate=30, size=(640, 480))

    found = set()
    for time in range(TIMES):
        playback = canonicalise(source, tmp_path / str(time)).media.video_path
        assert playback is not None
        found.add(sha256_of(playback))

    assert len(found) == 1


@pytest.mark.shared_data
@pytest.mark.parametrize("name", ["rot180_vfr_fire2.mp4", "walk_two_frontal_intel_conv.mp4"])
def test_every_figure_of_a_real_recording_is_found_again(name: str, tmp_path: Path) -> None:
    first, *others = [figures(video(name), tmp_path / str(time)) for time in range(TIMES)]

    assert all(other == first for other in others)
