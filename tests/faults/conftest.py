"""Recordings that keep a worker busy for some seconds, and the worker."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from applicants.models import Application, Officer
from applicants.services.stores import store_at
from media_processing.demo_media.drawn_face import ANGRY, HAPPY, NEUTRAL, draw_face
from media_processing.demo_media.film import write_film
from media_processing.demo_media.rendered_walker import Stage, walker_frames
from media_processing.demo_media.synthetic_speech import CALM, babble
from media_processing.demo_media.walker_motion import WalkingStyle
from media_processing.models import CaptureSession, ProcessingJob
from media_processing.services import intake
from media_processing.services.sessions import open_session
from tests.factories import give_consents
from tests.faults.worker import Worker, empty_queue

RATE_HZ = 10
SECONDS = 12


@pytest.fixture(scope="session")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """An interview of a drawn face with speech, and a rendered walk."""
    folder = tmp_path_factory.mktemp("recordings")
    faces = [draw_face(expression) for expression in (NEUTRAL, HAPPY, ANGRY)]
    frames = [faces[second // 3 % 3] for second in range(SECONDS) for _ in range(RATE_HZ)]
    sound = babble(CALM, duration_s=SECONDS, seed=3)
    write_film(folder / "interview.mp4", frames, rate_hz=RATE_HZ, sound=sound)
    stage = Stage(rate_hz=RATE_HZ)
    walk = walker_frames(WalkingStyle(), SECONDS, stage=stage, seed=3)
    write_film(folder / "walk.mp4", walk, rate_hz=RATE_HZ)
    return {kind: folder / f"{kind}.mp4" for kind in ("interview", "walk")}


@pytest.fixture
def worker(tmp_path: Path, transactional_db: None, settings: object) -> Iterator[Worker]:
    settings.MEDIA_STORAGE_URL = f"file://{tmp_path / 'media'}"
    empty_queue()
    worker = Worker(tmp_path)
    worker.start()
    yield worker
    worker.kill()
    store_at.cache_clear()


@pytest.fixture
def session(worker: Worker, application: Application, officer: Officer) -> CaptureSession:
    give_consents(application.applicant)
    return open_session(application, officer=officer)


@pytest.fixture
def hand_in(
    session: CaptureSession, officer: Officer, recordings: dict[str, Path]
) -> Callable[[str], tuple[ProcessingJob, list[int]]]:
    """Accept a recording by its kind; the caller rings for its first stage."""

    def accept(kind: str) -> tuple[ProcessingJob, list[int]]:
        content = recordings[kind].read_bytes()
        recording, queued = intake.accept([content], session=session, kind=kind, name=kind,
                                          size_bytes=len(content), officer=officer)  # fmt: skip
        return recording.job, queued

    return accept
