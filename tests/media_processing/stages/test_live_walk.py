"""A walk is measured while it is recorded."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from applicants.models import Officer
from media_processing.demo_media.film import write_film
from media_processing.demo_media.rendered_walker import Stage as Camera
from media_processing.demo_media.rendered_walker import Wardrobe, render_figure, room
from media_processing.demo_media.takes import Piece, take_of
from media_processing.demo_media.walker_motion import Crossing, WalkingStyle, figure_at
from media_processing.models import CaptureSession, LiveCapture, LiveProgress, Observation
from media_processing.services.live import capture, marks
from tests.media_processing.live_pieces import send, wait_for, watched

pytestmark = pytest.mark.django_db(transaction=True)

RATE_HZ, SECONDS = 10, 5.0


def walk() -> tuple[Piece, ...]:
    style = WalkingStyle(cadence_spm=104)
    camera = Camera(width_px=960, rate_hz=RATE_HZ, distance_m=5.0)
    way, background = Crossing(style.speed_mps, half_way_m=3.2), room(camera)
    bodies = (figure_at(style, way, number / RATE_HZ) for number in range(round(SECONDS * RATE_HZ)))
    pictures = (render_figure(body, camera, Wardrobe(), background) for body in bodies)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        write_film(path, pictures, rate_hz=RATE_HZ)
        return tuple(take_of(path))


def _progress(live: LiveCapture) -> LiveProgress:
    return LiveProgress.objects.get(live=live)


def test_measures_of_a_walk_come_while_it_is_recorded(
    session: CaptureSession, officer: Officer
) -> None:
    live = capture.open_capture(officer, session, kind="walk")
    pieces = walk()
    with watched(live):
        take = send(live, pieces[:3])
        wait_for(lambda: _progress(live).bodies)
        seen = _progress(live)
        # Somebody is alone in view, and nobody said yet whether it is the applicant.
        assert seen.bodies[0]["person"] == 1 and not seen.measures["walking_s"]
        assert not Observation.objects.filter(recording=live.recording).exists()
        said = {"take": 1, "t_s": seen.decoded_s, "box": seen.bodies[0]["box"]}
        marks.set_subject(live, {"body": said}, officer=officer)
        send(live, pieces, take)
        wait_for(lambda: _progress(live).horizons.get("gait", 0) >= SECONDS - 0.3)
        progress = _progress(live)
        capture.close(live, officer=officer)

    assert progress.measures["walking_s"] > 2
    assert SECONDS - 2 < progress.measures["last_step_s"] <= SECONDS
    # A worker that has no time for every picture counts what it left out.
    if not progress.shed_frames:
        assert progress.measures["cadence_spm"] == pytest.approx(104, rel=0.1)
    assert progress.bodies[0]["person"] == 0
    rows = Observation.objects.filter(recording=live.recording, modality="gait")
    starts = sorted(rows.values_list("t_start_s", flat=True))
    assert len(starts) >= 1 and min(np.diff(starts), default=0.8) > 0.7
