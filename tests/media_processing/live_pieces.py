"""An interview as a browser would send it, and a worker that watches it, for tests."""

import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from django.db import connection

from media_processing import pipeline
from media_processing.analysis.subject import Subject
from media_processing.analysis.types import Modality, Observation
from media_processing.demo_media import drawn_face, synthetic_speech
from media_processing.demo_media.film import write_film
from media_processing.demo_media.takes import MEDIA_TYPE, Piece, take_of
from media_processing.modalities.face_watch import FRAME_RATE_HZ
from media_processing.modalities.live_watch import Found
from media_processing.models import LiveCapture, LiveTake
from media_processing.services.live import chunks, marks

RATE_HZ = 10
WIDTH_PX, HEIGHT_PX = 320, 240


@lru_cache(maxsize=4)
def interview(
    seconds: float,
    faces: tuple[drawn_face.Expression, ...] = (drawn_face.HAPPY, drawn_face.SURPRISED),
) -> tuple[Piece, ...]:
    """One drawn face that changes half way, and synthetic speech."""
    sound = synthetic_speech.speak(
        "we opened the shop in march and it is going well", synthetic_speech.CALM,
        duration_s=seconds, seed=1,
    )  # fmt: skip
    with TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        write_film(path, _drawn(seconds, faces), rate_hz=RATE_HZ, sound=sound)
        return tuple(take_of(path))


def _drawn(seconds: float, faces: tuple[drawn_face.Expression, ...]) -> Iterator[np.ndarray]:
    shown = [drawn_face.draw_face(face, width_px=WIDTH_PX, height_px=HEIGHT_PX) for face in faces]
    for number in range(round(seconds * RATE_HZ)):
        yield shown[number >= seconds * RATE_HZ / 2]


def send(live: LiveCapture, pieces: tuple[Piece, ...], take: LiveTake | None = None) -> LiveTake:
    """Send the pieces of a take, as many as it does not have yet."""
    take = take or chunks.begin_take(live, media_type=MEDIA_TYPE, client="tab one")
    take.refresh_from_db()
    for number, piece in enumerate(pieces):
        chunks.add_chunk(take, number, piece.content, t_end_s=piece.t_end_s)
    return take


def confirm_everybody(
    live: LiveCapture, officer: object, *, t_s: float = 0.5, take: int = 1
) -> None:
    """Say that the face in the middle and all speech are the applicant's."""
    box = [0.3, 0.2, 0.4, 0.6]
    said = {"face": {"take": take, "t_s": t_s, "box": box}, "voice": {"mode": "all"}}
    marks.set_subject(live, said, officer=officer)


@contextmanager
def watched(live: LiveCapture) -> Iterator[threading.Thread]:
    """Let a worker watch ``live`` in a thread; it is waited for at the end."""

    def work() -> None:
        try:
            pipeline.run(live.recording.job.stages.get(name="live").pk)
        finally:
            connection.close()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    yield thread
    thread.join(timeout=30)
    assert not thread.is_alive()


def wait_for(condition: Callable[[], object], *, most_s: float = 120.0) -> None:
    """Wait until ``condition`` holds."""
    deadline = time.monotonic() + most_s
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.1)


class QuickWatch:
    """Stands for the networks: each picture and each second of sound is one observation."""

    def __init__(
        self,
        weights_dir: Path,
        modalities: Collection[str],
        subject: Subject,
        known: Mapping[Modality, Sequence[Observation]],
    ) -> None:
        self.horizons_s = dict.fromkeys(map(str, modalities), 0.0)
        self.people, self.faces = 1, [(0, (0.3, 0.2, 0.4, 0.6))]
        self.bodies: list[object] = []
        self.measures: dict[str, float] = {}
        self.rate_hz = FRAME_RATE_HZ
        self._found = Found()
        self.known = known

    def close(self) -> None:
        """Nothing is held."""

    def begin_take(self, offset_s: float) -> None:
        if "voice" in self.horizons_s:
            self.horizons_s["voice"] = max(self.horizons_s["voice"], offset_s)

    def confirm(self, subject: Subject) -> None:
        """Everybody is the subject."""

    def measures_of(self, modality: Modality) -> dict[str, float]:
        return {"people": float(self.people)} if modality is Modality.FACE else {}

    def picture(self, t_s: float, image_bgr: np.ndarray) -> None:
        if "face" in self.horizons_s:
            self.horizons_s["face"] = t_s
            self._note(Modality.FACE, t_s, t_s + 0.2)

    def sound(self, samples: np.ndarray) -> None:
        if "voice" not in self.horizons_s:
            return
        start_s = self.horizons_s["voice"]
        self.horizons_s["voice"] = start_s + len(samples) / 16_000
        self._note(Modality.VOICE, start_s, self.horizons_s["voice"])

    def take_new(self) -> Found:
        found, self._found = self._found, Found()
        return found

    def _note(self, modality: Modality, start_s: float, end_s: float) -> None:
        even = (1 / 7,) * 7
        row = Observation(modality, start_s, end_s, 0, even, 0.1, 0.2, 0.9, 0.9)
        self._found.observations.setdefault(modality, []).append(row)
