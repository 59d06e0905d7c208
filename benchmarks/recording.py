"""The whole road of one recording, on one core, against the length of the recording itself."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Figure
from creditweb.demo import recordings
from media_processing.process_recording import process_recording
from media_processing.selectors import WEIGHTS_DIR


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        interview, walk = Path(folder) / "interview.mp4", Path(folder) / "walk.mp4"
        recordings.film_interview(interview, recordings.CALM_INTERVIEW, seed=1)
        recordings.film_walk(walk, recordings.STEADY_WALK, seed=1)
        for kind, path in (("interview", interview), ("walk", walk)):
            yield from _road(kind, path, Path(folder))


def _road(kind: str, path: Path, folder: Path) -> Iterator[Figure]:
    # The first run loads the networks, as a worker does once.
    for attempt in ("cold", "warm"):
        workdir = folder / f"{kind}-{attempt}"
        workdir.mkdir()
        done = process_recording(path, workdir, weights_dir=WEIGHTS_DIR, kind=kind)
    duration_s = done.canonical.media.duration_s
    for stage, seconds in done.timings_s.items():
        if seconds > duration_s / 1000:
            yield Figure(
                f"{kind}: {stage}", seconds, "s", "the recording's own length", duration_s,
                "below 1: faster than it was spoken or walked",
            )  # fmt: skip
    yield Figure(
        f"{kind}: whole road", sum(done.timings_s.values()), "s", "the recording's own length",
        duration_s, "below 1: the queue does not grow",
    )  # fmt: skip
